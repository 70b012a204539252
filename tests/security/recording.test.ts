import { randomBytes } from 'node:crypto';
import { parseAsciicast } from '@sallyport/audit/recording';
import type { SessionResource } from '@sallyport/core/api';
import {
  createHeaderBlockEncoder,
  encodeChannelMessage,
  encodeSpdyData,
  encodeSpdyFrame,
  encodeWebSocketFrame,
} from '@sallyport/core/streaming';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, type SecureStack, startSecureStack } from './harness.ts';
import { headerValues, soleValueOf } from './recording-upstream.ts';
import {
  askForUpgrade,
  execPath,
  openUpgraded,
  switchingHead,
  TRANSPORTS,
  type Transport,
  type UpgradedPipe,
} from './upgrade-client.ts';

const PATHS: readonly (readonly [what: string, path: string])[] = [
  ['as kubectl writes it', '/api/v1/namespaces/default/pods/web/exec'],
  ['with a trailing slash', '/api/v1/namespaces/default/pods/web/exec/'],
  ['with two trailing slashes', '/api/v1/namespaces/default/pods/web/exec//'],
  ['with a double slash in front', '//api/v1/namespaces/default/pods/web/exec'],
  ['with a double slash inside', '/api/v1/namespaces/default/pods//web/exec'],
  ['with a double slash before exec', '/api/v1/namespaces/default/pods/web//exec'],
  ['with a dot', '/api/v1/namespaces/default/pods/./web/exec'],
  ['with two dots', '/api/v1/namespaces/default/pods/other/../web/exec'],
  ['with encoded dots', '/api/v1/namespaces/default/pods/other/%2e%2e/web/exec'],
  ['with an encoded letter', '/api/v1/namespaces/default/pods/web/%65xec'],
  ['with a letter that is encoded twice', '/api/v1/namespaces/default/pods/web/%2565xec'],
  ['with an encoded slash', '/api/v1/namespaces/default/pods/web%2Fexec'],
  ['with an encoded slash at the end', '/api/v1/namespaces/default/pods/web/exec%2F'],
  ['with a parameter of the path', '/api/v1/namespaces/default/pods/web/exec;x=1'],
  ['with a back-slash', '/api/v1/namespaces/default/pods/web\\exec'],
  ['in capitals', '/api/v1/namespaces/default/pods/web/EXEC'],
  ['with a segment behind it', '/api/v1/namespaces/default/pods/web/exec/more'],
  ['by the legacy prefix watch', '/api/v1/watch/namespaces/default/pods/web/exec'],
  ['by the legacy prefix proxy', '/api/v1/proxy/namespaces/default/pods/web/exec'],
  ['by the legacy prefix proxy, of a node', '/api/v1/proxy/nodes/node-1/exec/default/web/main'],
  ['by the proxy of the node', '/api/v1/nodes/node-1/proxy/exec/default/web/main'],
  ['by the proxy of the port of a node', '/api/v1/nodes/https:node-1:10250/proxy/exec/default/web/main'],
  ['by the group of apps', '/apis/apps/v1/namespaces/default/pods/web/exec'],
  ['without a version', '/api/namespaces/default/pods/web/exec'],
];

/** What the kubelet behind a node's proxy runs without any switch of protocols, or opens by one. */
const NODE_PATHS: readonly string[] = [
  '/api/v1/nodes/node-1/proxy/run/default/web/main?cmd=id',
  '/api/v1/nodes/node-1/proxy/run/default/web/main/?cmd=id',
  '/api/v1/nodes/node-1/proxy//run/default/web/main?cmd=id',
  '/api/v1/nodes/node-1/proxy/metrics/../run/default/web/main?cmd=id',
  '/api/v1/nodes/node-1/proxy/metrics/%2e%2e/run/default/web/main?cmd=id',
  '/api/v1/nodes/node-1/proxy/%72un/default/web/main?cmd=id',
  '/api/v1/nodes/https:node-1:10250/proxy/run/default/web/main?cmd=id',
  '/api/v1/nodes/node-1/proxy/exec/default/web/main?command=id&output=1',
  '/api/v1/nodes/node-1/proxy/cri/exec/token',
  '/api/v1/proxy/nodes/node-1/run/default/web/main?cmd=id',
];

