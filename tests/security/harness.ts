import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import { join } from 'node:path';
import { runAgent } from '@sallyport/agent';
import type { AuditEvent } from '@sallyport/audit';
import { type Clock, type ClusterId, type Logger, Secret, silentLogger, systemClock } from '@sallyport/core';
import { type RegisteredCluster, registerCluster } from '@sallyport/core/api';
import { createServer, type SallyportServer, type ServerConfig, type SnapshotSource } from '@sallyport/server';
import { vi } from 'vitest';
import type { Store } from '../../packages/server/src/stores/contracts.ts';
import { logIn, type Person } from '../stack/login.ts';
import { signInBrowser, type WebLogin } from '../stack/web-terminal.ts';
import { awaitCondition, temporaryFolder } from '../support/index.ts';
import { connectRaw, type Http1Answer, type RawConnection, type RawTarget } from './http1-client.ts';
import { answerOf, type Http2Answer, openSession } from './http2-client.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { writeUpstreamKubeconfig } from './upstream-kubeconfig.ts';

// The server keeps its store to itself. A test that takes a binding away, or looks for a secret in a table, needs it.
const opened = vi.hoisted(() => ({ stores: [] as unknown[], snapshots: [] as unknown[] }));
vi.mock('../../packages/server/src/stores/open-store.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/server/src/stores/open-store.ts')>();
  return {
    ...original,
    openStore: async (...args: Parameters<typeof original.openStore>) => {
      const store = await original.openStore(...args);
      opened.stores.push(store);
      return store;
    },
  };
});

vi.mock('../../packages/server/src/snapshot-source.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/server/src/snapshot-source.ts')>();
  return {
    ...original,
    createSnapshotSource: async (...args: Parameters<typeof original.createSnapshotSource>) => {
      const source = await original.createSnapshotSource(...args);
      opened.snapshots.push(source);
      return source;
    },
  };
});

export type { WebLogin } from '../stack/web-terminal.ts';
export { UPSTREAM_TOKEN } from './upstream-kubeconfig.ts';

export const ORGANIZATION = 'demo';
export const CLUSTER = 'demo';
/** Where the cluster's API begins on the server. */
export const PREFIX = `/k/${ORGANIZATION}/${CLUSTER}`;

/** Built-in roles that people of a stack have. */
export type RoleName = 'admin' | 'developer' | 'viewer';

/** A log line, flattened. */
export interface LogLine {
  readonly text: string;
}

/** Both HTTP versions that a caller can use. */
export type Protocol = 'http/1.1' | 'h2';
export const PROTOCOLS: readonly Protocol[] = ['http/1.1', 'h2'];

/** A request as a test makes it. */
export interface CallerRequest {
  readonly method?: string;
  /** Below the cluster's prefix, unless `isWhole`. */
  readonly path?: string;
  readonly isWhole?: boolean;
  /** Names and values; a fitting `Authorization` comes first unless `token` is `undefined` on purpose. */
  readonly headers?: readonly string[];
  readonly token?: string | undefined;
  readonly body?: string | Buffer;
}

