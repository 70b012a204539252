import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { OutsideAuthorizer } from '@sallyport/authz';
import {
  type Clock,
  type ClusterId,
  createId,
  type Logger,
  type Secret,
  silentLogger,
  sleep,
  systemClock,
} from '@sallyport/core';
import { createCredentialIssuer, createCredentialVerifier, type SigningJwks } from '@sallyport/core/credentials';
import { createNamespaceLabels } from './access/namespace-labels.ts';
import { type AccessProxy, createAccessProxy } from './access-proxy.ts';
import { startDueTransitions } from './access-requests/due-transitions.ts';
import { startDueReviews } from './access-reviews/due-reviews.ts';
import { createRestApi, JOIN_TOKEN_LIFETIME_MS } from './api/rest-api.ts';
import { openServerAudit } from './audit/server-audit.ts';
import { createAuthn } from './authn/authn.ts';
import { createProviderFetch } from './authn/provider-fetch.ts';
import { createSocketGate } from './authn/socket-gate.ts';
import { createSocketTickets } from './authn/socket-tickets.ts';
import { bootstrap } from './bootstrap.ts';
import { loadKeys } from './capability-source.ts';
import { closeAll } from './close-all.ts';
import type { ServerConfig } from './config.ts';
import { asIdentityProvider, developmentProviderOf } from './development-login.ts';
import { createInventory } from './inventory.ts';
import { storeLocationOf, storeOptionsOf } from './key-management.ts';
import { createKubeSockets } from './kube-path/kube-path.ts';
import { createAccessLimiter } from './limits/access-limiter.ts';
import { createLeasedShares } from './limits/leased-shares.ts';
import { openMetricsPort } from './monitoring/metrics-port.ts';
import { createServerMetrics } from './monitoring/server-metrics.ts';
import { LOOPBACK_NETWORKS } from './network/outbound-guard.ts';
import { createFrontDoor } from './node/front-door.ts';
import { bindListener } from './node/listener.ts';
import { type ApplicationUpgrade, createNodeMount, type NodeMount } from './node/mount.ts';
import { createNotifications } from './notifications/notifications.ts';
import { aloneWith, watchReplicas } from './peers/live-replicas.ts';
import { peerAddressOf } from './peers/peer-address.ts';
import { openPeers } from './peers/peers.ts';
import {
  keepServerCertificate,
  keyPolicies,
  MAX_KEPT_CREDENTIAL_LIFETIME_MS,
  PURPOSES_BESIDE_SIGNER,
  peerServerName,
  startKeyRotation,
  watchKeys,
} from './pki/index.ts';
import { administerKeys } from './pki/key-administration.ts';
import { agentAddress, certificateServerName, hostNamesOf, urlHost } from './public-names.ts';
import { openServerRecordings } from './recordings/server-recordings.ts';
import { registerCluster } from './register-cluster.ts';
import { keepPast } from './restore/keep-past.ts';
import { pastFolderOf } from './restore/past-notes.ts';
import type { Snapshot } from './snapshot.ts';
import { createSnapshotSource } from './snapshot-source.ts';
import { type Organization, openStore } from './stores/index.ts';
import { startSweeper } from './sweeper.ts';
import { systemEvent } from './system-event.ts';
import { exportTraces } from './tracing/export-traces.ts';
import { createClusterMonitor } from './tunnels/cluster-monitor.ts';
import { startClusterSweeper } from './tunnels/cluster-sweeper.ts';
import { joinTunnels } from './tunnels/cluster-tunnels.ts';
import { createEnrolment } from './tunnels/enrolment.ts';
import { createAgentGateway } from './tunnels/gateway.ts';
import { createTunnelRegistry, type TunnelHealth, type TunnelRegistry } from './tunnels/registry.ts';
import { standingOf } from './tunnels/standing.ts';
import { createUpstreamAccess } from './upstream-access/upstream-access.ts';
import { SERVER_VERSION } from './version.ts';
import { createWebApp, isApplicationPath } from './web-app.ts';
import { startEngine } from './web-kubectl/engine.ts';
import { TERMINAL_LIMITS } from './web-kubectl/limits.ts';
import { createTerminals } from './web-kubectl/terminals.ts';

