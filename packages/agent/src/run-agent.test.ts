import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clusterSanUri, createId, DEREGISTERED_CODE, Secret } from '@sallyport/core';
import {
  createCapabilitySigner,
  createSigningKeyRing,
  generateSigningKey,
  type SigningKeyRing,
  signCapabilityKeySet,
} from '@sallyport/core/credentials';
import { createTunnel, PROTOCOL_VERSION, type Tunnel } from '@sallyport/tunnel';
import {
  createGrpcGateway,
  decodeHello,
  encodeHelloAck,
  type GatewayOptions,
  type GatewayPeer,
} from '@sallyport/tunnel/grpc';
import { openExchange } from '@sallyport/tunnel/http';
import { createTlsGateway } from '@sallyport/tunnel/tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { AgentConfig, TunnelLink } from './config.ts';
import { AgentError } from './errors.ts';
import { runAgent } from './run-agent.ts';
import { startConnectProxy } from './testing/connect-proxy.ts';
import { type FrontDoorOptions, startFrontDoor } from './testing/front-door.ts';
import { startRecordingUpstream } from './testing/recording-upstream.ts';
import { createTestCa, type TestCa } from './testing/test-ca.ts';

const closers: (() => unknown)[] = [];
let folder: string;
let tunnelLink: TunnelLink;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'agent-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(folder, { recursive: true });
});

/** A server with a front door and a gateway on ports of their own, and a kube-apiserver. */
async function startServer(options: Partial<Pick<FrontDoorOptions, 'life' | 'tokens' | 'certify' | 'standing'>> = {}) {
  const [ca, agentCa] = await Promise.all([createTestCa(), createTestCa('agents')]);
  const kube = await startRecordingUpstream({ ca });
  closers.push(() => kube.close());
  const key = generateSigningKey();
  const keys = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });

  const tunnels: Tunnel[] = [];
  const peers: GatewayPeer[] = [];
  const state = { isRevoked: false, isDeregistered: false, renewals: 0, failures: [] as string[] };
  const trustListeners = new Set<() => void>();
  let trust = { tunnelCaPem: agentCa.certificatePem, capabilityKeys: [] as string[], replicaIds: [] as string[] };
  const stateTrust = (next: Partial<typeof trust>) => {
    trust = { ...trust, ...next };
    for (const listener of trustListeners) listener();
  };
  const gatewayCertificate = await agentCa.issue({ dnsNames: ['agents.sallyport.test'] });
  const arrivals: GatewayOptions = {
    credentials: {
      certPem: gatewayCertificate.certificatePem,
      keyPem: gatewayCertificate.keyPem,
      clientCaPem: agentCa.certificatePem,
    },
    onConnect(link, peer) {
      const refusal = state.isDeregistered
        ? DEREGISTERED_CODE
        : state.isRevoked
          ? 'ERR_GATEWAY_IDENTITY_REFUSED'
          : undefined;
      if (refusal !== undefined) {
        link.close(Object.assign(new AgentError({ code: 'ERR_AGENT_REVOKED', message: 'x' }), { code: refusal }));
        return;
      }
      peers.push(peer);
      const ack = { replicaId: 'rep_1', replicaCount: 1, clusterId: door.clusterId, serverVersion: '1' };
      tunnels.push(createTunnel(link, { role: 'server', hello: encodeHelloAck(ack) }));
    },
    onHealth: ({ apiServerFailure }) => state.failures.push(apiServerFailure),
    trust: {
      current: () => trust,
      onChange(listener) {
        trustListeners.add(listener);
        return () => void trustListeners.delete(listener);
      },
    },
    async onRenew(csrPem) {
      state.renewals += 1;
      const notBefore = new Date(Date.now() - 1_000);
      const notAfter = new Date(Date.now() + 86_400_000);
      const uris = [clusterSanUri(door.clusterId)];
      return { certificatePem: await agentCa.sign(csrPem, { uris, notBefore, notAfter }), notBefore, notAfter };
    },
  };
  const gateway = createGrpcGateway({ ...arrivals, other: createTlsGateway(arrivals) });
  closers.push(() => gateway.close());
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    gateway.injectConnection(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  const door = await startFrontDoor({
    ca,
    agentCa,
    tokens: ['join-1'],
    tunnelAddress: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    ...options,
  });
  closers.push(() => door.close());

  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    stringify({
      'current-context': 'k',
      contexts: [{ name: 'k', context: { cluster: 'k', user: 'k' } }],
      clusters: [
        {
          name: 'k',
          cluster: {
            server: `https://127.0.0.1:${kube.port}`,
            'certificate-authority-data': Buffer.from(ca.certificatePem).toString('base64'),
          },
        },
      ],
      users: [{ name: 'k', user: { token: 'agent-token' } }],
    }),
  );
  const config: AgentConfig = {
    server: { url: door.url, caPem: ca.certificatePem },
    clusterId: door.clusterId,
    capabilityKeys: keys.jwks(),
    joinToken: () => new Secret('join-1'),
    identity: { kind: 'file', directory: path.join(folder, 'identity') },
    upstream: { kind: 'kubeconfig', file: kubeconfig },
    ceiling: ['sallyport:view'],
    drainTimeoutMs: 5_000,
    tunnelLink,
  };
  async function get(tunnel: Tunnel, signedBy: SigningKeyRing = keys): Promise<number> {
    const signer = createCapabilitySigner({ keys: signedBy });
    const { token } = await signer.sign({
      clusterId: door.clusterId,
      principalId: createId('principal'),
      impersonation: { user: 'ada', groups: ['sallyport:view'] },
      actionClass: 'read',
      snapshotVersion: 1,
    });
    return new Promise((resolve, reject) => {
      const exchange = openExchange(
        tunnel,
        { method: 'GET', target: '/api/v1/pods', headers: [], upgrade: false, capability: token, decisionId: 'd' },
        {
          onHead: ({ status }) => resolve(status),
          onData: (chunk) => exchange.consumed(chunk.length),
          onEnd() {},
          onReset: reject,
        },
      );
      exchange.end();
    });
  }
  /** Goes over to a certificate of another CA, as a server does whose CA rotated. */
  async function useCa(other: TestCa): Promise<void> {
    const next = await other.issue({ dnsNames: ['agents.sallyport.test'] });
    gateway.updateCredentials({
      certPem: next.certificatePem,
      keyPem: next.keyPem,
      clientCaPem: agentCa.certificatePem,
    });
  }
  return { config, tunnels, peers, state, door, kube, get, keys, agentCa, stateTrust, useCa };
}

