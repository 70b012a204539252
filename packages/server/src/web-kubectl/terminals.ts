import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type AuditEvent, type AuditPipeline, createAuditEvent } from '@sallyport/audit';
import {
  type Clock,
  type Cluster,
  createId,
  isId,
  type Logger,
  type ReplicaId,
  type TerminalId,
} from '@sallyport/core';
import {
  API_PREFIX,
  type CreatedTerminal,
  MAX_TERMINAL_FILE_BYTES,
  TERMINAL_SUBPROTOCOL,
  type TerminalList,
} from '@sallyport/core/api';
import type { VerifiedCredential } from '@sallyport/core/credentials';
import type { AccessProxy } from '../access-proxy.ts';
import { sendProblem, toApiError } from '../api/problem.ts';
import { describePrincipal, type LiveLogin, type LoginSessions } from '../authn/login-sessions.ts';
import type { SocketGate } from '../authn/socket-gate.ts';
import type { SocketTickets } from '../authn/socket-tickets.ts';
import { ApiError } from '../errors.ts';
import type { ApplicationUpgrade } from '../node/mount.ts';
import { plainAddress } from '../node/peer-address.ts';
import { acceptWebSocket, isWebSocketHandshake } from '../node/web-socket.ts';
import { lookUpLive } from '../proxy/authenticate.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import { createCompleter } from './completion/completer.ts';
import { createKubeNames } from './completion/kube-names.ts';
import { createReadKube } from './completion/read-kube.ts';
import type { Engine } from './engine.ts';
import { createKubeEntry } from './kube-entry.ts';
import { formatSandboxKubeconfig } from './kubeconfig.ts';
import type { TerminalLimits } from './limits.ts';
import { type TerminalHolder, whyNoTerminal } from './may-have-terminal.ts';
import { createSharedTerminals } from './shared-terminals.ts';
import { runTerminal, type Terminal } from './terminal.ts';

/** Who asks for something about terminals. */
export interface TerminalCaller {
  readonly login: LiveLogin;
  readonly sourceAddress: string | undefined;
}

/** The terminals that run on one server, and what it can say and do of those of others. */
export interface Terminals {
  /**
   * Makes a terminal that the browser of this login session may open within 30 seconds.
   * @throws ApiError `ERR_API_FORBIDDEN`, `ERR_API_LIMIT`, `ERR_API_CONFLICT` where there are none
   */
  create(caller: TerminalCaller, cluster: Cluster): Promise<CreatedTerminal>;
  /** A person's own, on all servers. */
  list(login: LiveLogin): Promise<TerminalList>;
  /** Ends one of a person's own, at once if it runs here, within a second elsewhere; says whether it was there. */
  end(login: LiveLogin, id: string): Promise<boolean>;
  /** Takes the WebSockets of terminals. */
  readonly upgrade: ApplicationUpgrade;
  /** Ends all that run here. */
  close(): Promise<void>;
}

