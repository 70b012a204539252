import { type ClusterId, createId, type ReplicaId, silentLogger, systemClock } from '@sallyport/core';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import { createTunnel, type Tunnel, type TunnelStream } from '@sallyport/tunnel';
import { dialGrpcLink } from '@sallyport/tunnel/grpc';
import { createExchangeServer, openExchange, type RequestHead } from '@sallyport/tunnel/http';
import { createMemoryLinkPair } from '@sallyport/tunnel/memory';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bindListener } from '../node/listener.ts';
import { issuePeerCertificate } from '../pki/authority.ts';
import { createCertificateAuthority, loadTrustRoots, peerServerName, type TrustRoots } from '../pki/index.ts';
import { rotateKey } from '../pki/rotate-keys.ts';
import type { Refusal } from '../proxy/refusal.ts';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { putCluster, putOrganization } from '../testing/writes.ts';
import { createTunnelRegistry } from '../tunnels/registry.ts';
import type { AccessQuestion } from './access-question.ts';
import { encodePeerCall } from './peer-call.ts';
import { openPeers } from './peers.ts';

const [database] = testDatabases(undefined);
const HOUR_MS = 3_600_000;
const REFUSAL: Refusal = { code: 'ERR_PROXY_ACCESS_PENDING', message: 'not yet.', retryAfterSeconds: 1 };

let testStore: TestStore;
let store: Store;
let roots: TrustRoots;
let clusterId: ClusterId;
const closers: (() => Promise<unknown> | undefined)[] = [];