/** What came back, whatever the protocol. */
export interface CallerAnswer {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** Server, agent and a recording upstream in one process. */
export interface SecureStack {
  readonly server: SallyportServer;
  readonly store: Store;
  readonly upstream: RecordingUpstream;
  readonly clusterId: ClusterId;
  readonly folder: string;
  readonly port: number;
  readonly target: RawTarget;
  /** Everything that server and agent logged, at every level. */
  readonly log: readonly LogLine[];
  /** What registering answered: addresses, pins, and the join token that the agent used. */
  readonly install: RegisteredCluster;
  person(role: RoleName): Promise<Person>;
  /** Signs in anew: a login session of its own. */
  newPerson(role: RoleName): Promise<Person>;
  /** Signs a role's person in with a browser: a session of its own. */
  webLogin(role: RoleName): Promise<WebLogin>;
  /** A kube credential of a role's person; cached. */
  token(role?: RoleName): Promise<string>;
  call(protocol: Protocol, request?: CallerRequest): Promise<CallerAnswer>;
  connect(): Promise<RawConnection>;
  session(): Promise<ClientHttp2Session>;
  /** The newest audit events, newest first. */
  auditEvents(limit?: number): Promise<readonly AuditEvent[]>;
  /** Resolves with the first audit event that the predicate takes. */
  audited(is: (event: AuditEvent) => boolean, what?: string): Promise<AuditEvent>;
  /** Commits a change of the store. It is in force once this resolves. */
  change(work: Parameters<Store['transact']>[0]): Promise<void>;
  /** Starts an agent; beside one that runs, it is a replica with the same identity. Rejects when it ends instead. */
  startAgent(): Promise<void>;
  /** Stops the oldest agent. */
  stopAgent(): Promise<void>;
  stopAllAgents(): Promise<void>;
  /** How the newest agent's run ended, once it did. */
  agentEnd(): Promise<unknown>;
  /** Stops everything; fails when a stream is left over. */
  close(): Promise<void>;
}

/** Options of {@link startSecureStack}. */
export interface SecureStackOptions {
  readonly clock?: Clock;
  /** Groups beside those of the built-in roles that the agent may act as. */
  readonly ceiling?: readonly string[];
  readonly config?: Partial<ServerConfig>;
  /** Where callers connect, when that is not where `publicUrl` leads. */
  readonly callersPort?: number;
  /** Existing folder of an earlier stack: its state is taken up. */
  readonly folder?: string;
}

const ROLES: readonly RoleName[] = ['admin', 'developer', 'viewer'];
const CEILING = ['sallyport:view', 'sallyport:edit', 'sallyport:cluster-admin', 'sallyport:inventory'];

/** Starts the stack and waits until the agent serves and the server's own first requests are over. */
export async function startSecureStack(options: SecureStackOptions = {}): Promise<SecureStack> {
  const folder = options.folder ?? temporaryFolder('security');
  const clock = options.clock ?? systemClock;
  const log: LogLine[] = [];
  const logger = recordingLogger(log);
  const upstream = await startRecordingUpstream();
  const kubeconfig = join(folder, 'upstream.kubeconfig');
  writeUpstreamKubeconfig(kubeconfig, upstream);
  const passwords = Object.fromEntries(ROLES.map((role) => [role, randomBytes(18).toString('base64url')]));
  mkdirSync(join(folder, 'server'), { recursive: true });
  const server = await createServer({
    config: {
      mode: 'development',
      listen: { host: '127.0.0.1', port: 0 },
      agentServerName: 'agents.sallyport.internal',
      stateDir: join(folder, 'server'),
      encryptionKey: new Secret(randomBytes(32)),
      organization: ORGANIZATION,
      identityProviders: [],
      bindings: ROLES.map((role) => ({ role, identityProvider: 'development', group: `${role}s` })),
      developmentUsers: ROLES.map((role) => ({
        email: `${role}@demo.test`,
        name: role,
        password: new Secret(passwords[role] ?? ''),
        groups: [`${role}s`],
      })),
      ...options.config,
    },
    clock,
    logger,
  });
  const store = opened.stores.at(-1) as Store;
  const snapshots = opened.snapshots.at(-1) as SnapshotSource;
  const port = options.callersPort ?? Number(new URL(server.publicUrl).port);
  const target: RawTarget = { port, caPem: server.caPem };
  const newPerson = (role: RoleName) =>
    logIn(server.publicUrl, server.caPem, `${role}@demo.test`, passwords[role] ?? '');
  const people = new Map<RoleName, Promise<Person>>();
  const tokens = new Map<RoleName, Promise<string>>();
  const once = <Value>(known: Map<RoleName, Promise<Value>>, role: RoleName, make: () => Promise<Value>) => {
    const value = known.get(role) ?? make();
    known.set(role, value);
    return value;
  };
  const person = (role: RoleName) => once(people, role, () => newPerson(role));
  const token = (role: RoleName = 'admin') =>
    once(
      tokens,
      role,
      async () =>
        (await (await person(role)).api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER })).token,
    );

  const webLogin = (role: RoleName) =>
    signInBrowser(server, { email: `${role}@demo.test`, password: passwords[role] ?? '' });

  const install = await registerCluster((await person('admin')).api, ORGANIZATION, { name: CLUSTER });
  const { clusterId } = install.install;
  /** Agents that run, all with one identity: replicas. */
  const agents: { readonly stopping: AbortController; readonly ended: Promise<unknown> }[] = [];
  const sessions = new Set<ClientHttp2Session>();
  const connections = new Set<RawConnection>();
  let shared: ClientHttp2Session | undefined;

  async function startAgent(): Promise<void> {
    const stopping = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const done = runAgent(
        {
          server: { url: new URL(install.install.serverUrl), caPem: install.install.caPem },
          clusterId,
          capabilityKeys: install.install.capabilityJwks as never,
          joinToken: () => new Secret(install.joinToken.token),
          identity: { kind: 'file', directory: join(folder, 'agent') },
          upstream: { kind: 'kubeconfig', file: kubeconfig },
          ceiling: [...CEILING, ...(options.ceiling ?? [])],
          drainTimeoutMs: 200,
        },
        { signal: stopping.signal, logger, clock, onReady: (isReady) => isReady && resolve() },
      );
      agents.push({
        stopping,
        ended: done.then(
          () => undefined,
          (error: unknown) => error,
        ),
      });
      done.catch(reject);
    });
    await awaitCondition(() => server.health(clusterId).state === 'connected', {
      what: 'the tunnel is registered',
      everyMs: 5,
    });
  }

  async function call(protocol: Protocol, request: CallerRequest = {}): Promise<CallerAnswer> {
    const { method = 'GET', path = '/api/v1/pods', headers = [], body } = request;
    const whole = request.isWhole ? path : PREFIX + path;
    const bearer = 'token' in request ? request.token : await token();
    const authorization = bearer === undefined ? [] : ['Authorization', `Bearer ${bearer}`];
    if (protocol === 'http/1.1') return callHttp1(method, whole, [...authorization, ...headers], body);
    if (shared === undefined || shared.destroyed || shared.closed) shared = await session();
    return callHttp2(shared, method, whole, [...authorization, ...headers], body);
  }

  async function callHttp1(
    method: string,
    path: string,
    headers: readonly string[],
    body: string | Buffer | undefined,
  ): Promise<Http1Answer> {
    const connection = await connect();
    let head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
    if (body !== undefined) head += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    connection.write(`${head}\r\n`);
    if (body !== undefined) connection.write(body);
    const answer = await connection.answer();
    connection.socket.destroy();
    return answer;
  }

  function callHttp2(
    over: ClientHttp2Session,
    method: string,
    path: string,
    headers: readonly string[],
    body: string | Buffer | undefined,
  ): Promise<Http2Answer> {
    const fields: Record<string, string | string[]> = { ':method': method, ':path': path };
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] as string).toLowerCase();
      const before = fields[name];
      const value = headers[i + 1] as string;
      fields[name] = before === undefined ? value : [before, value].flat();
    }
    const stream = over.request(fields, { endStream: body === undefined });
    const answer = answerOf(stream);
    if (body !== undefined) stream.end(body);
    return answer;
  }

  async function connect(): Promise<RawConnection> {
    const connection = await connectRaw(target);
    connections.add(connection);
    return connection;
  }

  async function session(): Promise<ClientHttp2Session> {
    const opened = await openSession(target);
    sessions.add(opened);
    return opened;
  }

  async function stopAgent(): Promise<void> {
    const agent = agents.shift();
    agent?.stopping.abort();
    await agent?.ended;
  }

  async function stopAllAgents(): Promise<void> {
    while (agents.length > 0) await stopAgent();
  }

  const stack: SecureStack = {
    server,
    store,
    upstream,
    clusterId,
    folder,
    port,
    target,
    log,
    install,
    person,
    newPerson,
    webLogin,
    token,
    call,
    connect,
    session,
    auditEvents: (limit = 500) => store.listAudit({ limit }),
    audited: (is, what = 'an audit event') =>
      awaitCondition(async () => (await store.listAudit({ limit: 500 })).find(is), { what, timeoutMs: 10_000 }),
    async change(work) {
      await store.transact(work);
      const head = await store.changes.head();
      // Noticed by the server's own poll of the change feed, as a change by another replica is.
      await awaitCondition(() => snapshots.current().version >= head, {
        what: 'the server has seen the change',
        everyMs: 5,
      });
    },
    startAgent,
    stopAgent,
    stopAllAgents,
    agentEnd: () => agents.at(-1)?.ended ?? Promise.resolve(undefined),
    async close() {
      for (const connection of connections) connection.socket.destroy();
      for (const each of sessions) each.destroy();
      try {
        await awaitCondition(() => server.proxy.activeCount === 0, {
          what: 'no stream is left over',
          timeoutMs: 5_000,
        });
      } finally {
        await stopAllAgents();
        await server.close();
        await upstream.close();
      }
    },
  };
  await startAgent();
  await awaitCondition(() => upstream.inventory.length >= 3 && upstream.inventory.every(({ isOver }) => isOver), {
    what: 'the server has taken its inventory',
  });
  upstream.reset();
  return stack;
}

/** Keeps each line as text, errors with their stacks, so that a search for a secret finds it wherever it hides. */
function recordingLogger(lines: LogLine[]): Logger {
  const write = (level: string) => (fields: object, message?: string) => {
    const text = JSON.stringify({ level, message, ...fields }, (_, value: unknown) =>
      value instanceof Error ? { ...value, stack: value.stack, cause: value.cause } : value,
    );
    lines.push({ text });
  };
  const logger = {
    ...silentLogger,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  } as unknown as Logger;
  return logger;
}
