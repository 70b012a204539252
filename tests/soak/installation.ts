/**
 * Servers and agents as programs of their own, with something between each two of them that can be broken: a server's way to the
 * database, an agent's way to its server, and its way to the cluster.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Secret } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { openDatabase, type StoreDatabase } from '../../packages/server/src/stores/open-store.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { type Relay, startRelay } from '../security/relay.ts';
import { fetchTrusting, logIn, type Person } from '../stack/login.ts';
import { freePort, type RestartableProgram, startRestartable } from '../support/index.ts';

export const ORGANIZATION = 'acme';
export const CLUSTER = 'prod';
/** What stands before a path of the cluster. */
export const PREFIX = `/k/${ORGANIZATION}/${CLUSTER}`;

/** A server, its agent, and the ways between them. */
export interface Site {
  readonly name: string;
  readonly port: number;
  readonly server: RestartableProgram;
  readonly agent: RestartableProgram;
  /** From the agent to its server, the tunnel alone. */
  readonly tunnel: Relay;
  /** From the agent to the cluster. */
  readonly upstream: Relay;
  /** From the server to PostgreSQL; `undefined` with an embedded database. */
  readonly database: Relay | undefined;
  /** Reaches the public address by this server. */
  readonly fetch: typeof fetch;
}

/** All of it. */
export interface Installation {
  readonly sites: readonly [Site, ...Site[]];
  readonly caPem: string;
  /** Signs somebody in by a server. */
  logIn(site: Site, email: string): Promise<Person>;
  /** The database itself, past all servers. An embedded one is free only after {@link Installation.stop}. */
  openDatabase(): Promise<StoreDatabase>;
  /** Ends agents and servers in an orderly way. Rejects when one of them does not end well. */
  stop(): Promise<void>;
  /** Ends what {@link Installation.stop} left, and removes the database. */
  close(): Promise<void>;
}

/** Options of {@link startInstallation}. */
export interface InstallationOptions {
  readonly folder: string;
  /** Makes the kubeconfig of the agents' account, with the cluster at a port of 127.0.0.1. */
  readonly kubeconfig: (port: number) => string;
  readonly upstreamPort: number;
  /** Group by address: `admins`, `developers` or `guests`. */
  readonly people: Readonly<Record<string, string>>;
  /** Where databases can be made. Without it there is one server, with an embedded database. */
  readonly postgresUrl: string | undefined;
  /** Told when a program ends that was not asked to. */
  readonly onEnded: (how: string) => void;
}

const SERVERS = 2;
/** What the programs write to their logs. */
const SERVER_READY = { ready: /the server is ready/, in: 'stderr' } as const;
const AGENT_READY = { ready: /tunnel is up/, in: 'stdout' } as const;
const driver = (name: string) => join(import.meta.dirname, `${name}.mjs`);
const PROBED = ['--expose-gc', '--import', driver('probe')];

