import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { REMOTE_COMMAND_CHANNEL } from '@sallyport/core/streaming';
import { Agent, WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, type Outcome, part, run, start, startInTerminal, temporaryFolder } from '../support/index.ts';
import { uniqueName } from './kubectl-suite.ts';
import { marksOf, type ReadRecording, recordingOf, streamOf, told } from './recordings.ts';
import { CLUSTER, ORGANIZATION, type Stack } from './stack.ts';

/** What the suite runs against. */
export interface RecordingTarget {
  readonly stack: Stack;
  /** Image with sh, cat and stty. */
  readonly image: string;
  /** Script of a container on whose port 8080 something is served over HTTP. */
  readonly serve: string;
  /** Runs kubectl as an administrator of the cluster, beside Sallyport: for what is no part of the test. */
  readonly admin: (words: readonly string[]) => Promise<Outcome>;
  close(): Promise<void>;
}

/** A way to a terminal, and what of it has to be recorded. */
interface RecordingCase {
  readonly what: string;
  readonly kind: 'exec' | 'attach';
  /** What kubectl is told; `once` is a name that no pod has. */
  readonly words: (target: RecordingTarget, once: string) => readonly string[];
  readonly input?: string | Uint8Array;
  /** kubectl has a terminal, of 99 columns and 33 lines. Into it, each text is typed once what is beside it was shown. */
  readonly typed?: readonly { readonly after: RegExp; readonly text: string }[];
  readonly exitCode: number;
  /** What the pod prints on its standard output. */
  readonly stdout: string | Uint8Array;
  readonly stderr?: string;
  /** Only a cluster of 1.23 or later has it, and a kubectl that goes with it. */
  readonly isNew?: boolean;
}

/** Each byte there is, and no character among those from 0x80 on. */
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, i) => i);
const MIXED = 'read line; printf "got %s ä\\n" "$line"; printf "oops\\n" >&2; exit 3';
// The size comes beside the input, and a cluster needs its time to set it.
const SIZED = 'read line; sleep 1; stty size; read line; echo "got $line"';

/** Words of `kubectl run` for a pod that reads its input, so that it waits until somebody has attached. */
function runs(target: RecordingTarget, name: string, flags: readonly string[], script: string): readonly string[] {
  return [
    ...['run', name, ...flags, '--rm', '--restart=Never', `--image=${target.image}`],
    ...['--image-pull-policy=IfNotPresent', '--command', '--', 'sh', '-c', script],
  ];
}

const CASES: readonly RecordingCase[] = [
  {
    what: 'exec with both streams and an exit code',
    kind: 'exec',
    words: () => ['exec', '-i', 'web', '--', 'sh', '-c', MIXED],
    input: 'typed\n',
    exitCode: 3,
    stdout: 'got typed ä\n',
    stderr: 'oops\n',
  },
  {
    what: 'exec that prints every byte there is',
    kind: 'exec',
    words: () => ['exec', '-i', 'web', '--', 'cat'],
    input: EVERY_BYTE,
    exitCode: 0,
    stdout: EVERY_BYTE,
  },
  {
    what: 'exec -it',
    kind: 'exec',
    words: () => ['exec', '-it', 'web', '--', 'sh', '-c', `${SIZED}; exit 5`],
    typed: [
      { after: /^/, text: '\n' },
      { after: /33 99/, text: 'typed\n' },
    ],
    exitCode: 5,
    stdout: '\r\n33 99\r\ntyped\r\ngot typed\r\n',
  },
  {
    what: 'run -i, which attaches',
    kind: 'attach',
    words: (target, once) => runs(target, once, ['-i'], 'cat; echo "done"'),
    input: 'typed\n',
    exitCode: 0,
    stdout: 'typed\ndone\n',
  },
  {
    what: 'run -it',
    kind: 'attach',
    words: (target, once) => runs(target, once, ['-it'], SIZED),
    typed: [
      { after: /press(?:ing)? enter/, text: '\n' },
      { after: /33 99/, text: 'typed\n' },
    ],
    exitCode: 0,
    stdout: '\r\n33 99\r\ntyped\r\ngot typed\r\n',
  },
  {
    what: 'debug with an ephemeral container, which attaches',
    kind: 'attach',
    words: ({ image }) => [
      ...['debug', 'web', '-i', `--image=${image}`, '--target=web', '--'],
      ...['sh', '-c', 'read line; echo "debugged $line"'],
    ],
    input: 'typed\n',
    exitCode: 0,
    stdout: 'debugged typed\n',
    isNew: true,
  },
  ...[0, 1, 126, 127, 137, 255].map(
    (exitCode): RecordingCase => ({
      what: `exec that ends with ${exitCode}`,
      kind: 'exec',
      words: () => ['exec', 'web', '--', 'sh', '-c', `exit ${exitCode}`],
      exitCode,
      stdout: '',
    }),
  ),
];

