/** One server as a program of its own, with what is asked of it in numbers: clusters, credentials, CPU and memory. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { ClusterId } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import type { SigningJwks } from '@sallyport/core/credentials';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { measure } from '../../tests/soak/holding.ts';
import { fetchTrusting, logIn, type Person } from '../../tests/stack/login.ts';
import { awaitCondition, freePort, type RestartableProgram, startRestartable } from '../../tests/support/index.ts';
import { atRest, cpuMs, rssMiB } from '../processes.ts';

export const ORGANIZATION = 'scale';
const FIRST_OWNER = 'owner-1@scale.test';
/** People who may do everything: one of them has 1,000 streams to a cluster at the most. */
export const OWNERS: readonly string[] = [FIRST_OWNER, ...[2, 3, 4, 5, 6].map((i) => `owner-${i}@scale.test`)];
/** Path of a bundled program beside this one. */
export const program = (name: string): string => join(import.meta.dirname, `${name}.mjs`);
const PROBED = ['--expose-gc', '--import', program('probe')];

/** A cluster that agents can enrol for. */
export interface Registered {
  readonly name: string;
  readonly clusterId: ClusterId;
  readonly joinToken: string;
}

/** A server that runs. */
export interface Installation {
  readonly server: RestartableProgram;
  readonly url: string;
  readonly port: number;
  readonly caPem: string;
  readonly capabilityKeys: SigningJwks;
  /** Trusts the server, and keeps connections. */
  readonly fetch: typeof fetch;
  /** Registers so many clusters. */
  register(count: number): Promise<readonly Registered[]>;
  /** A kube credential of one of {@link OWNERS} who may do everything. Default: the first. */
  mint(cluster: string, owner?: string): Promise<string>;
  /** One more token that enrols an agent of a cluster. */
  joinToken(cluster: string): Promise<string>;
  /** Writes a file for a program of the run; resolves with its path. */
  writeFile(name: string, content: string | object): string;
  close(): Promise<void>;
}

/** Options of {@link startInstallation}. */
export interface InstallationOptions {
  readonly folder: string;
  /** Where databases can be made; without it the server has an embedded one. */
  readonly postgresUrl: string | undefined;
}

/** A login's access token lives for minutes. */
const LOGIN_MS = 120_000;

/** Starts a server on an empty database. */
export async function startInstallation({ folder, postgresUrl }: InstallationOptions): Promise<Installation> {
  mkdirSync(folder, { recursive: true });
  const writeFile = (name: string, content: string | object): string => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
    return path;
  };
  const database = postgresUrl === undefined ? undefined : await createPostgresDatabase(postgresUrl);
  const port = await freePort();
  const password = randomBytes(18).toString('base64url');
  const stateDir = join(folder, 'server');
  mkdirSync(stateDir);
  const passwordFile = writeFile('password', password);
  const config = {
    mode: 'development',
    listen: `127.0.0.1:${port}`,
    stateDir,
    ...(database && { databaseUrlFile: writeFile('database-url', database.url) }),
    encryptionKeyFile: writeFile('encryption-key', randomBytes(32).toString('base64')),
    organization: ORGANIZATION,
    bindings: [{ role: 'owner', identityProvider: 'development', group: 'owners' }],
    developmentUsers: OWNERS.map((email) => ({ email, name: email, passwordFile, groups: ['owners'] })),
  };
  const server = await startRestartable('server', {
    args: [...PROBED, program('server'), writeFile('server.yaml', config)],
    ready: /the server is ready/,
    in: 'stderr',
    hasChannel: true,
    onEnded: (how) => process.stderr.write(`${how}\n`),
  }).catch(async (error: unknown) => {
    await database?.drop();
    throw error;
  });
  const url = `https://127.0.0.1:${port}`;
  const caPem = readFileSync(join(stateDir, 'ca.pem'), 'utf8');
  const doFetch = fetchTrusting(caPem);
  const logins = new Map<string, { readonly person: Person; readonly at: number }>();
  const owner = async (email: string = FIRST_OWNER) => {
    const known = logins.get(email);
    if (known !== undefined && performance.now() - known.at <= LOGIN_MS) return known.person.api;
    const person = await logIn(url, caPem, email, password, { fetch: doFetch });
    logins.set(email, { person, at: performance.now() });
    return person.api;
  };
  let capabilityKeys: SigningJwks = { keys: [] };
  return {
    server,
    url,
    port,
    caPem,
    get capabilityKeys() {
      return capabilityKeys;
    },
    fetch: doFetch,
    async register(count) {
      const registered: Registered[] = [];
      // One after the other: each is decided against the organization as the one before left it.
      for (let i = 0; i < count; i += 1) {
        let attempts = 0;
        // A server that is starved of its database decides nothing; what was left half done keeps its name.
        const attempt = async () => {
          attempts += 1;
          const name = attempts === 1 ? `cluster-${i}` : `cluster-${i}-${attempts}`;
          return { name, ...(await registerCluster(await owner(), ORGANIZATION, { name })) };
        };
        const what = `cluster ${i} is registered`;
        const { name, install, joinToken } = await awaitCondition(attempt, { what, everyMs: 500 });
        capabilityKeys = install.capabilityJwks as unknown as SigningJwks;
        registered.push({ name, clusterId: install.clusterId, joinToken: joinToken.token });
      }
      return registered;
    },
    async mint(name, email) {
      const mint = async () => (await owner(email)).mintKubeCredential({ organization: ORGANIZATION, name });
      return (await awaitCondition(mint, { what: `a credential for ${name}`, everyMs: 500 })).token;
    },
    async joinToken(name) {
      const api = await owner();
      return (await api.issueJoinToken({ organization: ORGANIZATION, name, body: {} })).joinToken.token;
    },
    writeFile,
    async close() {
      await server.stop().catch(() => {});
      await database?.drop();
    },
  };
}

/** CPU time that a program has used, in milliseconds, once it has come to rest. */
export async function cpuAtRest({ program: { pid } }: RestartableProgram): Promise<number> {
  await atRest([pid]);
  return cpuMs([pid]) ?? Number.NaN;
}

/** CPU time that a program uses while nobody asks it for anything, in milliseconds per second; looks for so many seconds. */
export async function cpuPerSecond({ program: { pid } }: RestartableProgram, seconds: number): Promise<number> {
  const before = cpuMs([pid]) ?? Number.NaN;
  await after(seconds * 1_000);
  return ((cpuMs([pid]) ?? Number.NaN) - before) / seconds;
}

/** Memory of a program after garbage collection, in KiB: resident, and live objects with their buffers. */
export async function holdingOf({
  program: running,
}: RestartableProgram): Promise<{ readonly rssKiB: number; readonly heapKiB: number }> {
  await measure(running);
  const { heapBytes } = await measure(running);
  return { rssKiB: (rssMiB([running.pid]) ?? Number.NaN) * 1_024, heapKiB: heapBytes / 1_024 };
}
