/**
 * The agents' ends of many tunnels, each of a cluster of its own with an identity that was enrolled for. Argument: a file with JSON,
 * {@link TunnelsOptions}. First line on stdout once all are enrolled. The parent says how many there shall be connected, and is told
 * how many are, by {@link TunnelsOrder} and {@link TunnelsState}.
 */
import { readFileSync } from 'node:fs';
import { type AgentIdentity, createAgent, enrol, type KubeUpstream, parseCaBundle } from '@sallyport/agent';
import { type ClusterId, Secret, systemClock } from '@sallyport/core';
import { createCapabilityTrust, createCapabilityVerifier, type SigningJwks } from '@sallyport/core/credentials';
import { PROTOCOL_VERSION } from '@sallyport/tunnel';
import { dialGrpcLink, encodeHello } from '@sallyport/tunnel/grpc';
import { dialTlsLink } from '@sallyport/tunnel/tls';
import type { LinkName } from '../configurations.ts';

/** What the process takes. */
export interface TunnelsOptions {
  readonly serverUrl: string;
  readonly caPem: string;
  readonly capabilityKeys: SigningJwks;
  /** What the tunnels run on. */
  readonly link: LinkName;
  readonly clusters: readonly { readonly clusterId: ClusterId; readonly joinToken: string }[];
}

/** What the parent says. */
export interface TunnelsOrder {
  /** Of the clusters, the first so many are to be connected and stay so. */
  readonly wanted: number;
}

/** What the parent is told, whenever it changes. */
export interface TunnelsState {
  readonly connected: number;
}

const ENROLLING_AT_ONCE = 8;
/** Handshakes of this process at once: all agents share its one thread here, and each must be through before its dial is given up. */
const DIALLING_AT_ONCE = 32;
const TELL_EVERY_MS = 20;
/** As large as an object that people look at. */
const ANSWER = Buffer.from(
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'small', namespace: 'default', resourceVersion: '1' },
    data: { text: 'x'.repeat(1_800) },
  }),
);
/** What the server asks of each cluster by itself. */
const OF_CLUSTER: Readonly<Record<string, object>> = {
  '/version': { gitVersion: 'v1.36.0' },
  '/api/v1/nodes': { kind: 'NodeList', apiVersion: 'v1', metadata: {}, items: [] },
  '/api/v1/namespaces': { kind: 'NamespaceList', apiVersion: 'v1', metadata: {}, items: [] },
};

function answerTo(target: string): Buffer {
  const answer = OF_CLUSTER[target.replace(/\?.*/, '')];
  return answer === undefined ? ANSWER : Buffer.from(JSON.stringify(answer));
}

/** A cluster with nothing in it, which answers all other questions alike. */
const upstream: KubeUpstream = {
  origin: 'https://upstream',
  send({ target }, handler) {
    let isOver = false;
    setImmediate(() => {
      if (isOver) return;
      const answer = answerTo(target);
      const headers = ['Content-Type', 'application/json', 'Content-Length', String(answer.length)];
      handler.onHead({ status: 200, headers });
      handler.onData(answer);
      handler.onEnd([]);
    });
    return {
      write: (_chunk, taken) => taken(),
      end() {},
      pause() {},
      resume() {},
      destroy() {
        isOver = true;
      },
    };
  },
  sendAsAgent: async () => ({ status: 200, body: {} }),
  close() {},
};

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as TunnelsOptions;
const server = { url: new URL(options.serverUrl), ca: parseCaBundle(options.caPem, 'the CA of the server') };
const identities: AgentIdentity[] = [];
const waiting = [...options.clusters.entries()];
await Promise.all(
  Array.from({ length: ENROLLING_AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [i, { clusterId, joinToken }] = next;
      identities[i] = await enrol({ server, joinToken: new Secret(joinToken), clusterId, agentVersion: '0.0.0' });
    }
  }),
);

let connected = 0;
let told = 0;
setInterval(() => {
  if (connected === told) return;
  told = connected;
  process.send?.({ connected } satisfies TunnelsState);
}, TELL_EVERY_MS);

let dialling = 0;
const queue: (() => void)[] = [];

/** Waits until fewer than {@link DIALLING_AT_ONCE} are at it. */
async function inTurn<T>(dial: () => Promise<T>): Promise<T> {
  if (dialling >= DIALLING_AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve));
  dialling += 1;
  try {
    return await dial();
  } finally {
    dialling -= 1;
    queue.shift()?.();
  }
}

function startAgent(identity: AgentIdentity): () => void {
  const stopping = new AbortController();
  let isConnected = false;
  const agent = createAgent({
    connect: (signal) =>
      inTurn(async () => {
        const { address, serverName, caPem } = identity.tunnel;
        const { link } = await (options.link === 'tls' ? dialTlsLink : dialGrpcLink)({
          ...{ address, serverName, caPem, signal, clock: systemClock },
          certPem: identity.certificatePem,
          keyPem: identity.privateKeyPem.reveal(),
        });
        return { link };
      }),
    upstream,
    capabilities: createCapabilityVerifier({
      keys: createCapabilityTrust(options.capabilityKeys, undefined),
      clusterId: identity.clusterId,
      clock: systemClock,
    }),
    ceiling: { groups: ['sallyport:view', 'sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'] },
    hello: () =>
      encodeHello({
        heldReplicaIds: [],
        agentVersion: '0.0.0',
        protocolVersion: PROTOCOL_VERSION,
        instanceId: identity.clusterId,
        serviceAccountToken: '',
      }),
    onStateChange(state) {
      if (isConnected === (state === 'connected')) return;
      isConnected = !isConnected;
      connected += isConnected ? 1 : -1;
    },
  });
  void agent.run({ signal: stopping.signal }).catch((error: unknown) => {
    if (!stopping.signal.aborted) process.stderr.write(`${identity.clusterName}: ${String(error)}\n`);
  });
  return () => stopping.abort();
}

const stops: (() => void)[] = [];
process.on('message', ({ wanted }: TunnelsOrder) => {
  for (const identity of identities.slice(stops.length, wanted)) stops.push(startAgent(identity));
  for (const stop of stops.splice(wanted)) stop();
});
process.once('SIGTERM', () => process.exit(0));
process.stdout.write('all are enrolled\n');
