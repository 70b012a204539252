/**
 * Several servers, each a process of its own, on one PostgreSQL database, behind a plain TCP balancer: people, scripts and agents know
 * the balancer alone.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from '@sallyport/agent';
import { Secret, silentLogger } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { openStore, type Store } from '../../packages/server/src/stores/index.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../security/recording-upstream.ts';
import { writeUpstreamKubeconfig } from '../security/upstream-kubeconfig.ts';
import { logIn, type Person } from '../stack/login.ts';
import { bundlePrograms } from '../support/bundle.mjs';
import {
  awaitCondition,
  freePort,
  part,
  type RestartableProgram,
  startRestartable,
  temporaryFolder,
} from '../support/index.ts';
import { type Balancer, startBalancer } from './balancer.ts';

export const ORGANIZATION = 'acme';
export const CLUSTER = 'prod';
/** Where the cluster's API begins. */
export const PREFIX = `/k/${ORGANIZATION}/${CLUSTER}`;

/** Built-in roles that people have. */
type RoleName = 'owner' | 'developer';
const ROLES: readonly RoleName[] = ['owner', 'developer'];

/** One of the servers. */
export interface FleetServer {
  readonly port: number;
  /** Ends it and starts another in its place, on its folder. */
  readonly program: RestartableProgram;
}

/** Servers, and what they stand on. */
export interface Fleet {
  readonly servers: readonly FleetServer[];
  readonly balancer: Balancer;
  readonly caPem: string;
  readonly upstream: RecordingUpstream;
  /** The database, past all servers. */
  readonly store: Store;
  /** Signs a person in by the balancer. */
  logIn(name: RoleName): Promise<Person>;
  /** Resolves once the agent of the cluster has a tunnel to every server. */
  untilSpread(): Promise<void>;
  close(): Promise<void>;
}

/** Starts `count` servers and the agent of one cluster. Needs the part `postgres`. */
export async function startFleet(count: number): Promise<Fleet> {
  const folder = temporaryFolder('fleet');
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const database = await createPostgresDatabase(part('postgres'));
    closers.push(() => database.drop());
    const upstream = await startRecordingUpstream();
    closers.push(() => upstream.close());
    const encryptionKey = new Secret(randomBytes(32));
    const passwords = {
      owner: randomBytes(18).toString('base64url'),
      developer: randomBytes(18).toString('base64url'),
    };
    const publicPort = await freePort();
    const publicUrl = `https://127.0.0.1:${publicPort}`;
    const write = (name: string, content: string) => {
      const path = join(folder, name);
      writeFileSync(path, content, { mode: 0o600 });
      return path;
    };
    const databaseUrlFile = write('database-url', database.url);
    const encryptionKeyFile = write('encryption-key', encryptionKey.reveal().toString('base64'));
    const passwordFiles = {
      owner: write('owner', passwords.owner),
      developer: write('developer', passwords.developer),
    };
    const programs = await bundlePrograms('fleet', { server: 'packages/server/src/main.ts' });

    async function startServer(index: number): Promise<FleetServer> {
      const port = await freePort();
      const stateDir = join(folder, `server-${index}`);
      mkdirSync(stateDir);
      const config = {
        mode: 'development',
        listen: `127.0.0.1:${port}`,
        publicUrl,
        stateDir,
        databaseUrlFile,
        encryptionKeyFile,
        organization: ORGANIZATION,
        bindings: ROLES.map((role) => ({ role, identityProvider: 'development', group: `${role}s` })),
        developmentUsers: ROLES.map((name) => ({
          email: `${name}@${ORGANIZATION}.test`,
          name,
          passwordFile: passwordFiles[name],
          groups: [`${name}s`],
        })),
      };
      const program = await startRestartable(`server-${index}`, {
        args: [join(programs, 'server.mjs'), write(`server-${index}.yaml`, JSON.stringify(config))],
        ready: /the server is ready/,
        in: 'stderr',
      });
      closers.push(() => program.program.stop());
      return { port, program };
    }

    const servers = [await startServer(0)];
    for (let index = 1; index < count; index += 1) servers.push(await startServer(index));
    const balancer = await startBalancer(
      publicPort,
      servers.map(({ port }) => port),
    );
    closers.push(() => balancer.close());
    const caPem = readFileSync(join(folder, 'server-0', 'ca.pem'), 'utf8');
    const store = await openStore({ kind: 'postgres', url: database.url }, { encryptionKey });
    closers.push(() => store.close());

    const signIn = (name: RoleName) =>
      logIn(publicUrl, caPem, `${name}@${ORGANIZATION}.test`, passwords[name], { provider: 'development' });
    const { api } = await signIn('owner');
    const { install, joinToken } = await registerCluster(api, ORGANIZATION, { name: CLUSTER });
    const kubeconfig = join(folder, 'upstream.kubeconfig');
    writeUpstreamKubeconfig(kubeconfig, upstream);
    const stopping = new AbortController();
    const agent = runAgent(
      {
        server: { url: new URL(publicUrl), caPem: install.caPem },
        clusterId: install.clusterId,
        capabilityKeys: install.capabilityJwks as never,
        joinToken: () => new Secret(joinToken.token),
        identity: { kind: 'file', directory: join(folder, 'agent') },
        upstream: { kind: 'kubeconfig', file: kubeconfig },
        ceiling: ['sallyport:view', 'sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'],
        drainTimeoutMs: 200,
      },
      { signal: stopping.signal, logger: silentLogger },
    );
    let agentFailure: Error | undefined;
    agent.catch((error: Error) => {
      agentFailure = error;
    });
    closers.push(() => {
      stopping.abort();
      return agent;
    });

    return {
      servers,
      balancer,
      caPem,
      upstream,
      store,
      logIn: signIn,
      async untilSpread() {
        const nobody = 'rep_00000000000000000000000000' as never;
        await awaitCondition(
          async () => {
            if (agentFailure !== undefined) throw agentFailure;
            // One that was killed counts until its lease ends; ids are in order of time.
            const newest = [...(await store.replicas.live())].sort().slice(-count);
            const reached = new Set((await store.clusters.routes(nobody)).map(({ replicaId }) => replicaId));
            return newest.every((id) => reached.has(id));
          },
          { what: 'the agent has a tunnel to every server', timeoutMs: 60_000, everyMs: 100 },
        );
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
