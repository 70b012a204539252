import { type OperationOutput, sessionSchema } from '@sallyport/core/api';
import { idOf } from './mock-id.ts';

type Session = OperationOutput<'getSession'>;

const MINUTE = 60_000;

/** Sessions of the made-up organization: one of the reader's own that runs, one that has ended, one that was cut short. */
export function mockSessions(now: Date, readerId: string): Session[] {
  const at = (ms: number) => new Date(now.getTime() - ms).toISOString();
  const base = {
    clusterId: idOf('clu', 1),
    cluster: 'prod-eu',
    namespace: 'payments',
    pod: 'payout-worker-7c9f4d-x2lqp',
    container: 'worker',
    kind: 'exec',
    command: ['sh'],
    isTty: true,
    isRequired: true,
    hasStdin: false,
    bytes: 4_096,
    headSha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
  };
  return [
    {
      ...base,
      id: idOf('rec', 2),
      requestId: idOf('dec', 901),
      user: 'mira@halden.test',
      principalId: readerId,
      state: 'recording',
      startedAt: at(3 * MINUTE),
      chunkCount: 1,
      pod: 'tracker-0',
      namespace: 'tracking',
      container: undefined,
    },
    {
      ...base,
      id: idOf('rec', 1),
      requestId: idOf('dec', 21),
      user: 'ines@halden.test',
      principalId: idOf('prn', 2),
      state: 'complete',
      exitCode: 0,
      startedAt: at(13 * MINUTE),
      endedAt: at(13 * MINUTE - 131_000),
      chunkCount: 7,
    },
    {
      ...base,
      id: idOf('rec', 3),
      requestId: idOf('dec', 902),
      user: 'wim@halden.test',
      principalId: idOf('prn', 1),
      state: 'interrupted',
      reason: 'the server stopped',
      startedAt: at(200 * MINUTE),
      endedAt: at(190 * MINUTE),
      chunkCount: 2,
    },
  ].map((session) => sessionSchema.parse(session));
}
