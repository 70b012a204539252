import { type ClusterId, tunnelTokenAudience, type UpstreamMode } from '@sallyport/core';
import type { TunnelLink } from './config.ts';
import { AGENT_CONFIG_DEFAULTS } from './config-defaults.ts';
import type { ManifestObject } from './manifest-rbac.ts';
import type { UninstallPlan } from './manifest-uninstall.ts';

/** What the namespaced objects are made from. */
export interface WorkloadOptions {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly identitySecretName: string;
  readonly serverUrl: string;
  readonly serverCaPem: string;
  readonly joinToken: string;
  readonly clusterId: string;
  readonly capabilityJwks: unknown;
  readonly image: string;
  readonly replicas: number;
  /** Groups that may be impersonated. */
  readonly groups: readonly string[];
  /** ClusterRoles that people may be given. */
  readonly clusterRoles: readonly string[];
  readonly upstreamMode: UpstreamMode;
  readonly constrainedImpersonation: boolean;
  readonly generatedRules: boolean;
  readonly tunnelLink?: TunnelLink;
  readonly proxy?: ManifestProxy;
  readonly uninstallPlan?: UninstallPlan;
}

/** Egress proxy of the agent. */
export interface ManifestProxy {
  /** `http://host:port`, without credentials. */
  readonly url: string;
  /**
   * Secret in the agent's namespace with the keys `userName` and `password`. It is not part of the manifest: whoever applies the
   * manifest makes it, so that the credentials go through nobody else's hands.
   */
  readonly secretName?: string;
}

const CONFIG_DIRECTORY = '/etc/sallyport';
const JOIN_DIRECTORY = '/var/run/secrets/sallyport/join';
const PROXY_DIRECTORY = '/var/run/secrets/sallyport/proxy';
const TUNNEL_TOKEN_DIRECTORY = '/var/run/secrets/sallyport/tunnel';
const HEALTH_PORT = 8081;
/** Longer than the drain itself, so that the kubelet does not cut it short. */
const TERMINATION_GRACE_SECONDS = AGENT_CONFIG_DEFAULTS.drainTimeoutMs / 1_000 + 15;

/** Secrets, configuration and the Deployment. */
export function workloadObjects(options: WorkloadOptions): ManifestObject[] {
  const { namespace, name, labels, uninstallPlan } = options;
  const metadata = (suffix: string) => ({ name: `${name}${suffix}`, namespace, labels });
  const secret = (suffix: string, stringData?: Readonly<Record<string, string>>): ManifestObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(suffix),
    type: 'Opaque',
    ...(stringData && { stringData }),
  });
  return [
    // Created empty and never with data, so that applying the manifest again leaves a stored identity alone.
    secret('-identity'),
    secret('-join', { token: options.joinToken }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('-config'),
      data: {
        'agent.yaml': JSON.stringify(agentConfig(options), undefined, 2),
        'server-ca.crt': options.serverCaPem,
        'capability-keys.json': JSON.stringify(options.capabilityJwks),
        ...(uninstallPlan && { 'uninstall.json': JSON.stringify(uninstallPlan, undefined, 2) }),
      },
    },
    deployment(options),
  ];
}

function agentConfig(options: WorkloadOptions): Readonly<Record<string, unknown>> {
  const { tunnelLink, proxy } = options;
  return {
    server: options.serverUrl,
    serverCaFile: `${CONFIG_DIRECTORY}/server-ca.crt`,
    clusterId: options.clusterId,
    capabilityKeysFile: `${CONFIG_DIRECTORY}/capability-keys.json`,
    joinTokenFile: `${JOIN_DIRECTORY}/token`,
    identitySecret: `${options.namespace}/${options.identitySecretName}`,
    tunnelTokenFile: `${TUNNEL_TOKEN_DIRECTORY}/token`,
    uninstallPlanFile: `${CONFIG_DIRECTORY}/uninstall.json`,
    ceiling: options.groups,
    upstreamMode: options.upstreamMode,
    ...(options.constrainedImpersonation && { constrainedImpersonation: 'true' }),
    ...(options.generatedRules && { generatedRules: 'true' }),
    clusterRoles: options.clusterRoles,
    installation: `${options.namespace}/${options.name}`,
    health: `0.0.0.0:${HEALTH_PORT}`,
    ...(tunnelLink && { tunnelLink }),
    ...(proxy && { proxy: proxy.url }),
    ...(proxy?.secretName !== undefined && {
      proxyUserNameFile: `${PROXY_DIRECTORY}/userName`,
      proxyPasswordFile: `${PROXY_DIRECTORY}/password`,
    }),
  };
}

function deployment(options: WorkloadOptions): ManifestObject {
  const { namespace, name, labels, proxy } = options;
  const probe = (path: string) => ({ httpGet: { path, port: 'health' }, periodSeconds: 10, timeoutSeconds: 3 });
  const mounts = [
    { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
    { name: 'join', mountPath: JOIN_DIRECTORY, readOnly: true },
    { name: 'service-account', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
    { name: 'tunnel-token', mountPath: TUNNEL_TOKEN_DIRECTORY, readOnly: true },
    ...(proxy?.secretName !== undefined ? [{ name: 'proxy', mountPath: PROXY_DIRECTORY, readOnly: true }] : []),
  ];
  const container = {
    name: 'agent',
    image: options.image,
    args: ['agent', 'run', '--config', `${CONFIG_DIRECTORY}/agent.yaml`],
    ports: [{ name: 'health', containerPort: HEALTH_PORT }],
    livenessProbe: { ...probe('/healthz'), failureThreshold: 3 },
    readinessProbe: probe('/readyz'),
    resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: mounts,
  };
  const volumes = [
    { name: 'config', configMap: { name: `${name}-config` } },
    // May be deleted once it is used up.
    { name: 'join', secret: { secretName: `${name}-join`, optional: true, defaultMode: 0o440 } },
    serviceAccountVolume(),
    tunnelTokenVolume(options),
    ...(proxy?.secretName !== undefined
      ? [{ name: 'proxy', secret: { secretName: proxy.secretName, defaultMode: 0o440 } }]
      : []),
  ];
  const selector = { 'app.kubernetes.io/name': 'sallyport-agent', 'app.kubernetes.io/instance': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: options.replicas,
      selector: { matchLabels: selector },
      // A new agent is up before an old one goes.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels: { ...labels, ...selector } },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_532,
            runAsGroup: 65_532,
            fsGroup: 65_532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container],
          volumes,
        },
      },
    },
  };
}

/** A token that is of no use but to show the server in which cluster the agent runs. */
function tunnelTokenVolume({ clusterId }: WorkloadOptions): Readonly<Record<string, unknown>> {
  const audience = tunnelTokenAudience(clusterId as ClusterId);
  return {
    name: 'tunnel-token',
    projected: {
      defaultMode: 0o440,
      sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds: 3_600 } }],
    },
  };
}

/** The service account by hand, with a token of one hour that the kubelet rotates, also on clusters before 1.21. */
function serviceAccountVolume(): Readonly<Record<string, unknown>> {
  return {
    name: 'service-account',
    projected: {
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3_600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