/** What recordings of one session over two protocols must have in common: all but times and the cuts between events. */
function normalised({ session, cast }: ReadRecording) {
  const { kind, state, exitCode, isTty } = session;
  return {
    ...{ kind, state, exitCode, isTty },
    stdout: streamOf(cast.events, 'stdout').toString('hex'),
    stderr: streamOf(cast.events, 'stderr').toString('hex'),
    stdin: streamOf(cast.events, 'stdin').toString('hex'),
    sizes: cast.events.flatMap((event) => (event.kind === 'resize' ? [`${event.width}x${event.height}`] : [])),
    marks: marksOf(cast.events),
  };
}

/** Which tests apply, beside those that always do. */
export interface RecordingFeatures {
  /** `kubectl debug` with an ephemeral container. */
  readonly debug?: boolean;
}

/** Defines the tests of what is recorded of each way to a terminal, with an old kubectl and a new one. */
export function defineRecordingSuite(
  title: string,
  skip: boolean,
  features: RecordingFeatures,
  setUp: () => Promise<RecordingTarget>,
): void {
  describe.skipIf(skip)(title, () => {
    const namespace = uniqueName('recorded');
    let target: RecordingTarget;
    let kubeconfig: string;
    const kubectl = async (version: 'kubectl' | 'kubectlOld', of: RecordingCase): Promise<Outcome> => {
      const words = ['--kubeconfig', kubeconfig, '-n', namespace, ...of.words(target, uniqueName('once'))];
      if (of.typed === undefined) return run(part(version), words, { input: of.input ?? '', timeoutMs: 90_000 });
      const program = startInTerminal(part(version), words, { columns: 99, rows: 33 });
      for (const { after, text } of of.typed) {
        await program.saw(after);
        program.type(text);
      }
      return program.ended;
    };

    async function record(version: 'kubectl' | 'kubectlOld', of: RecordingCase) {
      const recorded = await recordingOf(target.stack, of.kind, () => kubectl(version, of));
      const { result, session, cast } = recorded;
      expect(result.code, `${version}: ${result.stderr}${result.stdout}`).toBe(of.exitCode);
      const stdout = streamOf(cast.events, 'stdout');
      expect(stdout.toString('hex'), `${version} printed ${stdout}`).toBe(Buffer.from(of.stdout).toString('hex'));
      expect(streamOf(cast.events, 'stderr').toString()).toBe(of.stderr ?? '');
      // What was typed is not recorded, unless the settings say so.
      expect(streamOf(cast.events, 'stdin')).toHaveLength(0);
      // kubectl may say something of its own around it, but what the pod printed came to the person as it was recorded.
      expect(result.bytes.includes(stdout), result.stdout).toBe(true);
      expect(session).toMatchObject({ state: 'complete', exitCode: of.exitCode, isTty: of.typed !== undefined });
      expect(marksOf(cast.events).at(-1)).toBe(`exit ${of.exitCode}`);
      return recorded;
    }

    beforeAll(async () => {
      target = await setUp();
      kubeconfig = await target.stack.kubeconfig('admin');
      const { image, serve, admin } = target;
      await admin(['create', 'namespace', namespace]);
      // Pods need the default service account, which a controller makes.
      await awaitCondition(
        async () => (await admin(['-n', namespace, 'get', 'serviceaccount', 'default'])).code === 0,
        {
          what: 'the namespace has its default service account',
        },
      );
      for (const words of [
        ['run', 'web', `--image=${image}`, '--port=8080', '--image-pull-policy=IfNotPresent'].concat([
          ...['--command', '--', 'sh', '-c', serve],
        ]),
        ['wait', '--for=condition=Ready', 'pod/web', '--timeout=80s'],
      ]) {
        const { code, stderr } = await admin(['-n', namespace, ...words]);
        expect(code, stderr).toBe(0);
      }
    }, 180_000);
    afterAll(async () => {
      if (target === undefined) return;
      await target.admin(['-n', namespace, 'delete', 'pods', '--all', '--force', '--grace-period=0', '--wait=false']);
      await target.admin(['delete', 'namespace', namespace, '--wait=false']);
      await target.close();
    }, 60_000);

    for (const of of CASES.filter(({ isNew }) => isNew !== true || features.debug === true)) {
      it(`SEC-C07 hold ${of.what}, byte for byte and by each kubectl alike`, async () => {
        const recorded = await record('kubectl', of);
        if (of.typed !== undefined) expect(normalised(recorded).sizes).toContain('99x33');
        if (of.isNew === true) return;
        expect(normalised(await record('kubectlOld', of))).toEqual(normalised(recorded));
      }, 120_000);
    }

    it.each(['kubectl', 'kubectlOld'] as const)(
      'hold the archive of a copy, by %s',
      async (version) => {
        await target.admin(['-n', namespace, 'exec', 'web', '--', 'sh', '-c', 'echo copied > /tmp/original']);
        const to = join(temporaryFolder(), 'copy');
        const { session, cast, result } = await recordingOf(target.stack, 'exec', () =>
          run(part(version), ['--kubeconfig', kubeconfig, '-n', namespace, 'cp', 'web:/tmp/original', to]),
        );
        expect(result.code, result.stderr).toBe(0);
        expect(readFileSync(to, 'utf8')).toBe('copied\n');
        expect(session).toMatchObject({ state: 'complete', exitCode: 0 });
        expect(session.command?.[0]).toBe('tar');
        const archive = streamOf(cast.events, 'stdout');
        expect([archive.length % 512, archive.includes('copied\n')]).toEqual([0, true]);
      },
      60_000,
    );

    it('SEC-C07 hold an exec over WebSocket of version 4, which no kubectl speaks', async () => {
      const { session, cast, result } = await recordingOf(target.stack, 'exec', () =>
        execOverWebSocket(target.stack, namespace, 'head -c 70000 /dev/zero; echo err >&2; exit 9'),
      );
      expect(session).toMatchObject({ state: 'complete', exitCode: 9, isTty: false });
      expect(streamOf(cast.events, 'stdout').equals(result.stdout)).toBe(true);
      expect(result.stdout.equals(Buffer.alloc(70_000))).toBe(true);
      expect(streamOf(cast.events, 'stderr').toString()).toBe('err\n');
    }, 60_000);

    it.each(['kubectl', 'kubectlOld'] as const)(
      'hold what an attach showed until its caller went away, by %s',
      async (version) => {
        const { session, cast, result } = await recordingOf(target.stack, 'attach', async () => {
          const attach = start(part(version), ['--kubeconfig', kubeconfig, '-n', namespace, 'attach', 'web']);
          await attach.saw(/tick\ntick/);
          attach.child.kill('SIGINT');
          return attach.ended;
        });
        expect(session).toMatchObject({ state: 'complete', isTty: false });
        expect(session.exitCode).toBeUndefined();
        expect(streamOf(cast.events, 'stdout').toString().startsWith(result.stdout)).toBe(true);
        expect(marksOf(cast.events)).toEqual(['ended without an exit status']);
      },
      60_000,
    );

    it.each(['kubectl', 'kubectlOld'] as const)(
      'count the connections and bytes of a port-forward, by %s',
      async (version) => {
        const { session, result } = await recordingOf(target.stack, 'portForward', async () => {
          const words = ['--kubeconfig', kubeconfig, '-n', namespace, 'port-forward', 'pod/web', '0:8080'];
          const forward = start(part(version), words);
          const [, port] = await forward.saw(/Forwarding from 127\.0\.0\.1:(\d+)/);
          const answers = [await askRaw(Number(port)), await askRaw(Number(port))];
          forward.child.kill('SIGINT');
          await forward.ended;
          return answers.reduce((sum, answer) => sum + answer.length, 0);
        });
        expect(session).toMatchObject({ state: 'complete', bytes: 0, chunkCount: 0 });
        expect(session.ports).toEqual([
          { port: 8080, connectionCount: 2, bytesReceived: 2 * QUESTION.length, bytesSent: result },
        ]);
        const { api } = await target.stack.person('admin');
        await told(target.stack, session, ['proxy.request.completed']);
        const { items } = await api.listAuditEvents({ organization: ORGANIZATION, recording: session.id, limit: 100 });
        const completed = items.find(({ code }) => code === 'proxy.request.completed');
        // Frames and headers of the forwarding itself come on top.
        expect(completed?.outcome?.bytesSent).toBeGreaterThanOrEqual(result);
        expect(completed?.outcome?.bytesReceived).toBeGreaterThanOrEqual(2 * QUESTION.length);
      },
      60_000,
    );

    it('leave their head in the audit log', async () => {
      const of = CASES[0] ?? expect.fail('no cases');
      const { session } = await record('kubectl', of);
      const codes = ['session.recording.started', 'session.recording.ended', 'proxy.request.completed'];
      await told(target.stack, session, codes);
    }, 60_000);
  });
}