beforeAll(async () => {
  if (database === undefined) throw new Error('there is no database to test on');
  testStore = await database.open();
  store = testStore.store;
  roots = await loadTrustRoots(store, systemClock);
});
afterAll(() => testStore?.drop());
beforeEach(async () => {
  clusterId = createId('cluster');
  const organizationId = createId('organization');
  await store.transact(async (tx) => {
    await putOrganization(tx, { id: organizationId, name: organizationId.slice(4).toLowerCase() });
    await putCluster(tx, { id: clusterId, organizationId, name: 'prod', labels: {} });
  });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** One of the servers on the database, on a port of its own. */
async function aReplica() {
  const replicaId = createId('replica');
  const listener = await bindListener({ host: '127.0.0.1', port: 0 });
  const registry = createTunnelRegistry({ clock: systemClock });
  const questions: AccessQuestion[] = [];
  const access = {
    inForce: async (_cluster: ClusterId, question: AccessQuestion) => {
      questions.push(question);
      return question.user === 'pending' ? REFUSAL : undefined;
    },
  };
  const peers = await openPeers({ store, roots, registry, access, replicaId, logger: silentLogger });
  listener.onConnection((socket) => peers.injectConnection(socket));
  closers.push(
    () => listener.close(),
    () => void peers.close(),
  );
  const address = `127.0.0.1:${listener.port}`;
  await store.replicas.renew(replicaId, 60_000, address);
  const served: RequestHead[] = [];
  return {
    replicaId,
    address,
    peers,
    registry,
    questions,
    served,
    /** Says in the database that a tunnel of the cluster ends here. */
    claim: (id = clusterId) =>
      store.clusters.putSightings(replicaId, [
        {
          clusterId: id,
          tunnels: [
            {
              serial: '0a',
              instanceId: 'agent',
              agentVersion: '1',
              openedAt: new Date(),
              reportsHealth: false,
              isAttested: true,
            },
          ],
        },
      ]),
    /** A tunnel of the cluster that ends here; its agent echoes. */
    connectAgent(id = clusterId): Tunnel {
      const [left, right] = createMemoryLinkPair();
      const tunnel = createTunnel(left, { role: 'server' });
      const agent = createTunnel(right, {
        role: 'agent',
        onStream: createExchangeServer((head, exchange) => {
          served.push(head);
          return {
            onData(chunk) {
              exchange.consumed(chunk.byteLength);
              exchange.respond({ status: 200, headers: ['x-target', head.target] });
              exchange.write(chunk);
            },
            onEnd: () => exchange.end(),
            onReset() {},
            onRenew() {},
          };
        }),
      });
      registry.add({
        clusterId: id,
        tunnel,
        certificateSerial: '0a',
        instanceId: 'agent',
        agentVersion: '1',
        openedAt: new Date(),
      });
      closers.push(() => void agent.close());
      return tunnel;
    },
  };
}

type Replica = Awaited<ReturnType<typeof aReplica>>;

/** Sends a request by a replica without a tunnel; the answer, or why there is none. */
async function request({ peers }: Replica, body = 'hello', id = clusterId): Promise<string> {
  const way = await peers.pick(id);
  if (way === undefined) return 'no way';
  const head = {
    method: 'POST',
    target: '/api',
    headers: [],
    upgrade: false,
    capability: 'signed',
    decisionId: 'dec_1',
  };
  return new Promise((resolve) => {
    let text = '';
    const exchange = openExchange(way.tunnel, head, {
      onHead: ({ status }) => {
        text += `${status} `;
      },
      onData(chunk) {
        text += Buffer.from(chunk).toString();
        exchange.consumed(chunk.byteLength);
      },
      onEnd: () => resolve(text),
      onReset: ({ resetCode }) => resolve(`reset ${resetCode}`),
    });
    exchange.write(Buffer.from(body));
    exchange.end();
  });
}

/** Dials a replica with a certificate; the connection, or why it was refused. */
async function dialWith(
  to: Replica,
  pair: { readonly certPem: string; readonly keyPem: string },
  serverName = peerServerName(to.replicaId),
): Promise<Tunnel | string> {
  try {
    const { link } = await dialGrpcLink({ address: to.address, serverName, caPem: roots.peerCa.bundlePem, ...pair });
    const tunnel = createTunnel(link, { role: 'server' });
    closers.push(() => void tunnel.close());
    return tunnel;
  } catch (error) {
    return (error as Error).message;
  }
}

async function peerPair(authority: { current(): Parameters<typeof issuePeerCertificate>[0] }, replicaId: ReplicaId) {
  const { certificatePem, privateKeyPem } = await issuePeerCertificate(authority.current(), {
    serverName: peerServerName(replicaId),
    uri: `sallyport://replica/${replicaId}`,
    at: new Date(),
    lifetimeMs: HOUR_MS,
  });
  return { certPem: certificatePem, keyPem: privateKeyPem.reveal() };
}

describe('replicas on one database', () => {
  it('SEC-D10 carry a stream to the one with the tunnel, over a connection that they keep', async () => {
    const [near, far] = [await aReplica(), await aReplica()];
    far.connectAgent();
    await far.claim();
    expect(await request(near, 'one')).toBe('200 one');
    expect(await Promise.all(['two', 'three'].map((body) => request(near, body)))).toEqual(['200 two', '200 three']);
    expect(far.served.map(({ capability, decisionId }) => [capability, decisionId])).toEqual(
      Array(3).fill(['signed', 'dec_1']),
    );
  });

  it('SEC-D10 make one hop at the most, and ask anew where the tunnel is', async () => {
    const [near, middle, far] = [await aReplica(), await aReplica(), await aReplica()];
    far.connectAgent();
    // Wrong, as after a tunnel that has just gone.
    await middle.claim();
    expect(await request(near)).toBe('reset refused');
    expect(far.served).toEqual([]);
    await store.clusters.putSightings(middle.replicaId, []);
    await far.claim();
    await expect.poll(() => request(near)).toBe('200 hello');
  });

  it('SEC-D10 pass over one that can not be reached', async () => {
    const [near, far] = [await aReplica(), await aReplica()];
    far.connectAgent();
    await far.claim();
    const gone = createId('replica');
    const closed = await bindListener({ host: '127.0.0.1', port: 0 });
    await closed.close();
    await store.replicas.renew(gone, 60_000, `127.0.0.1:${closed.port}`);
    await testStore.db
      .insertInto('cluster_sightings')
      .columns(['cluster_id', 'replica_id', 'tunnels', 'inventory_failure', 'seen_at'])
      .expression((eb) =>
        eb
          .selectFrom('cluster_sightings')
          .where('cluster_id', '=', clusterId)
          .select(({ val }) => ['cluster_id', val(gone).as('replica_id'), 'tunnels', 'inventory_failure', 'seen_at']),
      )
      .execute();
    for (let i = 0; i < 8; i += 1) expect(await request(near, `${i}`)).toBe(`200 ${i}`);
    expect(near.peers.isReconnecting(clusterId)).toBe(true);
    expect(near.peers.isReconnecting(createId('cluster'))).toBe(false);
  });

  it('SEC-D10 know nothing of the tunnels of one whose lease has ended', async () => {
    const [near, far] = [await aReplica(), await aReplica()];
    far.connectAgent();
    await far.claim();
    await store.replicas.renew(far.replicaId, 0, far.address);
    expect(await request(near)).toBe('no way');
  });

  it('ask the one whose agent keeps bindings whether they are in force', async () => {
    const [near, far] = [await aReplica(), await aReplica()];
    expect(await near.peers.askAccess(clusterId, { user: 'mira', snapshotVersion: 7 })).toBeUndefined();
    far.connectAgent();
    await far.claim();
    const ask = (user: string) => near.peers.askAccess(clusterId, { user, snapshotVersion: 7 });
    await expect.poll(() => ask('mira')).toEqual({});
    expect(await ask('pending')).toEqual({ refusal: REFUSAL });
    expect(far.questions).toContainEqual({ user: 'pending', snapshotVersion: 7 });
  });

  it('SEC-D27 let nobody in but a replica under the peer CA that holds a lease', async () => {
    const [near, far] = [await aReplica(), await aReplica()];
    const { csrPem, privateKeyPem } = createKeyAndRequest('agent');
    const agent = await roots.agentCa.issueAgentCertificate(csrPem, clusterId);
    const stranger = await createCertificateAuthority({
      commonName: 'Sallyport replicas',
      usage: 'peerAuth',
      at: new Date(),
    });
    const lives = await peerPair(roots.peerCa, near.replicaId);
    expect(await dialWith(far, lives)).not.toBeTypeOf('string');
    for (const [what, pair] of Object.entries({
      'of an agent': { certPem: agent.certificatePem, keyPem: privateKeyPem.reveal() },
      'under another CA': await peerPair({ current: () => stranger }, near.replicaId),
      'under the CA of the front': await peerPair(roots.frontCa, near.replicaId),
    })) {
      expect(await dialWith(far, pair), what).toMatch(/can't open a tunnel/);
    }
    const unknown = await dialWith(far, await peerPair(roots.peerCa, createId('replica')));
    if (typeof unknown === 'string') throw new Error(unknown);
    const closed = await unknown.closed;
    expect(closed?.message).toContain('ERR_PEER_REFUSED');
  });

  it('SEC-D27 take no other process for the one that they mean to dial', async () => {
    const [near, far] = [await aReplica(), await aReplica()];
    far.connectAgent();
    await far.claim();
    const former = createId('replica');
    expect(await dialWith(far, await peerPair(roots.peerCa, near.replicaId), peerServerName(former))).toMatch(
      /can't open a tunnel/,
    );
  });

  it('SEC-D27 cut off whoever is under a peer CA that was voided, and dial anew under the new one', async () => {
    const [near, far] = [await aReplica(), await aReplica()];
    far.connectAgent();
    await far.claim();
    const stolen = await dialWith(far, await peerPair(roots.peerCa, near.replicaId));
    if (typeof stolen === 'string') throw new Error(stolen);
    expect(await request(near)).toBe('200 hello');
    await rotateKey({ store, clock: systemClock }, 'peerCa', 'emergency');
    await roots.refresh();
    expect(await stolen.closed).toBeDefined();
    await expect.poll(() => request(near)).toBe('200 hello');
  });

  it('answer what makes no sense with a reset, and go on', async () => {
    const [near, far] = [await aReplica(), await aReplica()];
    far.connectAgent();
    const tunnel = await dialWith(far, await peerPair(roots.peerCa, near.replicaId));
    if (typeof tunnel === 'string') throw new Error(tunnel);
    const send = (header: Uint8Array) =>
      new Promise<string | undefined>((resolve) => {
        const stream: TunnelStream = tunnel.open(header, {
          onData() {},
          onEnd: () => resolve('ended'),
          onReset: ({ resetCode }) => resolve(resetCode),
        });
        stream.end();
      });
    const call = encodePeerCall({ kind: 'access', clusterId, payload: Buffer.from('{}') });
    expect(await send(Buffer.from([]))).toBe('internal');
    expect(await send(Buffer.from([9, 1, 65]))).toBe('internal');
    expect(await send(Buffer.from([0, 200, 65]))).toBe('internal');
    expect(await send(call)).toBe('internal');
    expect(
      await send(encodePeerCall({ kind: 'stream', clusterId: createId('cluster'), payload: Buffer.alloc(0) })),
    ).toBe('refused');
    expect(tunnel.state).toBe('open');
  });
});
