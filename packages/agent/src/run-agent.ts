import { randomUUID } from 'node:crypto';
import { type Clock, type ClusterId, type Logger, silentLogger, sleep, systemClock } from '@sallyport/core';
import { createCapabilityTrust, createCapabilityVerifier } from '@sallyport/core/credentials';
import { PROTOCOL_VERSION } from '@sallyport/tunnel';
import { decodeHelloAck, encodeHello, type GatewayConnection } from '@sallyport/tunnel/grpc';
import { type Access, startAccess, tryAccess } from './access/start-access.ts';
import { createAgent } from './agent.ts';
import { createApiServerProbe } from './api-server-probe.ts';
import { attest } from './attest.ts';
import { parseCaBundle } from './ca-bundle.ts';
import type { AgentConfig } from './config.ts';
import { createDialler } from './dial.ts';
import { startHealthServer } from './health.ts';
import { enrol } from './identity/enrol.ts';
import { createFileIdentityStore } from './identity/file-store.ts';
import type { AgentIdentity } from './identity/identity.ts';
import { obtainIdentity } from './identity/obtain.ts';
import { keepIdentityFresh } from './identity/renew.ts';
import { createSecretIdentityStore } from './identity/secret-store.ts';
import { createTrustFollower } from './identity/trust.ts';
import { leaveCluster } from './leave-cluster.ts';
import { createAgentMetrics } from './metrics.ts';
import { isDeregistration, isRevocation } from './revocation.ts';
import type { Identify } from './serve-exchange.ts';
import { askStanding } from './standing.ts';
import { createInClusterUpstream } from './upstream/in-cluster.ts';
import { createKubeconfigUpstream } from './upstream/kubeconfig.ts';
import { AGENT_VERSION } from './version.ts';

/** How often an agent that can't dial asks what became of its identity, at the most, in milliseconds. */
const RECONSIDER_MS = 30_000;

/** Tunnels that are held at once, each to another server. */
const MAX_TUNNELS = 3;

/** Options of {@link runAgent}. */
export interface RunAgentOptions {
  /** Abort it to drain and stop. */
  readonly signal: AbortSignal;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Called whenever a tunnel comes up or the last one goes. */
  readonly onReady?: (isReady: boolean) => void;
}

/**
 * Runs an agent from its configuration: finds or enrols its identity, keeps a tunnel, renews, serves the health port.
 * Resolves after `signal` was aborted and the open exchanges ended, or their time to drain did, and when its cluster was
 * deregistered and everything that was installed is removed.
 * @throws AgentError for everything that an operator must mend; see `AgentErrorCode`
 */
