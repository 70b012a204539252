/** Servers on one database, each with an agent of the cluster; each process can be killed and started again. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerCluster } from '@sallyport/core/api';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { fetchTrusting, logIn, type Person } from '../stack/login.ts';
import {
  awaitCondition,
  freePort,
  part,
  type Restartable,
  type RestartableProgram,
  startRestartable,
} from '../support/index.ts';

/** A server with the agent that is connected to it. */
export interface Site {
  readonly server: Restartable;
  readonly agent: Restartable;
  /** Whether the server listens: a load balancer sends nobody to one that does not. */
  readonly isListening: boolean;
  /** Whether the server or its agent was away at some time since `sinceMs` (of `performance.now()`). */
  wasAwaySince(sinceMs: number): boolean;
}

/** The whole of it. */
export interface Replicas {
  readonly databaseUrl: string;
  readonly encryptionKey: Buffer;
  readonly sites: readonly [Site, ...Site[]];
  /**
   * Mints a credential of a person's by one of the servers and writes it into a kubeconfig for each of them, in the order of
   * `sites`. A login that is there is renewed; after one that could not be, the next call signs them in anew.
   */
  writeKubeconfigs(email: string, server: number, paths: readonly string[]): Promise<void>;
  stop(): Promise<void>;
  /** Drops the database. */
  drop(): Promise<void>;
}

const ORGANIZATION = 'acme';
const CLUSTER = 'prod';
const SERVERS = 2;
/** What the programs write to their logs. */
const SERVER_READY = { ready: /the server is ready/, in: 'stderr' } as const;
const AGENT_READY = { ready: /tunnel is up/, in: 'stdout' } as const;
const driver = (name: string) => join(import.meta.dirname, `${name}.mjs`);