function run(config: AgentConfig, logs: string[] = []) {
  const stop = new AbortController();
  const ready: boolean[] = [];
  const log = (fields: object, message: string) => logs.push(`${message} ${JSON.stringify(fields)}`);
  const running = runAgent(config, {
    signal: stop.signal,
    onReady: (isReady) => ready.push(isReady),
    logger: { debug: log, info: log, warn: log, error: log },
  });
  running.catch(() => {});
  closers.push(async () => {
    stop.abort();
    await running.catch(() => {});
  });
  return { running, stop, ready, logs };
}

describe.each<TunnelLink>(['grpc', 'tls'])('a whole agent with tunnels over %s', (link) => {
  beforeEach(() => {
    tunnelLink = link;
  });

  it('SEC-D20 enrols, serves a GET, drains, and comes back with the same identity though its token is used up', async () => {
    const server = await startServer();
    const first = run(server.config);
    await vi.waitFor(() => expect(first.ready, first.logs.join('\n')).toEqual([true]), 5_000);
    const hello = decodeHello((await server.tunnels[0]?.peerHello) ?? new Uint8Array());
    expect(hello).toMatchObject({
      protocolVersion: PROTOCOL_VERSION,
      agentVersion: expect.stringMatching(/^\d/) as string,
    });
    expect(await server.get(server.tunnels[0] as Tunnel)).toBe(200);
    // The agent itself asks for the version now and then.
    const request = server.kube.requests.find(({ target }) => target !== '/version');
    expect(request?.rawHeaders.slice(-4)).toEqual(['Impersonate-User', 'ada', 'Impersonate-Group', 'sallyport:view']);
    first.stop.abort();
    await first.running;
    expect(first.ready).toEqual([true, false]);
    await server.tunnels[0]?.closed;

    const second = run(server.config);
    await vi.waitFor(() => expect(second.ready).toEqual([true]), 5_000);
    expect(await server.get(server.tunnels[1] as Tunnel)).toBe(200);
    expect(server.door.recorded.requests).toHaveLength(1);
    expect(server.peers[1]?.certificate).toEqual(server.peers[0]?.certificate);
    expect([...first.logs, ...second.logs].join('\n')).not.toMatch(/join-1|agent-token|PRIVATE KEY/);
  });

  it('goes to the server through an HTTP proxy with credentials, for enrolment and tunnel alike', async () => {
    const server = await startServer();
    const proxy = await startConnectProxy({ userName: 'agent', password: 'pass word' });
    closers.push(() => proxy.close());
    const credentials = { userName: 'agent', password: new Secret('pass word') };
    const agent = run({ ...server.config, proxy: { host: '127.0.0.1', port: proxy.port, credentials } });
    await vi.waitFor(() => expect(agent.ready).toEqual([true]), 5_000);
    expect(proxy.targets).toHaveLength(2);
    expect(await server.get(server.tunnels[0] as Tunnel)).toBe(200);
    expect(agent.logs.join('\n')).not.toContain('pass word');
  });

  it('SEC-D20 renews a certificate that is past its half-life at once, over its tunnel, and moves to a new tunnel', async () => {
    const life = { notBefore: new Date(Date.now() - 23 * 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
    const server = await startServer({ life });
    const agent = run(server.config);
    await vi.waitFor(() => expect(server.tunnels.length).toBeGreaterThanOrEqual(2), 10_000);
    expect(server.state.renewals).toBe(1);
    await server.tunnels[0]?.closed;
    expect(server.peers[1]?.certificate).not.toEqual(server.peers[0]?.certificate);
    expect(await server.get(server.tunnels[1] as Tunnel)).toBe(200);
    expect(agent.ready).toEqual([true]);
  });

  it('SEC-D20 joins anew with a new join token once the server has dropped the authority of its identity', async () => {
    const dropped = await createTestCa('dropped');
    let token = 'join-1';
    let isDropped = true;
    const asked: string[] = [];
    const server = await startServer({
      tokens: ['join-1', 'join-2'],
      // The first certificate is of an authority that the gateway takes no more.
      certify: (csrPem, clusterId) =>
        (isDropped ? dropped : server.agentCa).sign(csrPem, { uris: [clusterSanUri(clusterId)] }),
      standing: (certificatePem) => {
        asked.push(certificatePem);
        return isDropped || asked[0] === certificatePem ? 'untrusted' : 'unknown';
      },
    });
    const agent = run({ ...server.config, joinToken: () => new Secret(token) });
    await vi.waitFor(() => expect(agent.logs.join('\n')).toContain('ERR_AGENT_IDENTITY_UNTRUSTED'), 10_000);
    expect(agent.logs.join('\n')).toContain('new join token');
    expect(agent.ready).toEqual([]);
    isDropped = false;
    token = 'join-2';
    await vi.waitFor(() => expect(agent.ready, agent.logs.join('\n')).toEqual([true]), 15_000);
    expect(await server.get(server.tunnels[0] as Tunnel)).toBe(200);
    expect(agent.logs.join('\n')).not.toMatch(/join-2|PRIVATE KEY/);
  }, 30_000);

  it('follows a rotation of the capability keys and of the CA without an install, also over a restart', async () => {
    const server = await startServer();
    const first = run(server.config);
    await vi.waitFor(() => expect(first.ready).toEqual([true]), 5_000);
    const key = generateSigningKey();
    const successor = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
    const nextCa = await createTestCa('next');
    await expect(server.get(server.tunnels[0] as Tunnel, successor)).rejects.toThrow();
    const said = await signCapabilityKeySet(server.keys, { jwks: successor.jwks(), version: 1 });
    server.stateTrust({
      capabilityKeys: [said],
      tunnelCaPem: server.agentCa.certificatePem + nextCa.certificatePem,
    });
    await vi.waitFor(() => expect(first.logs.join('\n')).toContain('what the agent trusts has changed'), 5_000);
    expect(await server.get(server.tunnels[0] as Tunnel, successor)).toBe(200);
    await expect(server.get(server.tunnels[0] as Tunnel)).rejects.toThrow();
    first.stop.abort();
    await first.running;
    await server.useCa(nextCa);

    const second = run(server.config);
    await vi.waitFor(() => expect(second.ready, second.logs.join('\n')).toEqual([true]), 5_000);
    expect(await server.get(server.tunnels[1] as Tunnel, successor)).toBe(200);
  });

  it('SEC-D17 takes no capability key on the word of the server alone', async () => {
    const server = await startServer();
    const agent = run(server.config);
    await vi.waitFor(() => expect(agent.ready).toEqual([true]), 5_000);
    const key = generateSigningKey();
    const stranger = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
    const said = await signCapabilityKeySet(stranger, { jwks: stranger.jwks(), version: 1 });
    server.stateTrust({ capabilityKeys: [said] });
    await vi.waitFor(() => expect(agent.logs.join('\n')).toContain('no trusted key vouches'), 5_000);
    await expect(server.get(server.tunnels[0] as Tunnel, stranger)).rejects.toThrow();
    expect(await server.get(server.tunnels[0] as Tunnel)).toBe(200);
  });

  it('SEC-D13 keeps the CAs that it has when the server states a bundle with something else in it', async () => {
    const server = await startServer();
    const agent = run(server.config);
    await vi.waitFor(() => expect(agent.ready).toEqual([true]), 5_000);
    server.stateTrust({ tunnelCaPem: '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n' });
    await vi.waitFor(() => expect(agent.logs.join('\n')).toContain('could not be taken over'), 5_000);
    agent.stop.abort();
    await agent.running;
    const again = run(server.config);
    await vi.waitFor(() => expect(again.ready).toEqual([true]), 5_000);
  });

  it('SEC-D21 stops with a coded error when the server no longer knows it', async () => {
    const server = await startServer();
    server.state.isRevoked = true;
    await expect(run(server.config).running).rejects.toMatchObject({ code: 'ERR_AGENT_REVOKED' });
  });

  it('SEC-E17 removes what its plan names when its cluster was deregistered, and stops', async () => {
    const server = await startServer();
    const first = run(server.config);
    await vi.waitFor(() => expect(first.ready).toEqual([true]), 5_000);
    const path = (name: string) => `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`;
    const uninstallPlan = {
      namespacePath: '/api/v1/namespaces/sallyport',
      labels: { 'sallyport.dev/cluster': server.door.clusterId },
      identityPath: '/api/v1/namespaces/sallyport/secrets/identity',
      clusterPaths: [path('view')],
      namespacedPaths: ['/apis/apps/v1/namespaces/sallyport/deployments/agent'],
      listPaths: [],
      rights: { clusterRolePath: path('right'), clusterRoleBindingPath: path('binding'), namespacedPaths: [] },
    };
    server.state.isDeregistered = true;
    server.tunnels[0]?.close();
    await expect(first.running).rejects.toMatchObject({ code: 'ERR_AGENT_DEREGISTERED' });
    await run({ ...server.config, uninstallPlan }).running;
    const deletions = server.kube.requests.filter(({ method }) => method === 'DELETE').map(({ target }) => target);
    expect(deletions).toEqual([path('view'), ...uninstallPlan.namespacedPaths, path('right')]);
  });

  it('says how it finds its API server, over each tunnel', async () => {
    const server = await startServer();
    const agent = run(server.config);
    await vi.waitFor(() => expect(server.state.failures).toEqual(['']), 5_000);
    server.tunnels[0]?.close();
    await vi.waitFor(() => expect(server.state.failures).toEqual(['', '']), 5_000);
    agent.stop.abort();
    await agent.running;
  });

  it('SEC-D02 shows a token of its service account in each HELLO, read anew each time', async () => {
    const server = await startServer();
    let token: string | undefined = 'first';
    run({ ...server.config, tunnelToken: () => token });
    const shown = async (index: number) => {
      await vi.waitFor(() => expect(server.tunnels.length).toBeGreaterThan(index), 5_000);
      return decodeHello((await server.tunnels[index]?.peerHello) ?? new Uint8Array()).serviceAccountToken;
    };
    expect(await shown(0)).toBe('first');
    token = 'second';
    server.tunnels[0]?.close();
    expect(await shown(1)).toBe('second');
    token = undefined;
    server.tunnels[1]?.close();
    expect(await shown(2)).toBe('');
  });

  it('fails before it dials when its identity can not be had', async () => {
    const server = await startServer();
    const config = { ...server.config, joinToken: () => undefined };
    await expect(run(config).running).rejects.toMatchObject({ code: 'ERR_AGENT_IDENTITY_MISSING' });
    expect(server.door.recorded.connectionCount).toBe(0);
  });
});