/** What {@link createTerminals} needs. */
export interface TerminalsOptions {
  /** What runs them; `why` there is none otherwise. */
  readonly engine: Promise<Engine>;
  readonly limits: TerminalLimits;
  /** Folder in which it is noted which ones are open, for the case that the server is killed. */
  readonly folder: string;
  readonly proxy: Pick<AccessProxy, 'handleInternal'>;
  readonly snapshots: SnapshotSource;
  readonly loginSessions: Pick<LoginSessions, 'find' | 'use'>;
  readonly gate: SocketGate;
  readonly tickets: SocketTickets;
  readonly store: Pick<Store, 'transact' | 'terminals'>;
  /** Which server this is. */
  readonly replicaId: ReplicaId;
  readonly audit: AuditPipeline;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Open extends TerminalHolder {
  readonly id: TerminalId;
  readonly startedAt: Date;
  readonly expiresAt: Date;
  terminal: Terminal | undefined;
}

const KIND = 'terminal';
const PATH = new RegExp(`^${API_PREFIX}/terminals/(trm_[0-9a-z]{26})(?:\\?|$)`);
/** Life of a terminal that was made and never opened, in milliseconds: that of its ticket. */
const UNOPENED_MS = 30_000;
/** What a file and its path need, beside its content. */
const MESSAGE_HEAD_BYTES = 65_536;

/** Creates the terminals of a server. Writes at once how those ended that were open when it was killed. */
export function createTerminals(options: TerminalsOptions): Terminals {
  const { engine, limits, folder, proxy, snapshots, loginSessions, gate, tickets, store, replicaId } = options;
  const { audit, clock, logger } = options;
  const open = new Map<TerminalId, Open>();
  const shared = createSharedTerminals({
    store,
    replicaId,
    onEndAsked: (id) => void open.get(id)?.terminal?.end('closed'),
    clock,
    logger,
  });
  const entry = createKubeEntry({ proxy, snapshots, clock });
  let isClosed = false;
  const noted = join(folder, 'open');
  const swept = sweep();

  const shownLimits = () => ({ maxOpen: limits.maxOpen, idleMs: limits.idleMs, lifetimeMs: limits.lifetimeMs });

  function event({ login, cluster, sourceAddress }: TerminalHolder) {
    return {
      organizationId: login.organization.id,
      clusterId: cluster.id,
      clusterName: cluster.name,
      principal: describePrincipal(login.principal),
      loginSessionId: login.loginSession.id,
      sourceAddress,
    };
  }

  function record(made: AuditEvent): void {
    audit
      .record(made, 'required')
      .catch((err: unknown) => logger.error({ err }, 'an event of a terminal could not be written'));
  }

  /** @throws ApiError `ERR_API_LIMIT`, when a person has `count` terminals already and may have no more */
  function assertFewEnough(count: number): void {
    if (count >= limits.maxOpen) throw tooMany(`you have ${count} terminals open, limit is ${limits.maxOpen}`);
  }

  /** @throws ApiError `ERR_API_LIMIT` */
  function assertRoomHere(): void {
    if (open.size >= limits.maxOpenTotal) {
      throw tooMany(`${open.size} terminals are open on this server, limit is ${limits.maxOpenTotal}`);
    }
  }

  const whyNot = (holder: TerminalHolder) =>
    whyNoTerminal(holder, { snapshot: snapshots.current(), loginSessions, clock });

  /** @throws ApiError `ERR_API_FORBIDDEN` */
  function assertMayHave(holder: TerminalHolder): void {
    const message = whyNot(holder);
    if (message !== undefined) throw new ApiError({ code: 'ERR_API_FORBIDDEN', message });
  }

  const stopListening = snapshots.onChange(() => {
    for (const each of open.values()) if (whyNot(each) !== undefined) void each.terminal?.end('accessEnded');
  });

  /** Opens what a page asks for. Everything that can refuse comes before the switch of protocols. */
  async function connect(request: IncomingMessage, takeOver: () => Duplex): Promise<void> {
    const { login, target } = await gate.admit(request);
    if (!isWebSocketHandshake(request, TERMINAL_SUBPROTOCOL)) {
      throw new ApiError({
        code: 'ERR_API_REQUEST_INVALID',
        message: `the request opens no WebSocket of the subprotocol ${TERMINAL_SUBPROTOCOL}`,
      });
    }
    const id = PATH.exec(target)?.[1] ?? '';
    const made = await store.transact(({ oneTime }) => oneTime.take(KIND, id));
    const cluster = snapshots.current().clusters.get((made?.['clusterId'] ?? '') as Cluster['id']);
    if (made?.['loginSessionId'] !== login.loginSession.id || cluster === undefined || !isId('terminal', id)) {
      throw new ApiError({ code: 'ERR_API_NOT_FOUND', message: 'there is no such terminal to be opened' });
    }
    const running = await usableEngine(engine);
    const sourceAddress = plainAddress(request.socket.remoteAddress);
    assertMayHave({ login, cluster, sourceAddress });
    assertRoomHere();
    const startedAt = new Date(clock.now());
    const expiresAt = new Date(Math.min(clock.now() + limits.lifetimeMs, login.loginSession.expiresAt.getTime()));
    const own: Open = { id, login, cluster, sourceAddress, startedAt, expiresAt, terminal: undefined };
    // Before anything is awaited: whoever comes meanwhile counts it.
    open.set(id, own);
    try {
      const terminal = { id, principalId: login.principal.id, clusterName: cluster.name, startedAt, expiresAt };
      assertFewEnough(await shared.open(terminal, limits.maxOpen));
      await start(own, running, request, takeOver);
    } catch (error) {
      open.delete(id);
      await shared.ended({ id, endedAt: new Date(clock.now()), reason: 'failed' });
      await rm(join(noted, id), { force: true });
      throw error;
    }
  }

  async function start(
    own: Open,
    { runner, kubectlVersion }: Engine & { readonly runner: object },
    request: IncomingMessage,
    takeOver: () => Duplex,
  ): Promise<void> {
    const { id, login, cluster, sourceAddress, startedAt, expiresAt } = own;
    const facts = event(own);
    await swept;
    await writeFile(join(noted, id), JSON.stringify(facts), { mode: 0o600 });
    await audit.record(
      createAuditEvent('terminal.opened', clock.now(), {
        ...facts,
        details: { terminalId: id, isolation: runner.isolation },
      }),
      'required',
    );
    const credential: VerifiedCredential = {
      credentialId: createId('credential', clock.now()),
      principalId: login.principal.id,
      loginSessionId: login.loginSession.id,
      organizationId: login.organization.id,
      clusterId: cluster.id,
      issuedAt: startedAt,
      expiresAt,
    };
    // Without isolation, whoever else is on the machine can connect, too.
    const pathSecret = runner.isolation === 'none' ? randomBytes(24).toString('base64url') : undefined;
    const owner = { credential, peerAddress: sourceAddress, ...(pathSecret !== undefined && { pathSecret }) };
    const sandbox = await runner.open({
      id,
      kubeconfig: (port) =>
        formatSandboxKubeconfig({ cluster: cluster.name, port, ...(pathSecret !== undefined && { pathSecret }) }),
    });
    const stopServing = entry.serve(sandbox.listener, owner);
    if (isClosed) {
      stopServing();
      await sandbox.close();
      return;
    }
    const who = () => {
      const live = lookUpLive(credential, snapshots.current(), new Date(clock.now()));
      return 'code' in live ? undefined : live;
    };
    const read = createReadKube({ proxy, who, peerAddress: sourceAddress });
    const names = createKubeNames({ read, basis: () => snapshots.current().version, clock });
    const socket = acceptWebSocket(request, takeOver(), {
      subprotocol: TERMINAL_SUBPROTOCOL,
      maxMessageBytes: MAX_TERMINAL_FILE_BYTES + MESSAGE_HEAD_BYTES,
    });
    own.terminal = runTerminal({
      id,
      cluster: cluster.name,
      kubectlVersion,
      socket,
      sandbox,
      completer: createCompleter(names),
      idleMs: limits.idleMs,
      expiresAt,
      onCommandEnd: (end) =>
        record(
          createAuditEvent('terminal.command.ended', clock.now(), { ...facts, details: { terminalId: id, ...end } }),
        ),
      onEnd(reason, commandCount) {
        stopServing();
        open.delete(id);
        void shared.ended({ id, endedAt: new Date(clock.now()), reason });
        record(
          createAuditEvent('terminal.ended', clock.now(), {
            ...facts,
            details: { terminalId: id, reason, commandCount },
          }),
        );
        void rm(join(noted, id), { force: true });
      },
      clock,
      logger,
    });
    // It may have been lost while the sandbox was opened.
    if (whyNot(own) !== undefined) void own.terminal.end('accessEnded');
  }

  /** Writes how terminals ended that were open when an earlier server was killed; their processes ended with it. */
  async function sweep(): Promise<void> {
    await mkdir(noted, { recursive: true, mode: 0o700 });
    for (const id of await readdir(noted)) {
      const path = join(noted, id);
      try {
        const facts = JSON.parse(await readFile(path, 'utf8')) as ReturnType<typeof event>;
        const reason = 'interrupted';
        const details = { terminalId: id, reason };
        if (isId('terminal', id)) await shared.ended({ id, endedAt: new Date(clock.now()), reason });
        await audit.record(createAuditEvent('terminal.ended', clock.now(), { ...facts, details }), 'required');
      } catch (err) {
        logger.warn({ err, terminalId: id }, 'what was noted of a terminal of an earlier server could not be read');
      }
      await rm(path, { force: true });
    }
    await (await engine).runner?.sweep();
  }
  swept.catch((err: unknown) => logger.error({ err }, 'terminals of an earlier server could not be cleared away'));

  return {
    async create({ login, sourceAddress }, cluster) {
      if (login.loginSession.client !== 'web') {
        throw new ApiError({
          code: 'ERR_API_FORBIDDEN',
          message: 'terminals are for pages of the web UI, by the session of their browser',
          nextStep: 'Elsewhere, use kubectl: `sallyport kube login` writes a kubeconfig for it.',
        });
      }
      await usableEngine(engine);
      assertMayHave({ login, cluster, sourceAddress: sourceAddress ?? '' });
      assertFewEnough(await shared.count(login.principal.id));
      assertRoomHere();
      const id = createId('terminal', clock.now());
      const target = `${API_PREFIX}/terminals/${id}`;
      const loginSessionId = login.loginSession.id;
      const value = { clusterId: cluster.id, loginSessionId };
      await store.transact(({ oneTime }) => oneTime.put(KIND, id, value, new Date(clock.now() + UNOPENED_MS)));
      const { ticket, expiresAt } = await tickets.issue({ loginSessionId, target });
      return { id, path: `${target}?ticket=${ticket}`, ticketExpiresAt: expiresAt, limits: shownLimits() };
    },
    async list(login) {
      const { why } = await engine;
      await swept.catch(() => {});
      return {
        ...(await shared.list(login.principal.id)),
        limits: shownLimits(),
        ...(why !== undefined && { unavailable: why.message }),
      };
    },
    async end(login, id) {
      if (!isId('terminal', id) || !(await shared.askEnd(login.principal.id, id))) return false;
      await open.get(id)?.terminal?.end('closed');
      return true;
    },
    upgrade(request, response, takeOver) {
      if (!PATH.test(request.url ?? '')) return false;
      connect(request, takeOver).catch((error: unknown) => {
        const failure = toApiError(error);
        if (failure.code === 'ERR_API_INTERNAL') logger.error({ err: error }, 'a terminal could not be opened');
        if (!response.headersSent && response.socket !== null) sendProblem(response, failure);
      });
      return true;
    },
    async close() {
      isClosed = true;
      stopListening();
      await Promise.all([...open.values()].map(async ({ terminal }) => terminal?.end('serverStopped')));
      await swept.catch(() => {});
      await shared.close();
    },
  };
}

/** @throws ApiError `ERR_API_CONFLICT` where no terminal can run */
async function usableEngine(
  engine: Promise<Engine>,
): Promise<Engine & { readonly runner: NonNullable<Engine['runner']> }> {
  const { runner, why, kubectlVersion } = await engine;
  if (runner !== undefined) return { runner, kubectlVersion };
  throw new ApiError({
    code: 'ERR_API_CONFLICT',
    message: why?.message ?? 'there are no terminals on this server',
    nextStep: why?.nextStep ?? 'Use kubectl on your machine: `sallyport kube login`.',
  });
}

function tooMany(message: string): ApiError {
  return new ApiError({ code: 'ERR_API_LIMIT', message, nextStep: 'End one of them first.' });
}
