import { parseAsciicast, type RecordedEvent } from '@sallyport/audit/recording';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, lacks, type Outcome, part, run } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { ORGANIZATION, type Stack, startStack } from './stack.ts';

// Reads its input, and prints on both streams.
const SCRIPT = 'read line; printf "got %s ä\\n" "$line"; printf "oops\\n" >&2; exit 3';
const PRINTED = Buffer.from('got typed-secret ä\n');
const INPUT = 'typed-secret\n';
const VERSIONS = ['kubectl', 'kubectlOld'] as const;

/** The bytes of one stream. */
function streamOf(events: readonly RecordedEvent[], stream: 'stdout' | 'stderr' | 'stdin'): Buffer {
  return Buffer.concat(events.flatMap((event) => (event.kind === stream ? [event.bytes] : [])));
}

async function recordings(stack: Stack) {
  const { api } = await stack.person('admin');
  const { items } = await api.listSessions({ organization: ORGANIZATION, limit: 100 });
  return items;
}

/** The newest recording, once it is over. */
async function newest(stack: Stack) {
  const { api } = await stack.person('admin');
  await awaitCondition(async () => (await recordings(stack))[0]?.state !== 'recording', {
    what: 'the recording is over',
  });
  const [session] = await recordings(stack);
  if (session === undefined) throw new Error('nothing was recorded');
  const text = await api.getRecording({ organization: ORGANIZATION, id: session.id });
  return { session, cast: parseAsciicast(text) };
}

/** Runs the script in a pod by a kubectl, and compares what it printed with what was recorded. */
async function expectRecorded(stack: Stack, version: (typeof VERSIONS)[number], where: readonly string[]) {
  const kubeconfig = await stack.kubeconfig('admin');
  const printed: Outcome = await run(
    part(version),
    ['--kubeconfig', kubeconfig, 'exec', '-i', ...where, '--', 'sh', '-c', SCRIPT],
    { input: INPUT },
  );
  expect(printed.code, printed.stderr).toBe(3);
  const { session, cast } = await newest(stack);
  expect(session).toMatchObject({ kind: 'exec', state: 'complete', exitCode: 3, isTty: false });
  const stdout = streamOf(cast.events, 'stdout');
  expect(stdout.toString('hex')).toBe(printed.bytes.toString('hex'));
  expect(stdout.toString('hex')).toBe(PRINTED.toString('hex'));
  expect(streamOf(cast.events, 'stderr').toString()).toBe('oops\n');
  // What was typed is not recorded, unless the settings say so.
  expect(streamOf(cast.events, 'stdin')).toHaveLength(0);
  expect(cast.events.at(-1)).toMatchObject({ kind: 'mark', label: 'exit 3' });
  return { stdout: stdout.toString('hex'), marks: cast.events.filter(({ kind }) => kind === 'mark').length };
}

describe.skipIf(lacks(...VERSIONS))('terminals on a made-up cluster', () => {
  let stack: Stack;
  let closeCluster: () => Promise<void>;
  beforeAll(async () => {
    const { cluster, kubeconfig } = await startFakeCluster();
    closeCluster = () => cluster.close();
    stack = await startStack({ kubeconfig });
    const made = await run(
      part('kubectl'),
      ['--kubeconfig', await stack.kubeconfig('admin'), 'run', 'web', '--image=busybox', '--', 'sleep', '3600'],
      {},
    );
    expect(made.code, made.stderr).toBe(0);
  }, 120_000);
  afterAll(async () => {
    await stack?.close();
    await closeCluster?.();
  });

  it('SEC-C07 are recorded alike over SPDY and WebSocket, byte for byte as the pod printed', async () => {
    const overWebSocket = await expectRecorded(stack, 'kubectl', ['web']);
    const overSpdy = await expectRecorded(stack, 'kubectlOld', ['web']);
    expect(overSpdy).toEqual(overWebSocket);
  }, 60_000);

  it('leave their head in the audit log', async () => {
    const { api } = await stack.person('admin');
    const [session] = await recordings(stack);
    await awaitCondition(
      async () => {
        const { items } = await api.listAuditEvents({ organization: ORGANIZATION, limit: 100 });
        const told = items.flatMap((event) =>
          (event as { recordingId?: string }).recordingId === session?.id ? [event.code] : [],
        );
        const wanted = ['session.recording.started', 'session.recording.ended', 'proxy.request.completed'] as const;
        return wanted.every((code) => told.filter((each) => each === code).length === 1);
      },
      { what: 'start, end and outcome are in the audit log' },
    );
  });
});
