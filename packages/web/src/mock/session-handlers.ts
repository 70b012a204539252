import type { OperationOutput } from '@sallyport/core/api';
import { type MockHandlers, MockProblem, notFound } from './handlers.ts';
import { idOf } from './mock-id.ts';
import type { MockWorld } from './world.ts';

type Session = OperationOutput<'getSession'>;

/** What was printed in the one that has ended: seconds since it began, and the text. */
const PRINTED: readonly (readonly [number, string])[] = [
  [0.4, '\u001b[32m/app $\u001b[0m '],
  [11, 'ls -la /var/spool/payout\r\n'],
  [11.2, 'total 96\r\n-rw-r----- 1 app app 18231 Nov 17 13:02 batch-1300.jsonl\r\n'],
  [11.3, '-rw-r----- 1 app app     0 Nov 17 13:02 \u001b[33mbatch-1300.lock\u001b[0m\r\n\u001b[32m/app $\u001b[0m '],
  [48, 'payoutctl status\r\n'],
  [
    48.4,
    'worker     payout-worker-7c9f4d-x2lqp\r\nstate      \u001b[33mwaiting for lock\u001b[0m\r\n\u001b[32m/app $\u001b[0m ',
  ],
  // What a hostile program would print: it is shown without effect.
  [60, '\u001b]0;owned\u0007\u001b]8;;https://evil.test\u0007'],
  [106, 'payoutctl lock release --batch 1300\r\n'],
  [107, 'released \u001b[33mbatch-1300.lock\u001b[0m\r\nrequeued 212 payouts\r\n\u001b[32m/app $\u001b[0m '],
  [131, 'exit\r\n'],
];

function castOf(): string {
  const header = { version: 2, width: 100, height: 24, timestamp: 1_763_000_000, title: 'exec', env: {} };
  return [header, ...PRINTED.map(([seconds, text]) => [seconds, 'o', text])]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

function find(world: MockWorld, id: string): Session {
  const session = world.sessions.find((each) => each.id === id);
  if (session === undefined) throw notFound('session');
  return session;
}

function end(world: MockWorld, id: string): undefined {
  if (find(world, id).state !== 'recording') throw new MockProblem(409, 'ERR_API_CONFLICT', `session ${id} has ended`);
  world.sessions = world.sessions.map((session) =>
    session.id === id
      ? { ...session, state: 'complete', failure: 'ended by mira@halden.test', endedAt: world.now }
      : session,
  );
}

const page = (items: readonly Session[]) => ({ items: [...items], metadata: { totalCount: items.length } });

/** Recorded sessions, and those that run. */
export const sessionHandlers: MockHandlers<
  'listSessions' | 'searchSessions' | 'getSession' | 'getRecording' | 'watchRecording' | 'terminateSession'
> = {
  listSessions: ({ input, world }) =>
    page(
      world.sessions.filter(
        (session) =>
          (input.user === undefined || session.user === input.user) &&
          (input.state === undefined || session.state === input.state) &&
          (input.cluster === undefined || session.cluster === input.cluster),
      ),
    ),
  searchSessions: ({ input, world }) => {
    const wanted = input.q?.toLowerCase() ?? '';
    const matches = PRINTED.filter(([, text]) => text.toLowerCase().includes(wanted)).map(([atSeconds, text]) => ({
      atSeconds,
      text: text.trim().slice(0, 160),
    }));
    return { items: matches.length === 0 ? [] : [{ session: find(world, idOf('rec', 1)), matches }], metadata: {} };
  },
  getSession: ({ input, world }) => find(world, input.id),
  getRecording: () => castOf(),
  async *watchRecording({ input, world, signal }) {
    find(world, input.id);
    const lines = castOf()
      .split('\n')
      .filter((line) => line !== '');
    yield `id: 0\n${lines
      .slice(0, 6)
      .map((line) => `data: ${line}\n`)
      .join('')}\n`;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  terminateSession: ({ input, world }) => end(world, input.id),
};
