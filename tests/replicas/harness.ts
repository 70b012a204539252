/**
 * Two servers on one PostgreSQL database, as behind a load balancer: same public address, same keys, nothing shared but the
 * database. Each reaches the database through a relay of its own, so that a test can cut or stall one of them.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runAgent } from '@sallyport/agent';
import { type Clock, Secret, silentLogger, systemClock } from '@sallyport/core';
import { type ApiClient, type RegisteredCluster, registerCluster } from '@sallyport/core/api';
import { createServer, type IdentityProviderConfig, type SallyportServer, type ServerConfig } from '@sallyport/server';
import { openStore, type Store } from '../../packages/server/src/stores/index.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { connectRaw, type RawConnection } from '../security/http1-client.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../security/recording-upstream.ts';
import { type Relay, startRelay } from '../security/relay.ts';
import { writeUpstreamKubeconfig } from '../security/upstream-kubeconfig.ts';
import { fetchTrusting, logIn, type Person } from '../stack/login.ts';
import { signInBrowser, type WebLogin } from '../stack/web-terminal.ts';
import { bundlePrograms } from '../support/bundle.mjs';
import { awaitCondition, freePort, type Program, part, start, temporaryFolder } from '../support/index.ts';
import { type Provisioning, startProvisioning } from './provisioning.ts';

export const ORGANIZATION = 'acme';
export const CLUSTER = 'prod';
/** Name of the identity provider that a test brings. */
export const PROVIDER = 'corporate';
/** Where the cluster's API begins on every replica. */
export const PREFIX = `/k/${ORGANIZATION}/${CLUSTER}`;

/** Built-in roles that people have. */
export type RoleName = 'owner' | 'developer';
const ROLES: readonly RoleName[] = ['owner', 'developer'];

/** Who can sign in with the development provider: one person per role, and as many further developers as a test asks for. */
export type PersonName = RoleName | `developer-${number}`;

/** One of the servers. */
export interface Replica {
  readonly name: string;
  readonly server: SallyportServer;
  readonly port: number;
  /** Its way to the database. */
  readonly database: Relay;
  /** Reaches the public address on this replica. */
  readonly fetch: typeof fetch;
  /** A person's API on this replica. */
  api(person: Person): ApiClient;
  connect(): Promise<RawConnection>;
  /** Sends a request to the cluster by this replica, with a kube credential. */
  kube(token: string, path: string): Promise<RawConnection>;
}

/** A further server, which is a process of its own, so that a test can kill it. */
export interface ReplicaProcess extends Omit<Replica, 'server' | 'database'> {
  readonly program: Program;
  readonly caPem: string;
}

/** Both servers, and what they stand on. */
export interface Replicas {
  readonly a: Replica;
  readonly b: Replica;
  /** The database, past all replicas. */
  readonly store: Store;
  readonly databaseUrl: string;
  readonly encryptionKey: Secret<Buffer>;
  readonly upstream: RecordingUpstream;
  /** Signs a person in on a replica: a login session of its own. */
  logIn(on: Pick<Replica, 'fetch'>, name: PersonName): Promise<Person>;
  /** Signs a person in on a replica with a browser: a session of its own. */
  webLogin(on: Replica, name: PersonName): Promise<WebLogin>;
  /** Signs whoever {@link ReplicasOptions.provider} vouches for in on a replica. */
  logInElsewhere(on: Replica): Promise<Person>;
  /** Has people and groups of the development provider come by SCIM on replica `a`; who is not provisioned is nobody. */
  provision(): Promise<Provisioning>;
  /** Connects an agent of the cluster to a replica. The first one registers the cluster. */
  connectAgent(to: Replica | ReplicaProcess, options?: AgentOptions): Promise<ConnectedAgent>;
  /** Starts a third server, from the sources. `more` is added to its configuration file; `entry` is run in place of the server's own. */
  startProcess(more?: object, entry?: string): Promise<ReplicaProcess>;
  close(): Promise<void>;
}

/** Options of {@link Replicas.connectAgent}. */
export interface AgentOptions {
  /** Defaults to the machine's. */
  readonly clock?: Clock;
}

/** An agent that runs. */
export interface ConnectedAgent {
  /** Ends it as the loss of its machine would: no drain. */
  stop(): Promise<void>;
}