const QUESTION = 'GET / HTTP/1.0\r\n\r\n';

/** One HTTP/1.0 request over a fresh connection; yields what came. */
function askRaw(port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(QUESTION));
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer after 20 s')));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks)));
    socket.on('error', reject);
  });
}

/** Runs a script in the pod by a WebSocket client of our own, and yields what came on its standard output. */
async function execOverWebSocket(stack: Stack, namespace: string, script: string): Promise<{ stdout: Buffer }> {
  const { server } = stack;
  const url = new URL(`/k/${ORGANIZATION}/${CLUSTER}/api/v1/namespaces/${namespace}/pods/web/exec`, server.publicUrl);
  url.protocol = 'wss:';
  url.search = String(new URLSearchParams([['stdout', 'true'], ['stderr', 'true'], ...commandOf(script)]));
  const dispatcher = new Agent({ connect: { ca: server.caPem } });
  const socket = new WebSocket(url, {
    protocols: ['v4.channel.k8s.io'],
    dispatcher,
    headers: { authorization: `Bearer ${await stack.token('admin')}` },
  });
  socket.binaryType = 'arraybuffer';
  const stdout: Buffer[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = Buffer.from(data as ArrayBuffer);
    if (message[0] === REMOTE_COMMAND_CHANNEL.stdout) stdout.push(message.subarray(1));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('close', () => resolve());
      socket.addEventListener('error', ({ error }) => reject(error));
    });
  } finally {
    await dispatcher.close();
  }
  return { stdout: Buffer.concat(stdout) };
}

function commandOf(script: string): [string, string][] {
  return ['sh', '-c', script].map((word) => ['command', word]);
}