let stack: SecureStack;
beforeAll(async () => {
  stack = await startSecureStack();
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(() => stack.upstream.reset());

const idle = () =>
  awaitCondition(() => stack.server.proxy.activeCount === 0, { what: 'no stream is open', everyMs: 5 });

async function listSessions(): Promise<readonly SessionResource[]> {
  const { api } = await stack.person('admin');
  return (await api.listSessions({ organization: ORGANIZATION, limit: 100 })).items;
}

async function requireRecording(isRequired: boolean): Promise<void> {
  const { api } = await stack.person('admin');
  const { apiVersion, kind, metadata, spec } = await api.getCluster({ organization: ORGANIZATION, name: CLUSTER });
  const { name, labels, resourceVersion } = metadata;
  await api.updateCluster({
    organization: ORGANIZATION,
    name: CLUSTER,
    body: {
      ...{ apiVersion, kind, spec: { ...spec, settings: { ...spec.settings, requireRecording: isRequired } } },
      metadata: { name, resourceVersion, ...(labels && { labels }) },
    },
  });
}

describe.each([true, false])('where terminals must be recorded: %s', (isRequired) => {
  beforeAll(() => requireRecording(isRequired));

  // The worst of API servers: it takes every path for an exec.
  it.each(TRANSPORTS)(
    'SEC-C09 an exec by %s is recorded or refused, whatever its path looks like',
    async (transport) => {
      for (const [what, path] of PATHS) {
        stack.upstream.reset();
        stack.upstream.answer = (call) => {
          const name = transport === 'websocket' ? 'sec-websocket-protocol' : 'x-stream-protocol-version';
          call.raw(switchingHead(call, headerValues(call.request.rawHeaders, name)[0]));
        };
        const caller = await askForUpgrade(stack, { transport, path: `${path}?command=sh&stdout=true` });
        const { status } = await caller.answer();
        caller.socket.destroy();
        await idle();
        const heard = stack.upstream.requests.map(({ rawHeaders }) => soleValueOf(rawHeaders, 'audit-id'));
        if (status !== 101) {
          expect([what, status >= 400 && status < 500, heard]).toEqual([what, true, []]);
          continue;
        }
        await awaitCondition(
          async () =>
            (await listSessions()).some(({ requestId, state }) => requestId === heard[0] && state === 'complete'),
          { what: `an exec ${what} is recorded` },
        );
      }
    },
    60_000,
  );
});

describe('the proxy of a node, where terminals must be recorded', () => {
  beforeAll(() => requireRecording(true));

  it.each(['GET', 'POST'])('SEC-C09 runs nothing by %s', async (method) => {
    for (const path of NODE_PATHS) {
      stack.upstream.reset();
      const { status, body } = await stack.call('http/1.1', { method, path });
      expect([path, status >= 400 && status < 500, stack.upstream.requests.length]).toEqual([path, true, 0]);
      if (status === 403) expect(body).toContain('terminals must be recorded here');
    }
  });

  it('still tells what it measures and logs', async () => {
    for (const path of [
      'metrics',
      'metrics/cadvisor',
      'stats/summary',
      'logs/kubelet.log',
      'healthz',
      'pods',
      'configz',
    ]) {
      const { status } = await stack.call('http/1.1', { path: `/api/v1/nodes/node-1/proxy/${path}` });
      expect([path, status]).toEqual([path, 200]);
    }
  });
});

/** What an API server sends to print `text` on the standard output. */
function printing(transport: Transport, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (transport === 'websocket') return Buffer.from(encodeWebSocketFrame('binary', encodeChannelMessage(1, bytes)));
  return Buffer.from(encodeSpdyData(3, bytes));
}

/** What a caller sends to type `bytes`. */
function typing(transport: Transport, bytes: Buffer): Buffer {
  if (transport === 'SPDY/3.1') return Buffer.from(encodeSpdyData(5, bytes));
  return Buffer.from(encodeWebSocketFrame('binary', encodeChannelMessage(0, bytes), { mask: randomBytes(4) }));
}

describe.each(TRANSPORTS)('an exec over %s whose caller vanishes', (transport) => {
  beforeAll(() => requireRecording(false));

  /** Has the caller open the streams that kubectl opens. */
  async function openStreams({ caller, request }: UpgradedPipe): Promise<void> {
    if (transport === 'websocket') return;
    const blocks = createHeaderBlockEncoder();
    const frames = (
      [
        [1, 'error'],
        [3, 'stdout'],
        [5, 'stdin'],
      ] as const
    ).map(([streamId, streamType]) => {
      const headers = [['streamtype', streamType]] as const;
      const frame = { type: 'synStream', streamId, fin: false, unidirectional: false, priority: 0, headers } as const;
      return encodeSpdyFrame(frame, blocks);
    });
    const bytes = Buffer.concat(frames);
    caller.write(bytes);
    await awaitCondition(() => request.body().length >= bytes.length, { what: 'the streams are open', everyMs: 2 });
  }

  it.each([
    ['right after the 101', false],
    ['in the middle of a frame', true],
  ])('SEC-C10 %s leaves a recording that is ended and plays, and its end in the audit log', async (_, isMid) => {
    const pod = `c10-${transport === 'websocket' ? 'ws' : 'spdy'}-${isMid ? 'mid' : 'now'}`;
    const opened = await openUpgraded(stack, { transport, path: execPath(pod) });
    if (isMid) {
      await openStreams(opened);
      const frame = printing(transport, 'printed before');
      opened.pipe.write(frame);
      // A frame whose header promises more than comes, both ways.
      opened.pipe.write(printing(transport, 'x'.repeat(1_000)).subarray(0, 500));
      opened.caller.write(typing(transport, Buffer.alloc(100)).subarray(0, 20));
      await awaitCondition(() => opened.received().length >= frame.length + 500, {
        what: 'the frames came',
        everyMs: 2,
      });
    }
    opened.caller.reset();
    const session = await awaitCondition(
      async () => (await listSessions()).find((each) => each.pod === pod && each.state !== 'recording'),
      { what: 'the recording is over' },
    );
    expect(session).toMatchObject({ state: 'complete', kind: 'exec' });
    const { api } = await stack.person('admin');
    const { events } = parseAsciicast(await api.getRecording({ organization: ORGANIZATION, id: session.id }));
    const printed = Buffer.concat(events.flatMap((event) => (event.kind === 'stdout' ? [event.bytes] : [])));
    // What came of the frame that was cut is part of what the caller saw.
    if (isMid) expect(printed.toString()).toMatch(/^printed beforex{480,500}$/);
    else expect(printed).toHaveLength(0);
    expect(events.at(-1)).toMatchObject({ kind: 'mark', label: 'the caller went away' });
    const ended = await stack.audited(
      (event) => event.code === 'session.recording.ended' && event.recordingId === session.id,
    );
    expect(ended.details).toMatchObject({ headSha256: session.headSha256, chunks: session.chunkCount });
    await idle();
  });
});