/** Starts all of it. The first of `people` must be an admin. */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const { folder, people, postgresUrl, onEnded } = options;
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  const relayTo = async (port: number) => {
    const relay = await startRelay(port);
    closers.push(() => relay.close());
    return relay;
  };
  const writeFile = (name: string, content: string | object): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
    return path;
  };
  try {
    const database = postgresUrl === undefined ? undefined : await createPostgresDatabase(postgresUrl);
    if (database !== undefined) closers.push(() => database.drop());
    const encryptionKey = randomBytes(32);
    const passwords = Object.fromEntries(
      Object.keys(people).map((email) => [email, randomBytes(18).toString('base64url')]),
    );
    const ports = await Promise.all(
      Array.from({ length: database === undefined ? 1 : SERVERS }, async () => ({
        port: await freePort(),
        agentPort: await freePort(),
      })),
    );
    const publicUrl = `https://127.0.0.1:${ports[0]?.port}`;
    const shared = {
      mode: 'development',
      publicUrl,
      encryptionKeyFile: writeFile('encryption-key', encryptionKey.toString('base64')),
      organization: ORGANIZATION,
      bindings: [
        { role: 'owner', identityProvider: 'development', group: 'admins' },
        { role: 'developer', identityProvider: 'development', group: 'developers' },
      ],
      developmentUsers: Object.entries(people).map(([email, group]) => ({
        email,
        name: email,
        passwordFile: writeFile(`password-${email}`, passwords[email] ?? ''),
        groups: [group],
      })),
    };
    const stateDirOf = (i: number) => join(folder, `server-${i}`);
    const startServer = async (i: number, { port, agentPort }: (typeof ports)[number]) => {
      const way = database === undefined ? undefined : await databaseWay(database.url, relayTo);
      mkdirSync(stateDirOf(i));
      const config = {
        ...shared,
        ...(way && { databaseUrlFile: writeFile(`database-url-${i}`, way.url) }),
        stateDir: stateDirOf(i),
        listen: `127.0.0.1:${port}`,
        agents: { listen: `127.0.0.1:${agentPort}` },
      };
      const args = [...PROBED, driver('server'), writeFile(`server-${i}.yaml`, config)];
      const name = `server-${i}`;
      const server = await startRestartable(name, { args, ...SERVER_READY, hasChannel: true, onEnded });
      closers.push(() => server.stop().catch(() => {}));
      return { server, database: way?.relay };
    };
    const servers: Awaited<ReturnType<typeof startServer>>[] = [];
    for (const [i, each] of ports.entries()) servers.push(await startServer(i, each));

    const caPem = readFileSync(join(stateDirOf(0), 'ca.pem'), 'utf8');
    const ways = ports.map(({ port }) => fetchTrusting(caPem, port));
    const logInBy = (email: string, doFetch: typeof fetch) =>
      logIn(publicUrl, caPem, email, passwords[email] ?? '', { fetch: doFetch, provider: 'development' });
    const owner = await logInBy(Object.keys(people)[0] ?? '', fetchTrusting(caPem));
    const { install, joinToken } = await registerCluster(owner.api, ORGANIZATION, { name: CLUSTER });
    const sites: Site[] = [];
    for (const [i, { port, agentPort }] of ports.entries()) {
      const token =
        i === 0
          ? joinToken
          : (await owner.api.issueJoinToken({ organization: ORGANIZATION, name: CLUSTER, body: {} })).joinToken;
      const upstream = await relayTo(options.upstreamPort);
      const tunnel = await relayTo(agentPort);
      const proxy = await startConnectProxy((asked) => (asked === agentPort ? tunnel.port : asked));
      closers.push(() => proxy.close());
      const config = {
        server: `https://127.0.0.1:${port}`,
        serverCaFile: join(stateDirOf(i), 'ca.pem'),
        clusterId: install.clusterId,
        capabilityKeysFile: writeFile('capability-keys', install.capabilityJwks),
        joinTokenFile: writeFile(`join-token-${i}`, token.token),
        identityDirectory: join(folder, `agent-${i}`),
        kubeconfig: writeFile(`upstream-${i}.kubeconfig`, options.kubeconfig(upstream.port)),
        ceiling: ['sallyport:view', 'sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'],
        proxy: `http://127.0.0.1:${proxy.port}`,
        health: 'off',
        drainTimeout: '1s',
      };
      const args = [...PROBED, driver('agent'), '--config', writeFile(`agent-${i}.yaml`, config)];
      const agent = await startRestartable(`agent-${i}`, { args, ...AGENT_READY, hasChannel: true, onEnded });
      closers.push(() => agent.stop().catch(() => {}));
      const started = servers[i];
      const way = ways[i];
      if (started === undefined || way === undefined) throw new Error(`there is no server ${i}`);
      sites.push({ name: `site-${i}`, port, ...started, agent, tunnel, upstream, fetch: way });
    }
    const [first, ...others] = sites;
    if (first === undefined) throw new Error('there is no server');
    return {
      sites: [first, ...others],
      caPem,
      logIn: (site, email) => logInBy(email, site.fetch),
      openDatabase: () =>
        openDatabase(
          database === undefined
            ? { kind: 'pglite', dataDir: join(stateDirOf(0), 'database') }
            : { kind: 'postgres', url: database.url },
          { encryptionKey: new Secret(encryptionKey) },
        ),
      async stop() {
        for (const { agent } of sites) await agent.stop();
        for (const { server } of sites) await server.stop();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The database's address by a relay of its own. */
async function databaseWay(databaseUrl: string, relayTo: (port: number) => Promise<Relay>) {
  const url = new URL(databaseUrl);
  const relay = await relayTo(Number(url.port || 5432));
  url.hostname = '127.0.0.1';
  url.port = String(relay.port);
  return { url: url.href, relay };
}

/** An HTTP proxy on 127.0.0.1 that only knows CONNECT, and leads to another port there than the one that was asked for. */
async function startConnectProxy(
  portFor: (asked: number) => number,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Duplex>();
  const server = createServer((_request, response) => void response.writeHead(405).end());
  server.on('connect', (request, near: Duplex) => {
    const far = connect(portFor(Number(request.url?.split(':').at(-1))), '127.0.0.1');
    far.once('connect', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
