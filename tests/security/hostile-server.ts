import { createPrivateKey } from 'node:crypto';
import { type ClusterId, createId, systemClock } from '@sallyport/core';
import {
  type CapabilityClaims,
  type CapabilityTrust,
  createCapabilityTrust,
  createCapabilityVerifier,
  createSigningKeyRing,
  formatCapabilityClaims,
  generateSigningKey,
  type SigningKeyRecord,
  signCapabilityKeySet,
} from '@sallyport/core/credentials';
import { createMemoryLinkPair } from '@sallyport/tunnel/memory';
import { createRawPeer, frame, helloFrame, type RawPeer } from '@sallyport/tunnel/testing';
import { SignJWT } from 'jose';
import { createAgent } from '../../packages/agent/src/agent.ts';
import { createAgentMetrics } from '../../packages/agent/src/metrics.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../../packages/agent/src/testing/recording-upstream.ts';
import { createTestCa } from '../../packages/agent/src/testing/test-ca.ts';
import { createKubeUpstream } from '../../packages/agent/src/upstream/node-upstream.ts';

/** Frame types, by number on the wire: PROTOCOL.md, section 3. */
const TYPE = { HELLO: 1, OPEN: 2, HEAD: 3, DATA: 4, END: 5, RESET: 6, WINDOW: 7, RENEW: 8 } as const;
/** Reset codes, by number on the wire: PROTOCOL.md, section 5. */
const RESET = new Map([
  [1, 'cancelled'],
  [2, 'refused'],
  [3, 'internal'],
  [4, 'upstreamUnreachable'],
  [5, 'upstreamReset'],
  [6, 'capabilityRefused'],
  [7, 'capabilityExpired'],
]);

/** What is signed: anything, also what no signer of ours would. */
export type Payload = Readonly<Record<string, unknown>>;

/** A request as it goes into OPEN, byte for byte. */
export interface HostileRequest {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly upgrade?: boolean;
  readonly capability?: string;
  readonly body?: string;
  /** END carries these. */
  readonly trailers?: readonly string[];
  /** Leaves the direction of the server open. */
  readonly isOpen?: boolean;
}

/** How a stream began, or that it ended. */
export type Outcome = { readonly status: number } | { readonly reset: string; readonly message: string };