/** How often it looks whether the last one has ended, in milliseconds. */
const DRAIN_LOOK_MS = 50;

/** File in the state folder that holds the CA of `publicUrl`, PEM. */
export const CA_FILE = 'ca.pem';

/** Options of {@link createServer}. */
export interface ServerOptions {
  readonly config: ServerConfig;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Has a say in each request to a cluster that the policy allows; see `AccessProxyOptions.outsideAuthorizer`. */
  readonly outsideAuthorizer?: OutsideAuthorizer;
  /** Where audit sinks write that the configuration sends to the standard output. */
  readonly stdout?: Writable;
}

/** What the agent of a newly registered cluster is told. */
export interface ClusterInstall {
  readonly clusterId: ClusterId;
  readonly serverUrl: string;
  /** CA of `serverUrl`, PEM, for the agent to pin. */
  readonly caPem: string;
  /** Public keys of the capability signer, for the agent to pin. */
  readonly capabilityKeys: SigningJwks;
  /** Single use; ends after an hour. */
  readonly joinToken: Secret;
}

/** A server that listens. */
export interface SallyportServer {
  /** How people, kubectl and agents reach it. */
  readonly publicUrl: string;
  /** CA to trust for `publicUrl`, PEM. */
  readonly caPem: string;
  /** The access proxy, for mounting it elsewhere too. */
  readonly proxy: AccessProxy;
  /**
   * Everything that this server serves on its own port, for a server of the embedder: access proxy, REST API, signing in, agents'
   * enrolment. Then `publicUrl` is that server's origin, and agents have a port of their own (`agentListen`).
   */
  readonly mount: NodeMount;
  /**
   * Certificate and key of `publicUrl` under `caPem`, PEM, for a server of the embedder's that has none of its own:
   * `https.createServer(server.hostTls(), …)`. It lives for 30 days at least; ask again by then.
   */
  hostTls(): { readonly cert: string; readonly key: string };
  /**
   * Registers a cluster in the configured organization, on the embedder's own authority: audited without a principal.
   * @throws ApiError `ERR_API_CONFLICT` when the name is taken
   */
  registerCluster(name: string, labels?: Readonly<Record<string, string>>): Promise<ClusterInstall>;
  /** Whether a cluster has an agent connected. */
  health(clusterId: ClusterId): TunnelHealth;
  /** Calls `listener` when a cluster gains its first tunnel or loses its last. Returns the way to stop. */
  onHealthChange(listener: (clusterId: ClusterId) => void): () => void;
  /**
   * Makes ready for the end: `/readyz` says so, agents dial other servers on the same database, and what comes still is carried on by
   * those. Resolves once no request is under way, after `timeoutMs` at the latest.
   */
  drain(timeoutMs: number): Promise<void>;
  /** Ends open streams with a reason, lets go of everything and stops. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a server: binds its port first, so that a taken one is told at once, then opens the store and puts the pieces
 * together. What was opened is closed again when a later step fails.
 * @throws ServerError `ERR_LISTEN_PORT_TAKEN`, `ERR_LISTEN_FAILED`; StoreError
 */
export async function createServer(options: ServerOptions): Promise<SallyportServer> {
  const { config, clock = systemClock, logger = silentLogger } = options;
  const closers: (() => Promise<void> | void)[] = [];
  let isDraining = false;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeAll(closers);
    return closing;
  };

