import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  createHeaderBlockEncoder,
  createSpdyDecoder,
  createWebSocketMessageDecoder,
  encodeChannelMessage,
  encodeSpdyFrame,
  encodeWebSocketFrame,
  parseExitStatus,
  type SpdyFrame,
} from '@sallyport/core/streaming';
import { type ContractCase, eventually, inNamespace, uniqueName } from './case.ts';
import { type Target, UpgradeRefused } from './target.ts';

const SCRIPT = 'echo one; echo two; echo three; while true; do sleep 1; done';

async function createPod(t: Target, script = SCRIPT): Promise<string> {
  const name = uniqueName('pod');
  const spec = {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: t.image, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', script] }],
  };
  const path = inNamespace(t, 'v1', 'pods');
  const { status } = await t.send('POST', path, { body: { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec } });
  assert.equal(status, 201);
  return `${path}/${name}`;
}

let shared: Promise<string> | undefined;

/** One running pod for all cases that only look at it. */
function runningPod(t: Target): Promise<string> {
  shared ??= (async () => {
    const path = await createPod(t);
    await eventually(
      () => t.send('GET', path),
      ({ json }) => json.status.phase === 'Running',
    );
    await eventually(
      () => t.send('GET', `${path}/log`),
      ({ text }) => text.includes('three'),
    );
    return path;
  })();
  return shared;
}

/** Forgets the shared pod, because the next target has its own. */
export function forgetPods(): void {
  shared = undefined;
}

interface ExecResult {
  readonly frames: readonly SpdyFrame[];
  text(stream: string): string;
  readonly status: ReturnType<typeof parseExitStatus>;
}

const execQuery = (command: readonly string[], streams: readonly string[]): string =>
  [...command.map((part) => `command=${encodeURIComponent(part)}`), ...streams.map((name) => `${name}=true`)].join('&');

/** Runs a command over SPDY/3.1 as kubectl 1.20 does. */
async function execSpdy(t: Target, pod: string, command: readonly string[], stdin?: Buffer): Promise<ExecResult> {
  const names = ['error', ...(stdin ? ['stdin'] : []), 'stdout', 'stderr'];
  const query = execQuery(command, names.slice(1));
  const { socket, head } = await t.upgrade('POST', `${pod}/exec?${query}`, [
    'Upgrade',
    'SPDY/3.1',
    'X-Stream-Protocol-Version',
    'v4.channel.k8s.io',
    'X-Stream-Protocol-Version',
    'v3.channel.k8s.io',
  ]);
  const ids = new Map(names.map((name, i) => [name, i * 2 + 1]));
  const blocks = createHeaderBlockEncoder();
  for (const [streamtype, streamId] of ids) {
    const headers = [['streamtype', streamtype]] as const;
    socket.write(
      encodeSpdyFrame({ type: 'synStream', streamId, fin: false, unidirectional: false, priority: 0, headers }, blocks),
    );
  }
  if (stdin)
    socket.write(encodeSpdyFrame({ type: 'data', streamId: ids.get('stdin') ?? 0, fin: true, payload: stdin }, blocks));
  const decoder = createSpdyDecoder();
  const frames: SpdyFrame[] = [...decoder.push(head)];
  const isOver = (): boolean => frames.some((frame) => frame.type === 'data' && frame.streamId === 1 && frame.fin);
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      frames.push(...decoder.push(chunk));
      if (isOver()) resolve();
    });
    socket.on('close', () => resolve());
  });
  socket.destroy();
  const bytes = (name: string): Buffer =>
    Buffer.concat(
      frames.flatMap((frame) => (frame.type === 'data' && frame.streamId === ids.get(name) ? [frame.payload] : [])),
    );
  return { frames, text: (name) => bytes(name).toString('utf8'), status: parseExitStatus(bytes('error')) };
}