/** A server that was taken over, at the other end of a real agent's tunnel. It speaks frames by hand. */
export interface HostileServer {
  readonly clusterId: ClusterId;
  readonly claims: CapabilityClaims;
  readonly upstream: RecordingUpstream;
  readonly peer: RawPeer;
  readonly trust: CapabilityTrust;
  /** The key that the agent trusts. */
  readonly key: SigningKeyRecord;
  /** Signs a fitting capability, with what is given instead of the right thing. */
  sign(payload?: Payload, by?: { readonly key?: SigningKeyRecord; readonly header?: Payload }): Promise<string>;
  /** Opens a stream; yields its id. */
  open(request?: HostileRequest): Promise<number>;
  /** Resolves with the head of the answer or the reset, whichever is first. */
  outcome(streamId: number): Promise<Outcome>;
  /** Resolves with the reset of a stream. */
  ended(streamId: number): Promise<Outcome>;
  ask(request?: HostileRequest): Promise<Outcome>;
  renew(streamId: number, capability: string): Promise<void>;
  /** Has the agent's keys follow a statement: the signer rotated to `next`. */
  rotateTo(next: SigningKeyRecord): Promise<void>;
  /** Sends anything. */
  send(type: number, streamId: number, payload?: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Starts an agent whose server is hostile. */
export async function startHostileServer(
  options: Pick<Parameters<typeof startRecordingUpstream>[0], 'onRequest' | 'onUpgrade'> = {},
): Promise<HostileServer> {
  const ca = await createTestCa();
  const upstream = await startRecordingUpstream({ ca, ...options });
  const kube = createKubeUpstream({
    host: '127.0.0.1',
    port: upstream.port,
    ca: [ca.certificatePem],
    token: () => 'agent-token',
  });
  const clusterId = createId('cluster');
  const key = generateSigningKey();
  const ring = (record: SigningKeyRecord) => createSigningKeyRing({ keys: [record], activeKeyId: record.keyId });
  const trust = createCapabilityTrust(ring(key).jwks());
  const [serverLink, agentLink] = createMemoryLinkPair();
  let isDialled = false;
  const agent = createAgent({
    connect: (signal) => {
      if (isDialled) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      isDialled = true;
      return Promise.resolve({ link: agentLink });
    },
    upstream: kube,
    capabilities: createCapabilityVerifier({ keys: trust, clusterId }),
    ceiling: { groups: ['sallyport:view', 'sallyport:edit'] },
    metrics: createAgentMetrics(),
  });
  const peer = createRawPeer(serverLink);
  const stop = new AbortController();
  const running = agent.run({ signal: stop.signal });
  await peer.send(helloFrame());
  await peer.next(TYPE.HELLO);

  const claims: CapabilityClaims = {
    clusterId,
    principalId: createId('principal'),
    loginSessionId: createId('loginSession'),
    impersonation: { user: 'ada@example.com', groups: ['sallyport:view'], extra: { 'sallyport.dev/session': ['s-1'] } },
    actionClass: 'read',
    snapshotVersion: 1,
  };
  let nextId = 1;
  let signing = key;

  async function sign(payload: Payload = {}, by: { key?: SigningKeyRecord; header?: Payload } = {}): Promise<string> {
    const { keyId, privateKeyPem } = by.key ?? signing;
    const now = Math.floor(systemClock.now() / 1_000);
    const fitting = { ...formatCapabilityClaims(claims), iat: now, exp: now + 60 };
    return new SignJWT({ ...fitting, ...payload })
      .setProtectedHeader({ alg: 'ES256', typ: 'sallyport-capability+jwt', kid: keyId, ...by.header })
      .sign(createPrivateKey(privateKeyPem.reveal()), { crit: { x: true } });
  }

  async function open(request: HostileRequest = {}): Promise<number> {
    const { method = 'GET', target = '/api/v1/pods', headers = [], upgrade = false, body, isOpen = false } = request;
    const capability = request.capability ?? (await sign());
    const streamId = nextId;
    nextId += 2;
    const head = strings(upgrade ? 1 : 0, [method, target, capability, 'dec_hostile', ...headers]);
    const frames = [frame(TYPE.OPEN, streamId, head, 65_536)];
    if (body !== undefined) frames.push(frame(TYPE.DATA, streamId, Buffer.from(body)));
    const trailers = request.trailers === undefined ? undefined : strings(0, request.trailers);
    if (!isOpen) frames.push(frame(TYPE.END, streamId, trailers));
    await peer.send(...frames);
    return streamId;
  }

  async function first(streamId: number, types: readonly number[]): Promise<Outcome> {
    for (let seen = 0; ; ) {
      const found = peer.frames.slice(seen).find((each) => each.streamId === streamId && types.includes(each.type));
      if (found !== undefined) return outcomeOf(found.type, Buffer.from(found.payload));
      seen = peer.frames.length;
      const isOver = await Promise.race([peer.closed.then(() => true), tick()]);
      if (isOver) return { reset: 'tunnelLost', message: 'the tunnel has ended' };
    }
  }

  const server: HostileServer = {
    clusterId,
    claims,
    upstream,
    peer,
    trust,
    key,
    sign,
    open,
    outcome: (streamId) => first(streamId, [TYPE.HEAD, TYPE.RESET]),
    ended: (streamId) => first(streamId, [TYPE.RESET]),
    ask: async (request) => server.outcome(await open(request)),
    renew: (streamId, capability) => peer.send(frame(TYPE.RENEW, streamId, Buffer.from(capability, 'latin1'))),
    async rotateTo(next) {
      const statement = await signCapabilityKeySet(ring(key), { jwks: ring(next).jwks(), version: systemClock.now() });
      await trust.learn([statement]);
      signing = next;
    },
    send: (type, streamId, payload) => peer.send(frame(type, streamId, payload)),
    async close() {
      stop.abort();
      await running;
      kube.close();
      await upstream.close();
    },
  };
  return server;
}

/** The next turn of the event loop: frames and timers had theirs. */
function tick(): Promise<false> {
  return new Promise((resolve) => setImmediate(() => resolve(false)));
}

function outcomeOf(type: number, payload: Buffer): Outcome {
  if (type === TYPE.RESET) {
    const code = RESET.get(payload.readUInt32BE(0)) ?? 'unknown';
    return { reset: code, message: payload.subarray(4).toString('utf8') };
  }
  const [low = 0, high = 0] = payload;
  return { status: (low & 0x7f) | (low >= 0x80 ? high << 7 : 0) };
}

/** Strings as PROTOCOL.md, section 9, encodes them, without a look at what they hold. */
function strings(lead: number, list: readonly string[]): Buffer {
  const texts = list.map((text) => Buffer.from(text, 'latin1'));
  return Buffer.concat([varint(lead), varint(texts.length), ...texts.map(({ length }) => varint(length)), ...texts]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
