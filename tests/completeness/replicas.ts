/** Servers on one database, each with an agent of the cluster; each process can be killed and started again. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerCluster } from '@sallyport/core/api';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { fetchTrusting, logIn } from '../stack/login.ts';
import { freePort, type Program, part, start } from '../support/index.ts';
import type { AgentProcessOptions } from './agent-process.ts';
import type { ServerProcessOptions } from './server-process.ts';

/** A process that is started again after each kill. */
export interface Restartable {
  readonly name: string;
  readonly pid: number;
  /** SIGKILL, and a new one in its place. Resolves when that is ready. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The whole of it. */
export interface Replicas {
  readonly databaseUrl: string;
  readonly encryptionKey: Buffer;
  readonly processes: readonly Restartable[];
  /** A person's kubeconfig, for one of the servers; minted anew each time. Written in place. */
  writeKubeconfig(email: string, server: number, path: string): Promise<void>;
  stop(): Promise<void>;
  /** Drops the database. */
  drop(): Promise<void>;
}

const ORGANIZATION = 'acme';
const CLUSTER = 'prod';
const SERVERS = 2;

/** Starts all of it, on the cluster that `upstreamKubeconfig` leads to. The first of `emails` must be an admin. */
export async function startReplicas(
  folder: string,
  upstreamKubeconfig: string,
  emails: Readonly<Record<string, string>>,
): Promise<Replicas> {
  const database = await createPostgresDatabase(part('postgres'));
  const encryptionKey = randomBytes(32);
  const people = Object.entries(emails).map(([email, group]) => ({
    email,
    group,
    password: randomBytes(18).toString('base64url'),
  }));
  const servers = await Promise.all(
    Array.from({ length: SERVERS }, async () => ({ port: await freePort(), agentPort: await freePort() })),
  );
  const publicUrl = `https://127.0.0.1:${servers[0]?.port}`;
  const options = (i: number): ServerProcessOptions => ({
    port: servers[i]?.port ?? 0,
    agentPort: servers[i]?.agentPort ?? 0,
    publicUrl,
    stateDir: join(folder, `server-${i}`),
    databaseUrl: database.url,
    encryptionKey: encryptionKey.toString('base64'),
    people,
  });
  const processes: Restartable[] = [];
  for (let i = 0; i < SERVERS; i++) {
    mkdirSync(options(i).stateDir);
    processes.push(await restartable(`server-${i}`, folder, 'server-process.mjs', options(i)));
  }
  const caPem = readFileSync(join(options(0).stateDir, 'ca.pem'), 'utf8');
  const logInOn = (server: number, email: string) => {
    const password = people.find((person) => person.email === email)?.password ?? '';
    const doFetch = fetchTrusting(caPem, servers[server]?.port);
    return logIn(publicUrl, caPem, email, password, { fetch: doFetch, provider: 'development' });
  };
  const first = await logInOn(0, people[0]?.email ?? '');
  const { install, joinToken } = await registerCluster(first.api, ORGANIZATION, { name: CLUSTER });
  for (let i = 0; i < SERVERS; i++) {
    const token =
      i === 0
        ? joinToken
        : await first.api
            .issueJoinToken({ organization: ORGANIZATION, name: CLUSTER, body: {} })
            .then((issued) => issued.joinToken);
    const agent: AgentProcessOptions = {
      serverUrl: `https://127.0.0.1:${servers[i]?.port}`,
      caPem: install.caPem,
      clusterId: install.clusterId,
      capabilityKeys: install.capabilityJwks as unknown as AgentProcessOptions['capabilityKeys'],
      joinToken: token.token,
      identityDirectory: join(folder, `agent-${i}`),
      kubeconfig: upstreamKubeconfig,
    };
    processes.push(await restartable(`agent-${i}`, folder, 'agent-process.mjs', agent));
  }
  return {
    databaseUrl: database.url,
    encryptionKey,
    processes,
    async writeKubeconfig(email, server, path) {
      const { api } = await logInOn(server, email);
      const { token } = await api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'c',
        clusters: [
          {
            name: 'c',
            cluster: {
              server: `https://127.0.0.1:${servers[server]?.port}/k/${ORGANIZATION}/${CLUSTER}`,
              'certificate-authority-data': Buffer.from(caPem).toString('base64'),
            },
          },
        ],
        users: [{ name: 'u', user: { token } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      };
      writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    },
    async stop() {
      for (const process of [...processes].reverse()) await process.stop();
    },
    drop: () => database.drop(),
  };
}

async function restartable(name: string, folder: string, file: string, options: object): Promise<Restartable> {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(options), { mode: 0o600 });
  const begin = async (): Promise<Program> => {
    const program = start(process.execPath, [join(import.meta.dirname, file), path]);
    await program.saw(/^.*\n/, { timeoutMs: 120_000 });
    return program;
  };
  let program = await begin();
  return {
    name,
    get pid() {
      return program.pid;
    },
    async restart() {
      await program.stop({ signal: 'SIGKILL' });
      program = await begin();
    },
    async stop() {
      const outcome = await program.stop();
      // An agent without a server has nothing to finish.
      if (outcome.code !== 0 && name.startsWith('server'))
        throw new Error(`${name} ended with ${outcome.signal ?? outcome.code}: ${outcome.stderr.slice(-2_000)}`);
    },
  };
}