/** Logs, exec and the ends of sessions. */
export const podCases: readonly ContractCase[] = [
  {
    name: 'runs a pod and gives it an address and a node',
    async run(t) {
      const { json } = await t.send('GET', await runningPod(t));
      assert.match(json.status.podIP, /^\d+\.\d+\.\d+\.\d+$/);
      assert.ok(json.spec.nodeName);
      assert.equal(json.spec.serviceAccountName, 'default');
      assert.equal(json.status.conditions.find((one: { type: string }) => one.type === 'Ready').status, 'True');
    },
  },
  {
    name: 'marks a pod Succeeded or Failed with its exit code',
    async run(t) {
      const path = await createPod(t, 'exit 3');
      const { json } = await eventually(
        () => t.send('GET', path),
        (answer) => answer.json.status.phase === 'Failed',
      );
      assert.equal(json.status.containerStatuses[0].state.terminated.exitCode, 3);
    },
  },
  {
    name: 'gives logs: all, the tail, limited, with timestamps',
    async run(t) {
      const path = `${await runningPod(t)}/log`;
      assert.equal((await t.send('GET', path)).text, 'one\ntwo\nthree\n');
      assert.equal((await t.send('GET', `${path}?tailLines=1`)).text, 'three\n');
      assert.equal((await t.send('GET', `${path}?limitBytes=5`)).text, 'one\nt');
      assert.match(
        (await t.send('GET', `${path}?timestamps=true&tailLines=1`)).text,
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z three\n$/,
      );
    },
  },
  {
    name: 'refuses logs of a container that is not there, or of an earlier run',
    async run(t) {
      const path = `${await runningPod(t)}/log`;
      const unknown = await t.send('GET', `${path}?container=nope`);
      assert.equal(unknown.status, 400);
      assert.match(unknown.json.message, /^container nope is not valid for pod /);
      const previous = await t.send('GET', `${path}?previous=true`);
      assert.equal(previous.status, 400);
      assert.match(previous.json.message, /^previous terminated container "main" in pod "[^"]+" not found$/);
    },
  },
  {
    name: 'ends exec over SPDY with output, then one Success Status on the error stream',
    async run(t) {
      const result = await execSpdy(t, await runningPod(t), ['echo', 'hello']);
      assert.equal(result.text('stdout'), 'hello\n');
      assert.deepEqual(result.status, { kind: 'success' });
      const replies = result.frames.filter((frame) => frame.type === 'synReply').length;
      assert.equal(replies, 3);
    },
  },
  {
    name: 'tells the exit code and keeps stderr apart',
    async run(t) {
      const result = await execSpdy(t, await runningPod(t), ['sh', '-c', 'echo out; echo err >&2; exit 7']);
      assert.deepEqual([result.text('stdout'), result.text('stderr')], ['out\n', 'err\n']);
      assert.equal(result.status.kind === 'exitCode' && result.status.exitCode, 7);
      assert.match(
        result.status.kind === 'exitCode' ? result.status.message : '',
        /^command terminated with non-zero exit code: /,
      );
    },
  },
  {
    name: 'ends stdin of a command when the client half-closes it',
    async run(t) {
      const payload = randomBytes(200_000);
      const result = await execSpdy(t, await runningPod(t), ['wc', '-c'], payload);
      assert.equal(result.text('stdout').trim(), '200000');
    },
  },
  {
    name: 'refuses exec in a container that is not there before it switches',
    async run(t) {
      const path = `${await runningPod(t)}/exec?container=nope&command=true&stdout=true`;
      const headers = ['Upgrade', 'SPDY/3.1', 'X-Stream-Protocol-Version', 'v4.channel.k8s.io'];
      const error = await t.upgrade('POST', path, headers).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof UpgradeRefused);
      assert.equal(error.status, 400);
      assert.match(JSON.parse(error.body).message, /container nope is not valid for pod/);
    },
  },
  {
    name: 'answers exec over a WebSocket (v4) with channels, a Status and Close',
    async run(t) {
      // v4 has no half-close, so the command has to end by itself.
      const query = execQuery(['sh', '-c', 'read line; echo $line; exit 5'], ['stdin', 'stdout', 'stderr']);
      const path = `${await runningPod(t)}/exec?${query}`;
      const { socket, head, headers } = await t.upgrade('GET', path, [
        'Upgrade',
        'websocket',
        'Sec-WebSocket-Version',
        '13',
        'Sec-WebSocket-Key',
        randomBytes(16).toString('base64'),
        'Sec-WebSocket-Protocol',
        'v4.channel.k8s.io',
      ]);
      assert.equal(headers['sec-websocket-protocol'], 'v4.channel.k8s.io');
      socket.write(
        encodeWebSocketFrame('binary', encodeChannelMessage(0, Buffer.from('hi\n')), { mask: randomBytes(4) }),
      );
      const decoder = createWebSocketMessageDecoder({ masked: false });
      const messages = [...decoder.push(head)];
      await new Promise<void>((resolve) => {
        socket.on('data', (chunk: Buffer) => messages.push(...decoder.push(chunk)));
        socket.on('close', () => resolve());
        socket.on('end', () => resolve());
      });
      socket.destroy();
      const channel = (number: number) =>
        Buffer.concat(
          messages
            .filter((one) => one.payload[0] === number && one.type === 'binary')
            .map((one) => one.payload.subarray(1)),
        );
      assert.equal(channel(1).toString(), 'hi\n');
      const status = parseExitStatus(channel(3));
      assert.equal(status.kind === 'exitCode' && status.exitCode, 5);
    },
  },
  {
    name: 'removes a pod that is deleted without grace',
    async run(t) {
      const path = await createPod(t);
      await eventually(
        () => t.send('GET', path),
        ({ json }) => json.status.phase === 'Running',
      );
      const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 };
      assert.equal((await t.send('DELETE', path, { body })).status, 200);
      await eventually(
        () => t.send('GET', path),
        ({ status }) => status === 404,
      );
    },
  },
];
