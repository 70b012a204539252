/** A server that is mounted in a host, two clusters behind it, and people who come through the host alone. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runAgent } from '@sallyport/agent';
import { rbacOnly } from '@sallyport/agent/manifest';
import { Secret } from '@sallyport/core';
import {
  createFakeKubeApiServer,
  createTestCertificateAuthority,
  type FakeKubeApiServer,
} from '@sallyport/core/testing';
import { createServer, developmentConfig, type SallyportServer } from '@sallyport/server';
import { fetchTrusting, logIn, type Person } from '../stack/login.ts';
import { awaitCondition, freePort, temporaryFolder } from '../support/index.ts';
import type { HostKind } from './hosts.ts';

export const ORGANIZATION = 'default';
/** The made-up cluster, and one whose API server takes uploads as slowly as a test wants. */
export type ClusterName = 'demo' | 'slow';

/** An API server that reads no upload before it is told to. */
export interface SlowApiServer {
  readonly kubeconfig: string;
  /** The upload that waits. */
  upload(): Promise<IncomingMessage>;
  close(): void;
}

/** A mounted server. */
export interface Mounted {
  readonly server: SallyportServer;
  /** Origin of the host, which is the server's public address. */
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly cluster: FakeKubeApiServer;
  readonly slow: SlowApiServer;
  /** Signed in through the host. */
  readonly admin: Person;
  readonly viewer: Person;
  close(): Promise<void>;
}

/** Starts a server, mounts it in a host of a kind, and connects both clusters; agents enrol through the host. */
export async function startMounted(kind: HostKind): Promise<Mounted> {
  const folder = temporaryFolder();
  const port = await freePort();
  const publicUrl = `https://127.0.0.1:${port}`;
  const people = ['admin', 'viewer'] as const;
  const passwordOf = Object.fromEntries(people.map((name) => [name, randomBytes(12).toString('base64url')]));
  const server = await createServer({
    config: developmentConfig({
      stateDir: join(folder, 'server'),
      publicUrl,
      agentListen: { host: '127.0.0.1', port: 0 },
      bindings: people.map((name) => ({ role: name, identityProvider: 'development', group: name })),
      developmentUsers: people.map((name) => ({
        ...{ email: `${name}@portal.test`, name, groups: [name] },
        password: new Secret(passwordOf[name] ?? ''),
      })),
    }),
  });
  const host = await kind.start(server, port);

  const account = { name: 'agent', groups: ['system:masters'], token: 'agent-token' };
  const cluster = createFakeKubeApiServer({ seed: 'demo', users: [account] });
  for (const object of rbacOnly({ ceiling: ['view', 'cluster-admin'] })) cluster.put(object);
  await cluster.listen();
  const slow = await startSlowApiServer();
  const stopping = new AbortController();
  async function connect(name: ClusterName, kubeconfig: string): Promise<{ readonly done: Promise<void> }> {
    const upstream = join(folder, `${name}.kubeconfig`);
    writeFileSync(upstream, kubeconfig, { mode: 0o600 });
    const { clusterId, caPem, capabilityKeys, joinToken } = await server.registerCluster(name);
    const done = runAgent(
      {
        server: { url: new URL(publicUrl), caPem },
        ...{ clusterId, capabilityKeys, joinToken: () => joinToken },
        identity: { kind: 'file', directory: join(folder, `agent-${name}`) },
        upstream: { kind: 'kubeconfig', file: upstream },
        ceiling: ['sallyport:view', 'sallyport:cluster-admin', 'sallyport:inventory'],
        drainTimeoutMs: 1_000,
      },
      { signal: stopping.signal },
    );
    await awaitCondition(() => server.health(clusterId).state === 'connected', {
      what: `the agent of ${name} connects`,
    });
    return { done };
  }
  const agents = [await connect('demo', cluster.kubeconfig(account)), await connect('slow', slow.kubeconfig)];
  const signIn = (name: (typeof people)[number]) =>
    logIn(publicUrl, server.caPem, `${name}@portal.test`, passwordOf[name] ?? '');
  return {
    server,
    url: publicUrl,
    fetch: fetchTrusting(server.caPem),
    cluster,
    slow,
    admin: await signIn('admin'),
    viewer: await signIn('viewer'),
    async close() {
      stopping.abort();
      await Promise.all(agents.map(({ done }) => done));
      await host.close();
      await server.close();
      await cluster.close();
      slow.close();
    },
  };
}

async function startSlowApiServer(): Promise<SlowApiServer> {
  const authority = createTestCertificateAuthority('slow-ca');
  const { certificatePem: cert, keyPem: key } = authority.issueServer(['127.0.0.1']);
  const uploads: IncomingMessage[] = [];
  const server = createHttpsServer({ cert, key }, (request, response) => {
    if (request.method === 'POST') return void uploads.push(request);
    const isVersion = request.url === '/version';
    response
      .writeHead(isVersion ? 200 : 404, { 'content-type': 'application/json' })
      .end(isVersion ? '{"major":"1","minor":"36","gitVersion":"v1.36.2"}' : '{"kind":"Status","code":404}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'slow' },
    clusters: [
      {
        name: 'slow',
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(authority.certificatePem).toString('base64'),
        },
      },
    ],
    users: [{ name: 'agent', user: { token: 'agent-token' } }],
    contexts: [{ name: 'slow', context: { cluster: 'slow', user: 'agent' } }],
  };
  return {
    kubeconfig: JSON.stringify(config),
    upload: () => awaitCondition(() => uploads.shift(), { what: 'an upload comes' }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