  try {
    const listener = await bindListener(config.listen);
    closers.push(() => listener.close());
    const publicUrl = config.publicUrl ?? `https://${urlHost(config.listen.host)}:${listener.port}`;

    const store = await openStore(storeLocationOf(config), storeOptionsOf(config, clock, logger));
    closers.push(() => store.close());
    // Before anything else rests on the database: it may be an older one than this server has seen.
    const past = await keepPast({ store, folder: pastFolderOf(config), clock, logger });
    closers.push(() => past.close());
    if (config.formerEncryptionKeys?.length)
      logger.info({ ...(await store.rewrap()) }, 'secrets are under the current key');
    const replicaId = createId('replica', clock.now());
    // The embedded database serves one server: there are no others.
    const isAlone = config.databaseUrl === undefined;
    const peerListener =
      config.peerListen && !isAlone ? await bindListener({ ...config.peerListen, exclusive: true }) : undefined;
    if (peerListener !== undefined) closers.push(() => peerListener.close());
    const { roots, capabilities } = await loadKeys(config, { store, clock, logger });
    closers.push(() => capabilities.close());
    const keyWatch = watchKeys({ roots, clock, logger });
    closers.push(() => keyWatch.close());
    const snapshots = await createSnapshotSource({ store: past, clock, logger });
    closers.push(() => snapshots.close());
    const networksOf = (stated: readonly string[] | undefined) =>
      stated ?? (config.mode === 'development' ? LOOPBACK_NETWORKS : []);
    // What nobody asks for is not counted.
    const metrics = config.metricsListen && createServerMetrics();
    const serverAudit = await openServerAudit({
      ...(metrics && { counting: metrics.counting }),
      config,
      store,
      snapshots,
      replicaId,
      ...(!isAlone && { peerAddress: peerAddressOf(config, peerListener ?? listener) }),
      publicUrl,
      checkpointKeys: roots.auditCheckpointKeys,
      allowedAddresses: networksOf(config.audit?.allowedAddresses),
      ...(options.stdout && { stdout: options.stdout }),
      clock,
      logger,
    });
    closers.push(() => serverAudit.close());
    const { pipeline: audit, sinks: auditSinks } = serverAudit;
    const keyRotation = startKeyRotation({
      store,
      holder: replicaId,
      policies: keyPolicies(config.keyRotation),
      ...(config.signer && { purposes: PURPOSES_BESIDE_SIGNER }),
      clock,
      logger,
    });
    closers.push(() => keyRotation.close());

    const frontCertificate = await keepServerCertificate({
      authority: roots.frontCa.current,
      hostNames: hostNamesOf(config, publicUrl),
      clock,
      logger,
    });
    closers.push(() => frontCertificate.close());
    // For operators to hand out: people trust it in `sallyport login --ca-file`.
    const writeCaFile = () => writeFile(join(config.stateDir, CA_FILE), roots.frontCa.bundlePem, { mode: 0o644 });
    await writeCaFile();

    const [seed] = roots.cookieKeys();
    const developmentProvider = developmentProviderOf(config, publicUrl, store, seed, { clock, logger });
    await bootstrap(store, snapshots, config, [
      ...config.identityProviders,
      ...(developmentProvider === undefined ? [] : [asIdentityProvider(developmentProvider)]),
    ]);
    await snapshots.refresh();

    const registry = createTunnelRegistry({ clock });
    const clusterMonitor = createClusterMonitor({
      store,
      snapshots,
      registry,
      replicaId,
      serverVersion: SERVER_VERSION,
      clock,
      logger,
    });
    closers.push(() => clusterMonitor.close());
    const clusterSweeper = startClusterSweeper({ store, holder: replicaId, clock, logger });
    closers.push(() => clusterSweeper.close());
    const namespaceLabels = createNamespaceLabels({ clock });
    // A provider at our own origin has a certificate of ours: the development provider, and that of a server that we are mounted in.
    // With others, the authorities of the machine are enough.
    const isOwnOrigin = ({ issuer }: { readonly issuer: string }) => issuer.startsWith(`${publicUrl}/`);
    const hasOwnProvider = developmentProvider !== undefined || config.identityProviders.some(isOwnOrigin);
    const providerCas = () => (hasOwnProvider ? [roots.frontCa.bundlePem] : []);
    const providerFetch = createProviderFetch({
      caPems: providerCas(),
      allowedAddresses: config.allowedIssuerAddresses ?? (config.mode === 'development' ? LOOPBACK_NETWORKS : []),
    });
    closers.push(() => providerFetch.close());
    const authn = createAuthn({
      store,
      snapshots,
      audit,
      publicUrl,
      mode: config.mode,
      ...(config.logins && { limits: config.logins }),
      ...(config.lockOut && { lockOut: config.lockOut }),
      oauthKeys: {
        find: (keyId) => roots.oauthKeys.find(keyId),
        signing: roots.oauthSigningKeys,
        onChange: (listener) => roots.onChange((purposes) => purposes.has('oauth') && listener()),
      },
      providerFetch,
      clock,
      logger,
    });
    closers.push(() => authn.close());
    const upstreamAccess = createUpstreamAccess({
      snapshots,
      namespaceLabels,
      elsewhere: (...asked) => peers?.askAccess(...asked),
      clock,
      logger,
    });
    closers.push(() => upstreamAccess.close());
    const peers = isAlone
      ? undefined
      : await openPeers({ store, roots, registry, access: upstreamAccess, replicaId, clock, logger });
    if (peers !== undefined) closers.push(() => peers.close());
    const liveReplicas = isAlone
      ? aloneWith(replicaId)
      : await watchReplicas({ replicas: store.replicas, replicaId, clock, logger });
    closers.push(() => liveReplicas.close());
    peerListener?.onConnection((socket) => peers?.injectConnection(socket));
    const limiter = createAccessLimiter({
      clock,
      // The embedded database serves one server: it has the whole of each limit.
      ...(!isAlone && {
        shares: createLeasedShares({ rows: store.limitShares, replicaId, clock, logger }),
      }),
    });
    closers.push(() => limiter.close());
    const recordings = openServerRecordings({ config, store, snapshots, replicaId, clock, logger });
    closers.push(() => recordings.close());
    const traces = config.tracing && exportTraces(config.tracing, { version: SERVER_VERSION, replicaId });
    if (traces !== undefined) closers.push(() => traces.close());
    const proxy = createAccessProxy({
      ...(traces && { traces }),
      recordings: recordings.sessions,
      credentials: createCredentialVerifier({ issuer: publicUrl, keys: roots.kubeCredentialKeys, clock }),
      certificates: roots.userCas,
      // Decisions need keys that are as fresh as the snapshot: a key that was voided must not let anybody in.
      snapshots: { ...snapshots, isFresh: () => snapshots.isFresh() && keyWatch.isFresh() },
      tunnels: peers === undefined ? registry : joinTunnels(registry, peers),
      publicUrl,
      namespaceLabels,
      upstreamAccess,
      limiter,
      ...(options.outsideAuthorizer && { outsideAuthorizer: options.outsideAuthorizer }),
      onSessionUse: (id) => authn.activity.use(id),
      capabilities: capabilities.signer,
      audit: serverAudit.guarded,
      ...(config.kubeHostDomain !== undefined && {
        hosts: { domain: config.kubeHostDomain, defaultOrganization: config.organization },
      }),
      clock,
      logger,
    });
    const agentListener = config.agentListen === undefined ? undefined : await bindListener(config.agentListen);
    if (agentListener !== undefined) closers.push(() => agentListener.close());
    const endpoint = {
      address: agentAddress(publicUrl, agentListener),
      serverName: config.agentServerName,
      get caPem() {
        return roots.frontCa.bundlePem;
      },
    };
    const enrolment = createEnrolment({ store, snapshots, agentCa: roots.agentCa, endpoint, audit, clock });
    const ownTls = () => {
      const { certificatePem, privateKeyPem } = frontCertificate.current();
      return { certPem: certificatePem, keyPem: privateKeyPem.reveal() };
    };
    const gatewayTls = () => ({ ...ownTls(), clientCaPem: roots.agentCa.bundlePem });
    const gateway = createAgentGateway({
      tls: gatewayTls(),
      store,
      enrolment,
      registry,
      snapshots,
      audit,
      upstreamAccess,
      trust: {
        current: () => ({
          ...roots.agentTrust(),
          capabilityKeys: [...capabilities.statements()],
          replicaIds: [...liveReplicas.current()],
        }),
        onChange(listener) {
          const stops = [roots, capabilities, liveReplicas].map((source) => source.onChange(listener));
          return () => {
            for (const stop of stops) stop();
          };
        },
      },
      replicaId,
      replicaCount: () => liveReplicas.current().length,
      serverVersion: SERVER_VERSION,
      clock,
      logger,
    });
    closers.push(() => gateway.close());
    agentListener?.onConnection((socket) => gateway.injectConnection(socket));

    const { smtp, allowedAddresses } = config.notifications ?? {};
    const notifications = createNotifications({
      store,
      snapshots,
      audit,
      replicaId,
      publicUrl,
      outbound: { allowedAddresses: networksOf(allowedAddresses) },
      ...(smtp && { smtp }),
      clock,
      logger,
    });
    closers.push(() => notifications.close());
    const socketTickets = createSocketTickets({ store, clock });
    const gate = createSocketGate({ publicUrl, loginSessions: authn.loginSessions, tickets: socketTickets });
    const terminalFolder = config.terminalsDir ?? join(config.stateDir, 'terminals');
    const terminals = createTerminals({
      engine: startEngine({
        config: config.terminals ?? {},
        mode: config.mode,
        folder: join(terminalFolder, 'sandboxes'),
        logger,
      }),
      limits: TERMINAL_LIMITS,
      folder: terminalFolder,
      proxy,
      snapshots,
      loginSessions: authn.loginSessions,
      gate,
      tickets: socketTickets,
      store,
      replicaId,
      audit,
      clock,
      logger,
    });
    closers.push(() => terminals.close());
    const restApi = createRestApi({
      proxy,
      recordings: recordings.source,
      terminals,
      store,
      snapshots,
      audit,
      publicUrl,
      authn,
      kubeCredentials: createCredentialIssuer({
        issuer: publicUrl,
        keys: roots.kubeCredentialKeys,
        clock,
        maxLifetimeMs: MAX_KEPT_CREDENTIAL_LIFETIME_MS,
      }),
      clientCertificates: { authority: roots.userCas, tlsServerName: certificateServerName(config) },
      capabilityJwks: capabilities.jwks,
      get frontCaPem() {
        return roots.frontCa.bundlePem;
      },
      agents: endpoint,
      keys: administerKeys({
        store,
        clock,
        policies: keyPolicies(config.keyRotation),
        ...(config.signer && { purposes: PURPOSES_BESIDE_SIGNER }),
      }),
      auditProof: { ...serverAudit.proof, recordingHead: recordings.head },
      clusterMonitor,
      namespaceLabels,
      notifications,
      auditSinks,
      ...(developmentProvider && { developmentProvider }),
      clock,
      logger,
      version: SERVER_VERSION,
      ...(config.kubeHostDomain !== undefined && { kubeHostDomain: config.kubeHostDomain }),
    });
    const dueTransitions = startDueTransitions({ store, snapshots, holder: replicaId, clock, logger });
    closers.push(() => dueTransitions.close());
    const dueReviews = startDueReviews({ store, snapshots, clock, logger });
    closers.push(() => dueReviews.close());
    const sweeper = startSweeper({ store, holder: replicaId, clock, logger });
    closers.push(() => sweeper.close());
    const inventory = createInventory({
      proxy,
      registry,
      clusterMonitor,
      snapshots,
      store,
      namespaceLabels,
      clock,
      logger,
    });
    closers.push(() => inventory.close());

    const kubeSockets = createKubeSockets({ proxy, snapshots, clock, gate, logger });
    const applicationUpgrade: ApplicationUpgrade = (...asked) => kubeSockets(...asked) || terminals.upgrade(...asked);
    const problems = () => [
      ...(serverAudit.failure() === undefined ? [] : ['the audit log takes no events']),
      ...(isDraining ? ['the server is stopping'] : []),
    ];
    const application = createWebApp(restApi, {
      problems,
      ...(metrics && { answered: metrics.answered }),
      enrol: enrolment.enrol,
      standing: (body) => standingOf(body, { agentCa: roots.agentCa, clusters: store.clusters, clock }),
    });
    const hostDomain = config.kubeHostDomain === undefined ? {} : { hostDomain: config.kubeHostDomain };
    const front = createFrontDoor({
      listener,
      proxy,
      application,
      applicationUpgrade,
      tls: config.tls ?? ownTls(),
      // Under a name that only our own CA can vouch for, whatever certificate the public host has.
      certificates: { serverName: certificateServerName(config), tls: ownTls() },
      raw: new Map([
        [config.agentServerName, (socket) => gateway.injectConnection(socket)],
        ...(peers !== undefined && peerListener === undefined
          ? [[peerServerName(replicaId), (socket: Socket) => peers.injectConnection(socket)] as const]
          : []),
      ]),
      ...hostDomain,
      clock,
      logger,
    });
    frontCertificate.onRenewed(() => {
      if (config.tls === undefined) front.updateTls(ownTls());
      front.updateCertificateHost(ownTls());
      gateway.updateTls(gatewayTls());
    });
    const stopFollowingKeys = roots.onChange((purposes) => {
      if (purposes.has('agentCa')) gateway.updateTls(gatewayTls());
      if (!purposes.has('frontTls')) return;
      providerFetch.updateCas(providerCas());
      Promise.all([frontCertificate.renew(), writeCaFile()]).catch((err: unknown) =>
        logger.error({ err }, 'the front CA changed and its certificate could not be issued'),
      );
    });
    closers.push(stopFollowingKeys);
    if (config.metricsListen !== undefined && metrics !== undefined) {
      const port = await openMetricsPort({
        ...config.metricsListen,
        render: () =>
          metrics.render({
            version: SERVER_VERSION,
            isReady: () => problems().length === 0,
            openRequests: () => proxy.activeCount,
            tunnels: () => tunnelCounts(registry),
            replicas: () => liveReplicas.current().length,
            snapshot: () => ({ isFresh: snapshots.isFresh(), version: snapshots.current().version }),
          }),
      });
      closers.push(() => port.close());
    }
    closers.push(() => front.close());
    closers.push(() => proxy.close());
    authn.start();
    const record = (code: 'server.started' | 'server.stopped') =>
      audit.record(systemEvent({ clock, snapshots }, code, { details: { replicaId } }), 'required');
    await record('server.started');
    closers.push(() => record('server.stopped'));
    logger.info({ publicUrl, version: SERVER_VERSION }, 'the server is ready');

    return {
      publicUrl,
      get caPem() {
        return roots.frontCa.bundlePem;
      },
      proxy,
      mount: createNodeMount({ proxy, application, applicationUpgrade, isApplicationPath, ...hostDomain }),
      hostTls() {
        const { certPem: cert, keyPem: key } = ownTls();
        return { cert, key };
      },
      async registerCluster(name, labels = {}) {
        const organization = findOrganization(snapshots.current(), config.organization);
        const registrar = { store, snapshots, clock, joinTokenLifetimeMs: JOIN_TOKEN_LIFETIME_MS };
        const { cluster, joinToken } = await registerCluster(registrar, { organization, name, labels });
        return {
          clusterId: cluster.id,
          serverUrl: publicUrl,
          caPem: roots.frontCa.bundlePem,
          capabilityKeys: capabilities.jwks(),
          joinToken: joinToken.token,
        };
      },
      health: (clusterId) => registry.health(clusterId),
      onHealthChange: (changed) => registry.onChange(changed),
      async drain(timeoutMs) {
        isDraining = true;
        logger.info({ timeoutMs }, 'the server is stopping');
        // Without others, agents could only come back to this one.
        if (!isAlone) gateway.drain();
        const until = clock.monotonicMs() + timeoutMs;
        while (proxy.activeCount > 0 && clock.monotonicMs() < until) await sleep(clock, DRAIN_LOOK_MS);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function tunnelCounts(registry: TunnelRegistry): { readonly tunnels: number; readonly clusters: number } {
  const entries = [...registry.entries()];
  return { tunnels: entries.length, clusters: new Set(entries.map(({ clusterId }) => clusterId)).size };
}

function findOrganization(snapshot: Snapshot, name: string): Organization {
  for (const organization of snapshot.organizations.values()) if (organization.name === name) return organization;
  throw new Error(`organization ${name} is missing although it was set up at start`);
}
