import { runAgent } from '@sallyport/agent';
import { type CeilingRole, ceilingGroups } from '@sallyport/agent/manifest';
import { type Logger, Secret } from '@sallyport/core';
import { ApiProblemError, type OperationOutput, registerCluster as register } from '@sallyport/core/api';
import type { SigningJwks } from '@sallyport/core/credentials';
import {
  createServer,
  DEVELOPMENT_PROVIDER_NAME,
  developmentEncryptionKey,
  type SallyportServer,
  SERVER_DEFAULTS,
} from '@sallyport/server';
import type { CliContext } from '../context.ts';
import { withSession } from '../session/session.ts';
import { ensurePrivateFolder, writePrivateFile } from '../state/atomic-file.ts';
import { awaitTunnel } from './await-tunnel.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { contextOfPerson, ensureKubeconfig, ensureLoggedIn } from './demo-login.ts';
import { DEMO_ROLES, demoBindings, demoRequestPolicy, developmentUsers } from './demo-people.ts';
import { type DemoState, holdState, keepPort, openDemoState } from './demo-state.ts';
import { openFakeCluster } from './fake-cluster.ts';
import { openRealCluster, readClusterAccess } from './real-cluster.ts';

/** What {@link startDemo} needs. */
export interface DemoOptions {
  readonly stateFolder: string;
  /** 0 or absent: that of the earlier starts; else a free one, or the usual one. */
  readonly port?: number;
  /** Kubeconfig of a real cluster; absent: a fake one in this process. */
  readonly kubeconfig?: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A demo that runs. */
export interface Demo {
  readonly url: string;
  readonly organization: string;
  readonly cluster: string;
  readonly state: DemoState;
  readonly server: SallyportServer;
  /** What the agent stands before, in words. */
  readonly upstream: string;
  /** Rejects when a part of the demo fails later on; never resolves. */
  readonly failed: Promise<never>;
  /** Stops every part. Idempotent. */
  close(): Promise<void>;
}

/** Name of the organization and of the cluster of a demo. */
export const DEMO_NAME = 'demo';

const CEILING: readonly CeilingRole[] = ['view', 'edit', 'admin', 'cluster-admin'];
const DEFAULT_PORT = 7_443;
const DRAIN_MS = 5_000;

/**
 * Starts a whole installation in this process: server with the development provider, one agent, and a cluster; logs all
 * people in and writes their kubeconfigs. Resolves when kubectl works. What was started is stopped when a later step fails.
 */
export async function startDemo(context: CliContext, options: DemoOptions): Promise<Demo> {
  const { logger, signal } = options;
  const closers: (() => Promise<unknown>)[] = [];
  const close = () => closeAll(closers);
  try {
    // Before anything is started or written: what is wrong with the kubeconfig is told at once.
    const access = options.kubeconfig === undefined ? undefined : await readClusterAccess(options.kubeconfig);
    closers.push(await holdState(options.stateFolder, context.clock));
    const state = await openDemoState(options.stateFolder);
    const server = await startServer(context, state, options);
    closers.push(() => server.close());
    const { publicUrl: url, caPem } = server;
    await keepPort(state, Number(new URL(url).port));
    await writePrivateFile(state.caFile, caPem);

    await ensurePrivateFolder(state.agentFolder);
    const parts = { folder: state.agentFolder, ceiling: CEILING, clock: context.clock, logger };
    const cluster = await (access === undefined ? openFakeCluster(parts) : openRealCluster({ ...parts, access }));
    closers.push(() => cluster.close());

    await ensureLoggedIn(context, { role: 'admin', state, url, caPem, signal });
    const admin = contextOfPerson(context, state, 'admin');
    const registered = await registerCluster(admin, url);
    await putRequestPolicy(admin, url);
    const agent = startAgent(context, { registered, cluster, state, logger });
    closers.push(() => agent.stop());
    for (const role of DEMO_ROLES) {
      await ensureLoggedIn(context, { role, state, url, caPem, signal });
      await ensureKubeconfig(context, { role, state, url, cluster: DEMO_NAME });
    }
    const tunnel = awaitTunnel(server, registered.install.clusterId, { clock: context.clock, signal });
    await Promise.race([tunnel, agent.failed]);
    return {
      url,
      organization: DEMO_NAME,
      cluster: DEMO_NAME,
      state,
      server,
      upstream: cluster.description,
      failed: agent.failed,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function startServer(context: CliContext, state: DemoState, options: DemoOptions): Promise<SallyportServer> {
  return createServer({
    config: {
      mode: 'development',
      listen: { host: '127.0.0.1', port: options.port || (state.port ?? options.port ?? DEFAULT_PORT) },
      agentServerName: SERVER_DEFAULTS.agentServerName,
      // The demo's own provider is on this machine.
      allowedIssuerAddresses: ['127.0.0.0/8', '::1/128'],
      stateDir: state.serverFolder,
      encryptionKey: developmentEncryptionKey(state.serverFolder),
      organization: DEMO_NAME,
      identityProviders: [],
      bindings: demoBindings(DEVELOPMENT_PROVIDER_NAME),
      developmentUsers: developmentUsers(state.passwords),
    },
    clock: context.clock,
    logger: options.logger,
  });
}

type Registered = OperationOutput<'issueJoinToken'>;

/** Registers the cluster, or gets a new join token for the one of an earlier start. */
function registerCluster(admin: CliContext, server: string): Promise<Registered> {
  return withSession(admin, { server }, async ({ api, profile }) => {
    try {
      return await api.issueJoinToken({ organization: profile.organization, name: DEMO_NAME });
    } catch (error) {
      if (!(error instanceof ApiProblemError) || error.problem.status !== 404) throw error;
      return register(api, profile.organization, { name: DEMO_NAME, labels: { env: 'demo' } });
    }
  });
}

/** Says what may be asked for. It names the cluster, so that comes first; what an earlier start or a person made of it stays. */
function putRequestPolicy(admin: CliContext, server: string): Promise<void> {
  return withSession(admin, { server }, async ({ api, profile }) => {
    try {
      const body = demoRequestPolicy(DEVELOPMENT_PROVIDER_NAME, DEMO_NAME);
      await api.createRequestPolicy({ organization: profile.organization, body });
    } catch (error) {
      if (!(error instanceof ApiProblemError) || error.problem.status !== 409) throw error;
    }
  });
}

interface AgentParts {
  readonly registered: Registered;
  readonly cluster: DemoCluster;
  readonly state: DemoState;
  readonly logger: Logger;
}

function startAgent(context: CliContext, { registered, cluster, state, logger }: AgentParts) {
  const { install, joinToken } = registered;
  const stopping = new AbortController();
  const running = runAgent(
    {
      server: { url: new URL(install.serverUrl), caPem: install.caPem },
      clusterId: install.clusterId,
      capabilityKeys: install.capabilityJwks as unknown as SigningJwks,
      joinToken: () => new Secret(joinToken.token),
      identity: { kind: 'file', directory: state.agentFolder },
      upstream: { kind: 'kubeconfig', file: cluster.agentKubeconfig },
      ceiling: ceilingGroups(CEILING),
      drainTimeoutMs: DRAIN_MS,
    },
    { signal: stopping.signal, logger, clock: context.clock },
  );
  const failed = running.then<never>(() => new Promise(() => {}));
  // It is looked at when the demo is up; until then its rejection is nobody's.
  failed.catch(() => {});
  return {
    failed,
    async stop() {
      stopping.abort(new Error('the demo stops'));
      await running.catch(() => {
        // Told by `failed` already.
      });
    },
  };
}

/** Closes in reverse order of starting, each part even when another fails, and each only once. */
async function closeAll(closers: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const closer of closers.splice(0).reverse()) await closer().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'not every part of the demo could be stopped');
}