/** Starts all of it, on the cluster that `upstreamKubeconfig` leads to. The first of `emails` must be an admin. */
export async function startReplicas(
  folder: string,
  upstreamKubeconfig: string,
  emails: Readonly<Record<string, string>>,
): Promise<Replicas> {
  const database = await createPostgresDatabase(part('postgres'));
  const encryptionKey = randomBytes(32);
  const writeFile = (name: string, content: string | object): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
    return path;
  };
  const people = Object.entries(emails).map(([email, group]) => ({
    email,
    group,
    password: randomBytes(18).toString('base64url'),
  }));
  const servers = await Promise.all(
    Array.from({ length: SERVERS }, async () => ({ port: await freePort(), agentPort: await freePort() })),
  );
  const publicUrl = `https://127.0.0.1:${servers[0]?.port}`;
  const shared = {
    mode: 'development',
    publicUrl,
    databaseUrlFile: writeFile('database-url', database.url),
    encryptionKeyFile: writeFile('encryption-key', encryptionKey.toString('base64')),
    organization: ORGANIZATION,
    bindings: [
      { role: 'admin', identityProvider: 'development', group: 'admins' },
      { role: 'viewer', identityProvider: 'development', group: 'viewers' },
    ],
    developmentUsers: people.map(({ email, group, password }) => ({
      email,
      name: email,
      passwordFile: writeFile(`password-${email}`, password),
      groups: [group],
    })),
  };
  const stateDirOf = (server: number) => join(folder, `server-${server}`);
  const running: RestartableProgram[] = [];
  for (const [i, { port, agentPort }] of servers.entries()) {
    mkdirSync(stateDirOf(i));
    const config = {
      ...shared,
      stateDir: stateDirOf(i),
      listen: `127.0.0.1:${port}`,
      agents: { listen: `127.0.0.1:${agentPort}` },
    };
    const args = [driver('server'), writeFile(`server-${i}.yaml`, config)];
    running.push(await startRestartable(`server-${i}`, { args, ...SERVER_READY }));
  }
  const caPem = readFileSync(join(stateDirOf(0), 'ca.pem'), 'utf8');
  const ways = servers.map(({ port }) => fetchTrusting(caPem, port));
  const wayTo = (server: number) => ways[server] ?? fetchTrusting(caPem);
  const signedIn = new Map<string, Person>();
  const logInOn = (server: number, email: string) => {
    const password = people.find((person) => person.email === email)?.password ?? '';
    return logIn(publicUrl, caPem, email, password, { fetch: wayTo(server), provider: 'development' });
  };
  const first = await logInOn(0, people[0]?.email ?? '');
  const { install, joinToken } = await registerCluster(first.api, ORGANIZATION, { name: CLUSTER });
  const sites: Site[] = [];
  for (const [i, server] of running.entries()) {
    const token =
      i === 0
        ? joinToken
        : await first.api
            .issueJoinToken({ organization: ORGANIZATION, name: CLUSTER, body: {} })
            .then((issued) => issued.joinToken);
    const config = {
      server: `https://127.0.0.1:${servers[i]?.port}`,
      serverCaFile: join(stateDirOf(i), 'ca.pem'),
      clusterId: install.clusterId,
      capabilityKeysFile: writeFile('capability-keys', install.capabilityJwks),
      joinTokenFile: writeFile(`join-token-${i}`, token.token),
      identityDirectory: join(folder, `agent-${i}`),
      kubeconfig: upstreamKubeconfig,
      ceiling: ['sallyport:view', 'sallyport:cluster-admin', 'sallyport:inventory'],
      health: 'off',
      drainTimeout: '1s',
    };
    const args = [driver('agent'), '--config', writeFile(`agent-${i}.yaml`, config)];
    sites.push(createSite(server, await startRestartable(`agent-${i}`, { args, ...AGENT_READY })));
  }
  const [firstSite, ...otherSites] = sites;
  if (firstSite === undefined) throw new Error('there is no server');
  return {
    databaseUrl: database.url,
    encryptionKey,
    sites: [firstSite, ...otherSites],
    async writeKubeconfigs(email, server, paths) {
      const known = signedIn.get(email);
      signedIn.delete(email);
      const person = known ?? (await logInOn(server, email));
      const way = wayTo(server);
      if (known !== undefined) await known.refresh(way);
      const { token } = await person.over(way).mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
      signedIn.set(email, person);
      for (const [i, path] of paths.entries()) {
        const cluster = {
          server: `https://127.0.0.1:${servers[i]?.port}/k/${ORGANIZATION}/${CLUSTER}`,
          'certificate-authority-data': Buffer.from(caPem).toString('base64'),
        };
        const config = {
          apiVersion: 'v1',
          kind: 'Config',
          'current-context': 'c',
          clusters: [{ name: 'c', cluster }],
          users: [{ name: 'u', user: { token } }],
          contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        };
        writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
      }
    },
    async stop() {
      for (const { agent } of sites) await agent.stop();
      for (const { server } of sites) await server.stop();
    },
    drop: () => database.drop(),
  };
}

/** From an agent that is connected to a server that counts on it, in milliseconds. */
const REGISTERED_MS = 1_000;

function createSite(server: RestartableProgram, agent: RestartableProgram): Site {
  let [serversAway, awayCount, backAtMs] = [0, 0, 0];

  async function away(kill: () => Promise<void>): Promise<void> {
    awayCount += 1;
    try {
      await kill();
    } finally {
      awayCount -= 1;
      backAtMs = performance.now();
    }
  }

  return {
    server: {
      ...server,
      restart: () =>
        away(async () => {
          const before = agent.timesReady();
          serversAway += 1;
          await server.restart().finally(() => {
            serversAway -= 1;
          });
          await awaitCondition(() => agent.timesReady() > before, {
            what: `${agent.name} is connected again`,
            timeoutMs: 60_000,
          });
        }),
    },
    agent: { ...agent, restart: () => away(agent.restart) },
    get isListening() {
      return serversAway === 0;
    },
    wasAwaySince: (sinceMs) => awayCount > 0 || backAtMs + REGISTERED_MS >= sinceMs,
  };
}