/** Options of {@link startReplicas}. */
export interface ReplicasOptions {
  /** Where the database is made. Default: the part `postgres`. */
  readonly postgresUrl?: string;
  /** Clocks of the servers. Default: the machine's. */
  readonly clocks?: { readonly a?: Clock; readonly b?: Clock };
  readonly config?: Partial<ServerConfig>;
  /** Further people of the group `developers`: `developer-1` and so on. Default 0. */
  readonly developerCount?: number;
  /** A second identity provider, called {@link PROVIDER}, whose group `developers` has the role developer. */
  readonly provider?: { readonly issuer: string; readonly clientId: string };
  /** Both on the empty database at the same time, instead of one after the other. */
  readonly isAtOnce?: boolean;
}

/** Starts both. Needs the part `postgres`, unless a test brings its own. */
export async function startReplicas(options: ReplicasOptions = {}): Promise<Replicas> {
  const { config = {}, developerCount = 0, provider, isAtOnce = false, clocks = {} } = options;
  const developers = Array.from({ length: developerCount }, (_, i): PersonName => `developer-${i + 1}`);
  const people: readonly PersonName[] = [...ROLES, ...developers];
  const folder = temporaryFolder('replicas');
  const closers: (() => Promise<unknown> | undefined)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const database = await createPostgresDatabase(options.postgresUrl ?? part('postgres'));
    closers.push(() => database.drop());
    const encryptionKey = new Secret(randomBytes(32));
    const upstream = await startRecordingUpstream();
    closers.push(() => upstream.close());
    const passwords = Object.fromEntries(people.map((name) => [name, randomBytes(18).toString('base64url')]));
    const ports = { a: await freePort(), b: await freePort() };
    const publicUrl = `https://127.0.0.1:${ports.a}`;
    const groupOf = (name: PersonName) => (name === 'owner' ? 'owners' : 'developers');
    const emailOf = (name: PersonName) => `${name}@${ORGANIZATION}.test`;
    const ownBindings = ROLES.map((role) => ({ role, identityProvider: 'development', group: `${role}s` }));

    /** What a test reaches a server by. */
    function waysTo(port: number, caPem: string) {
      const doFetch = fetchTrusting(caPem, port);
      const connect = async () => {
        const connection = await connectRaw({ port, caPem });
        closers.push(() => void connection.socket.destroy());
        return connection;
      };
      return {
        port,
        fetch: doFetch,
        api: (person: Person) => person.over(doFetch),
        connect,
        async kube(token: string, path: string) {
          const connection = await connect();
          connection.write(
            `GET ${PREFIX}${path} HTTP/1.1\r\nHost: 127.0.0.1:${ports.a}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
          );
          return connection;
        },
      };
    }

    async function startReplica(name: 'a' | 'b'): Promise<Replica> {
      const url = new URL(database.url);
      const relay = await startRelay(Number(url.port || 5432));
      closers.push(() => relay.close());
      url.hostname = '127.0.0.1';
      url.port = String(relay.port);
      const stateDir = join(folder, name);
      mkdirSync(stateDir);
      const server = await createServer({
        config: {
          mode: 'development',
          listen: { host: '127.0.0.1', port: ports[name] },
          agentListen: { host: '127.0.0.1', port: 0 },
          publicUrl,
          agentServerName: 'agents.sallyport.internal',
          stateDir,
          databaseUrl: new Secret(url.href),
          encryptionKey,
          organization: ORGANIZATION,
          identityProviders: provider === undefined ? [] : [configurationOf(provider)],
          bindings: [
            ...ownBindings,
            ...(provider === undefined
              ? []
              : [{ role: 'developer' as const, identityProvider: PROVIDER, group: 'developers' }]),
          ],
          developmentUsers: people.map((name) => ({
            email: emailOf(name),
            name,
            password: new Secret(passwords[name] ?? ''),
            groups: [groupOf(name)],
          })),
          ...config,
        },
        ...(clocks[name] && { clock: clocks[name] }),
      });
      closers.push(() => server.close());
      return { name, server, database: relay, ...waysTo(ports[name], server.caPem) };
    }

    /** What its programs take is a file, so its secrets are files too. */
    async function startProcess(more: object = {}, entry = 'packages/server/src/main.ts'): Promise<ReplicaProcess> {
      const stateDir = join(folder, 'process');
      mkdirSync(stateDir, { recursive: true });
      const writeFile = (name: string, content: string) => {
        const path = join(folder, `process-${name}`);
        writeFileSync(path, content, { mode: 0o600 });
        return path;
      };
      const [port, agentPort] = [await freePort(), await freePort()];
      const config = {
        mode: 'development',
        listen: `127.0.0.1:${port}`,
        agents: { listen: `127.0.0.1:${agentPort}` },
        publicUrl,
        stateDir,
        databaseUrlFile: writeFile('database-url', database.url),
        encryptionKeyFile: writeFile('encryption-key', encryptionKey.reveal().toString('base64')),
        organization: ORGANIZATION,
        bindings: ownBindings,
        developmentUsers: people.map((name) => ({
          email: emailOf(name),
          name,
          passwordFile: writeFile(`password-${name}`, passwords[name] ?? ''),
          groups: [groupOf(name)],
        })),
        ...more,
      };
      const programs = await bundlePrograms(`replica-process-${basename(entry, '.ts')}`, { server: entry });
      const path = writeFile('server.yaml', JSON.stringify(config));
      const program = start(process.execPath, [join(programs, 'server.mjs'), path]);
      closers.push(() => program.stop());
      await program.saw(/the server is ready/, { in: 'stderr' });
      const caPem = a.server.caPem;
      return { name: 'process', program, caPem, ...waysTo(port, caPem) };
    }

    const first = startReplica('a');
    if (!isAtOnce) await first;
    // Both have ended their start before anything is closed again.
    const [startA, startB] = await Promise.allSettled([first, startReplica('b')]);
    if (startA.status === 'rejected') throw startA.reason;
    if (startB.status === 'rejected') throw startB.reason;
    const [a, b] = [startA.value, startB.value];
    const store = await openStore({ kind: 'postgres', url: database.url }, { encryptionKey });
    closers.push(() => store.close());
    const signIn = (on: Pick<Replica, 'fetch'>, name: PersonName) =>
      logIn(publicUrl, a.server.caPem, emailOf(name), passwords[name] ?? '', {
        fetch: on.fetch,
        provider: 'development',
      });
    const signInElsewhere = (on: Replica) =>
      logIn(publicUrl, on.server.caPem, '', '', { fetch: on.fetch, provider: PROVIDER });

    let registered: Promise<RegisteredCluster> | undefined;
    let agentCount = 0;

    async function connectAgent(
      to: Replica | ReplicaProcess,
      { clock = systemClock }: AgentOptions = {},
    ): Promise<ConnectedAgent> {
      const { api } = await signIn(to, 'owner');
      const isFirst = registered === undefined;
      registered ??= registerCluster(api, ORGANIZATION, { name: CLUSTER });
      const { install, ...first } = await registered;
      const { joinToken } = isFirst
        ? first
        : await api.issueJoinToken({ organization: ORGANIZATION, name: CLUSTER, body: {} });
      agentCount += 1;
      const directory = join(folder, `agent-${agentCount}`);
      const kubeconfig = join(folder, 'upstream.kubeconfig');
      writeUpstreamKubeconfig(kubeconfig, upstream);
      const stopping = new AbortController();
      let stop = async () => {};
      await new Promise<void>((resolve, reject) => {
        const ended = runAgent(
          {
            server: { url: new URL(`https://127.0.0.1:${to.port}`), caPem: install.caPem },
            clusterId: install.clusterId,
            capabilityKeys: install.capabilityJwks as never,
            joinToken: () => new Secret(joinToken.token),
            identity: { kind: 'file', directory },
            upstream: { kind: 'kubeconfig', file: kubeconfig },
            ceiling: ['sallyport:view', 'sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'],
            drainTimeoutMs: 200,
          },
          {
            signal: stopping.signal,
            logger: silentLogger,
            clock,
            onReady: (isReady) => isReady && resolve(),
          },
        );
        ended.catch(reject);
        stop = () => {
          stopping.abort();
          return ended.catch(() => {});
        };
        closers.push(stop);
      });
      if (!('server' in to)) return { stop };
      await awaitCondition(() => to.server.health(install.clusterId).state === 'connected', {
        what: 'the tunnel is registered',
        everyMs: 5,
      });
      return { stop };
    }

    return {
      a,
      b,
      store,
      databaseUrl: database.url,
      encryptionKey,
      upstream,
      logIn: signIn,
      webLogin: ({ server, port }, name) =>
        signInBrowser(
          { publicUrl, caPem: server.caPem, port },
          { email: emailOf(name), password: passwords[name] ?? '' },
        ),
      logInElsewhere: signInElsewhere,
      provision: () =>
        startProvisioning({
          store,
          organization: ORGANIZATION,
          fetch: a.fetch,
          url: `https://127.0.0.1:${a.port}`,
        }),
      connectAgent,
      startProcess,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function configurationOf({ issuer, clientId }: NonNullable<ReplicasOptions['provider']>): IdentityProviderConfig {
  return {
    name: PROVIDER,
    displayName: PROVIDER,
    issuer,
    clientId,
    clientSecret: new Secret('a secret'),
    oauthScopes: ['openid'],
    userNameClaim: 'preferred_username',
    groupsClaim: 'groups',
  };
}