export async function runAgent(config: AgentConfig, options: RunAgentOptions): Promise<void> {
  const { signal, logger = silentLogger, clock = systemClock } = options;
  const metrics = createAgentMetrics();
  const upstream =
    config.upstream.kind === 'inCluster'
      ? await createInClusterUpstream({ ...config.upstream, clock })
      : createKubeconfigUpstream(config.upstream.file, { ...config.upstream, clock });
  const store =
    config.identity.kind === 'secret'
      ? createSecretIdentityStore({ upstream, ...config.identity })
      : createFileIdentityStore(config.identity.directory);
  const server = {
    url: config.server.url,
    ca: parseCaBundle(config.server.caPem, 'the CA bundle of the server'),
    ...(config.proxy && { proxy: config.proxy }),
  };

  const tunnelToken = config.tunnelToken ?? (() => undefined);
  const instanceId = randomUUID();
  let access: Access | undefined;
  const { access: accessConfig } = config;
  const identify: Identify = (impersonation) => access?.identify(impersonation) ?? impersonation;
  const probe = createApiServerProbe({
    upstream,
    ...(accessConfig && { tryMode: () => tryAccess(upstream, identify, accessConfig) }),
    clock,
    logger,
  });

  let isReady = false;
  const health =
    config.health === undefined
      ? undefined
      : await startHealthServer({ ...config.health, isReady: () => isReady, metrics });
  const ended = new AbortController();
  try {
    const obtain = (more: {
      readonly clusterId?: ClusterId;
      readonly isRefused?: boolean;
      readonly signal: AbortSignal;
    }) =>
      obtainIdentity({
        store,
        joinToken: config.joinToken,
        enrol: async (joinToken) => {
          const attestation = await attest({ upstream, token: tunnelToken, logger });
          const clusterId = more.clusterId ?? config.clusterId;
          return enrol({
            server,
            joinToken,
            agentVersion: AGENT_VERSION,
            ...(clusterId && { clusterId }),
            ...(attestation && { attestation }),
          });
        },
        askStanding: (held) => askStanding({ server, identity: held, logger }),
        clock,
        logger,
        ...more,
      });
    let identity = await obtain({ signal });
    metrics.certificateEnds(identity.notAfter);
    logger.info({ clusterId: identity.clusterId, cluster: identity.clusterName }, 'the agent has its identity');

    const { clusterId } = identity;
    if (accessConfig !== undefined) access = startAccess({ config: accessConfig, clusterId, upstream, clock, logger });
    const trust = createCapabilityTrust(config.capabilityKeys, identity.capabilityKeys);
    const followTrust = createTrustFollower({
      capabilities: trust,
      store,
      current: () => identity,
      onIdentity: (next) => {
        identity = next;
      },
      logger,
    });
    const takeIdentity = (next: AgentIdentity) => {
      identity = next;
      if (next.capabilityKeys !== undefined) trust.adopt(next.capabilityKeys);
      metrics.certificateEnds(next.notAfter);
    };
    let goodbye: Error | undefined;
    let isReconsidering = false;
    let reconsideredAt = Number.NEGATIVE_INFINITY;
    // An authority that the server has dropped looks like any other broken handshake from here. Asked beside the dials, which go
    // on: most of the time the server is away, and nothing is wrong with the identity.
    const reconsiderIdentity = () => {
      if (isReconsidering || clock.monotonicMs() - reconsideredAt < RECONSIDER_MS) return;
      isReconsidering = true;
      reconsideredAt = clock.monotonicMs();
      obtain({ clusterId, isRefused: true, signal: ended.signal })
        .then((held) => {
          if (held.certificatePem === identity.certificatePem) return;
          takeIdentity(held);
          agent.redial();
        })
        .catch((error: unknown) => {
          if (error instanceof Error && isDeregistration(error)) goodbye = error;
          else if (!ended.signal.aborted) logger.warn({ err: error }, 'the agent got no identity in place of its own');
        })
        .finally(() => {
          isReconsidering = false;
        });
    };
    /** Those that live, the newest last. */
    const connections = new Set<GatewayConnection>();
    let onDialled: () => void = () => {};
    const dialled = new Promise<void>((resolve) => {
      onDialled = resolve;
    });
    const dial = createDialler({ ...config, clock, logger });
    const bindsPeople = accessConfig !== undefined && accessConfig.mode !== 'impersonate';
    const agent = createAgent({
      connect: async (dialSignal) => {
        if (goodbye !== undefined) throw goodbye;
        const connection = await dial(identity, dialSignal).catch((error: unknown) => {
          reconsiderIdentity();
          throw error;
        });
        connections.add(connection);
        connection.watchTrust(
          (stated) => {
            void followTrust(stated);
            if (stated.replicaIds.length > 0) agent.spread(stated.replicaIds);
          },
          (error) => logger.debug({ err: error }, 'the server does not say what is to be trusted'),
        );
        probe.follow((health) => connection.reportHealth(health));
        access?.follow(connection);
        onDialled();
        return {
          link: connection.link,
          peer: identity.tunnel.address,
          onEnded: () => void connections.delete(connection),
        };
      },
      upstream,
      capabilities: createCapabilityVerifier({ keys: trust, clusterId: identity.clusterId, clock }),
      ceiling: { groups: config.ceiling },
      identify,
      hello: (heldReplicaIds) =>
        encodeHello({
          heldReplicaIds: [...heldReplicaIds],
          agentVersion: AGENT_VERSION,
          protocolVersion: PROTOCOL_VERSION,
          instanceId,
          serviceAccountToken: tunnelToken() ?? '',
        }),
      readReplicaId: (hello) => decodeHelloAck(hello).replicaId,
      // Where people are bound in the cluster, one server says who is: the others reach the agent by it.
      maxTunnels: bindsPeople ? 1 : MAX_TUNNELS,
      onStateChange: (state) => {
        if (isReady === (state === 'connected')) return;
        isReady = state === 'connected';
        options.onReady?.(isReady);
      },
      metrics,
      clock,
      logger,
    });
    const renewing = keepIdentityFresh({
      current: () => identity,
      store,
      renew: async (csrPem) => {
        // A certificate that is overdue waits for the first tunnel, and no longer.
        await Promise.race([dialled, aborted(ended.signal)]);
        const connection = [...connections].at(-1);
        if (connection === undefined) throw new Error('no server is connected');
        return connection.renewCertificate(csrPem);
      },
      onIdentity: (next) => {
        takeIdentity(next);
        agent.redial();
      },
      clock,
      logger,
      signal: ended.signal,
    });
    const running = agent.run({ signal: ended.signal });
    await Promise.race([running, aborted(signal)]);
    if (signal.aborted) {
      logger.info({ drainTimeoutMs: config.drainTimeoutMs }, 'draining');
      await Promise.race([agent.drain(), sleep(clock, config.drainTimeoutMs, ended.signal)]);
    }
    ended.abort();
    await Promise.all([running, renewing]);
  } catch (error) {
    if (signal.aborted) return;
    const isLeaving = isDeregistration(error);
    if (!isLeaving && !isRevocation(error)) throw error;
    // Whoever is no longer wanted leaves nobody bound behind, whatever else stays.
    if (accessConfig !== undefined) {
      access ??= startAccess({ config: accessConfig, clusterId: config.clusterId ?? '', upstream, clock, logger });
    }
    const removeAccess = access;
    if (!isLeaving) {
      await removeAccess?.removeAll().catch((err: unknown) => logger.error({ err }, 'people are still bound'));
      throw error;
    }
    await leaveCluster({
      upstream,
      plan: config.uninstallPlan,
      ...(removeAccess && { removeAccess: () => removeAccess.removeAll() }),
      cause: error,
      clock,
      logger,
      signal,
    });
  } finally {
    ended.abort();
    health?.close();
    probe.close();
    await access?.close();
    upstream.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
