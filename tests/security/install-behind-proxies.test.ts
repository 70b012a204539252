import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { runAgent } from '@sallyport/agent';
import { Secret, silentLogger } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { developmentConfig } from '../../packages/server/src/config.ts';
import { createServer, type SallyportServer } from '../../packages/server/src/server.ts';
import { fetchTrusting, logIn } from '../stack/login.ts';
import { awaitCondition, freePort, temporaryFolder } from '../support/index.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { writeUpstreamKubeconfig } from './upstream-kubeconfig.ts';

const organization = 'demo';
const name = 'demo';
const password = randomBytes(18).toString('base64url');
const email = 'owner@demo.test';

const closers: (() => unknown)[] = [];
const dialled = new Set<number>();
const onSocket = (message: unknown) => {
  const { socket } = message as { readonly socket: Socket };
  socket.once('connect', () => dialled.add(socket.remotePort ?? 0));
};
let server: SallyportServer;
let upstream: RecordingUpstream;
let ports: { readonly listen: number; readonly agents: number; readonly ingress: number };
const folder = temporaryFolder('behind');

async function listen(listener: Server, port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  listener.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return (listener.address() as AddressInfo).port;
}

/** Ends people's TLS, and speaks TLS of its own to the server, as an ingress does that knows one host and its paths. */
async function startIngress(port: number, to: number): Promise<void> {
  const ingress = createTlsServer({ ...server.hostTls(), ALPNProtocols: ['http/1.1'] }, (socket) => {
    const inward = connectTls({ host: '127.0.0.1', port: to, ca: server.caPem, ALPNProtocols: ['http/1.1'] });
    for (const [one, another] of [
      [socket, inward],
      [inward, socket],
    ] as const) {
      one.on('error', () => another.destroy());
      one.on('close', () => another.destroy());
      one.pipe(another);
    }
  });
  await listen(ingress, port);
}

/** An HTTP proxy that takes CONNECT, and what it was asked for. */
async function startProxy(): Promise<{ readonly port: number; readonly asked: Set<string> }> {
  const asked = new Set<string>();
  const proxy = createHttpServer((_, response) => response.writeHead(405).end());
  proxy.on('connect', ({ url = '' }: { url?: string }, socket: Socket) => {
    asked.add(url);
    const target = new URL(`tcp://${url}`);
    const outward = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(outward).pipe(socket);
    });
    outward.on('error', () => socket.destroy());
    socket.on('error', () => outward.destroy());
    socket.on('close', () => outward.destroy());
  });
  return { port: await listen(proxy), asked };
}

beforeAll(async () => {
  ports = { listen: await freePort(), agents: await freePort(), ingress: await freePort() };
  subscribe('net.client.socket', onSocket);
  closers.push(() => unsubscribe('net.client.socket', onSocket));
  upstream = await startRecordingUpstream();
  closers.push(() => upstream.close());
  server = await createServer({
    config: developmentConfig({
      stateDir: join(folder, 'server'),
      listen: { host: '127.0.0.1', port: ports.listen },
      agentListen: { host: '127.0.0.1', port: ports.agents },
      publicUrl: `https://127.0.0.1:${ports.ingress}`,
      organization,
      bindings: [{ role: 'owner', identityProvider: 'development', group: 'owners' }],
      developmentUsers: [{ email, name: 'owner', password: new Secret(password), groups: ['owners'] }],
    }),
  });
  closers.push(() => server.close());
  await startIngress(ports.ingress, ports.listen);
}, 60_000);
afterAll(async () => {
  for (const close of closers.reverse()) await close();
}, 30_000);

it('SEC-H12 people come by a path of an ingress, agents by a proxy to a port of their own; nobody else is called, and TLS that is wrong is refused', async () => {
  const { publicUrl, caPem } = server;
  const { api } = await logIn(publicUrl, caPem, email, password);
  const { install, joinToken } = await registerCluster(api, organization, { name });
  const kubeconfig = join(folder, 'upstream.kubeconfig');
  writeUpstreamKubeconfig(kubeconfig, upstream);
  const stopping = new AbortController();
  const ended: Promise<unknown>[] = [];
  closers.push(async () => {
    stopping.abort();
    await Promise.allSettled(ended);
  });
  const startAgent = (directory: string, ca: string, port: number) => {
    const config = {
      server: { url: new URL(publicUrl), caPem: ca },
      clusterId: install.clusterId,
      capabilityKeys: install.capabilityJwks as never,
      joinToken: () => new Secret(joinToken.token),
      identity: { kind: 'file', directory: join(folder, directory) },
      upstream: { kind: 'kubeconfig', file: kubeconfig },
      ceiling: ['sallyport:view', 'sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'],
      drainTimeoutMs: 200,
      proxy: { host: '127.0.0.1', port },
    } as const;
    ended.push(runAgent(config, { signal: stopping.signal, logger: silentLogger }).catch(() => {}));
  };

  // Under another authority, the token is never sent.
  const watched = await startProxy();
  startAgent('deceived', createTestCertificateAuthority('of nobody').certificatePem, watched.port);
  await awaitCondition(() => watched.asked.size > 0, { what: 'the agent has dialled' });
  const proxy = await startProxy();
  startAgent('agent', caPem, proxy.port);
  await awaitCondition(() => server.health(install.clusterId).state === 'connected', {
    what: 'the agent is connected',
  });
  expect([...watched.asked]).toEqual([`127.0.0.1:${ports.ingress}`]);
  expect([...proxy.asked].sort()).toEqual([`127.0.0.1:${ports.agents}`, `127.0.0.1:${ports.ingress}`].sort());

  const { token } = await api.mintKubeCredential({ organization, name });
  upstream.answer = (call) => call.respond(200, ['Content-Type', 'application/json'], '{"kind":"PodList","items":[]}');
  const listed = await fetchTrusting(caPem)(`${publicUrl}/k/${organization}/${name}/api/v1/pods`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect([listed.status, await listed.json()]).toEqual([200, { kind: 'PodList', items: [] }]);
  // A caller that trusts other authorities than the server's gets nowhere.
  await expect(fetchTrusting(createTestCertificateAuthority('x').certificatePem)(publicUrl)).rejects.toThrow();

  const configured = [ports.listen, ports.agents, ports.ingress, watched.port, proxy.port, upstream.port];
  expect([...dialled].filter((port) => !configured.includes(port))).toEqual([]);
  expect(dialled.size).toBeGreaterThan(3);
}, 90_000);
