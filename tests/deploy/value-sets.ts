/** Values that the charts are rendered with, by what they are for: each uses what the others leave out. */
import { manifestValues } from '@sallyport/agent/manifest';
import { SAMPLE_MANIFEST } from '../../packages/agent/src/testing/sample-manifest.ts';
import type { ChartName } from './render/index.ts';

/** Values by what they are for. */
export type ValueSets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const server = {
  publicUrl: 'https://sallyport.example.com',
  secrets: { encryptionKey: { name: 'sallyport-encryption-key' } },
};
const database = {
  ...server,
  secrets: { ...server.secrets, database: { name: 'sallyport-database' } },
};
const agent = manifestValues(SAMPLE_MANIFEST);
const peer = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };
const pod = {
  extraEnv: [{ name: 'TZ', value: 'UTC' }],
  extraVolumes: [{ name: 'extra', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
  podAnnotations: { 'example.com/scrape': 'true' },
  podLabels: { 'example.com/team': 'platform' },
  imagePullSecrets: [{ name: 'pull' }],
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { nodeAffinity: {} },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { 'example.com/team': 'platform' } },
    },
  ],
  priorityClassName: 'system-cluster-critical',
  hostAliases: [{ ip: '192.0.2.1', hostnames: ['login.example.com'] }],
  image: {
    repository: 'registry.example.com:5000/team/image',
    digest: `sha256:${'0'.repeat(64)}`,
    pullPolicy: 'Always',
  },
};

/** Every set of values that a chart is tried with. */
export const VALUE_SETS: Readonly<Record<ChartName, ValueSets>> = {
  'sallyport-server': {
    'one replica with the embedded database': server,
    'several replicas on PostgreSQL': { ...database, replicas: 3 },
    'several replicas without volumes': { ...database, replicas: 2, persistence: { enabled: false } },
    'as many replicas as their CPU needs': { ...database, autoscaling: { enabled: true } },
    'secrets that are there already': {
      ...database,
      secrets: {
        ...database.secrets,
        database: { name: 'sallyport-database', key: 'uri', directKey: 'direct' },
        files: { company: 'sallyport-oidc' },
      },
      config: {
        identityProviders: [
          {
            name: 'company',
            issuer: 'https://login.example.com',
            clientId: 'sallyport',
            clientSecretFile: '/etc/sallyport/secrets/company/client-secret',
          },
        ],
        bindings: [{ role: 'owner', identityProvider: 'company', group: 'platform' }],
      },
    },
    'an own certificate and own authorities': {
      ...server,
      tls: { existingSecret: 'sallyport-tls' },
      ca: { existingConfigMap: 'company-ca' },
    },
    'people behind an Ingress': {
      ...database,
      agents: { enabled: true, loadBalancerIP: '192.0.2.7', externalTrafficPolicy: 'Local', annotations: { a: 'b' } },
      ingress: { enabled: true, className: 'web', tlsSecret: 'sallyport-tls', annotations: { a: 'b' } },
      config: { agents: { serverName: 'agents.example.com' } },
    },
    'people and agents at a load balancer': {
      ...database,
      service: { type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24'], annotations: { a: 'b' } },
    },
    'a network policy': {
      ...database,
      metrics: { enabled: true },
      networkPolicy: {
        enabled: true,
        from: [peer],
        metricsFrom: [peer],
        egress: [{ ports: [{ port: 5432, protocol: 'TCP' }] }],
      },
    },
    'everything about the pods': {
      ...server,
      ...pod,
      nameOverride: 'access',
      serviceAccount: { annotations: { a: 'b' } },
      persistence: { size: '10Gi', storageClass: 'fast', whenDeleted: 'Delete' },
    },
    'a ServiceAccount that is there already': { ...server, serviceAccount: { existing: 'default' } },
  },
  'sallyport-agent': {
    'as a cluster is registered': agent,
    'every ceiling': { ...agent, ceiling: ['view', 'edit', 'admin', 'cluster-admin'] },
    'constrained impersonation': { ...agent, constrainedImpersonation: true },
    'bound people': { ...agent, upstreamMode: 'managed', generatedRules: true },
    'people as accounts': { ...agent, upstreamMode: 'serviceAccounts' },
    'a join token that is there already': { ...agent, joinToken: '', existingJoinSecret: 'join' },
    'a proxy with a password': { ...agent, proxy: { url: 'http://proxy.example.com:3128', existingSecret: 'proxy' } },
    'tunnels straight over TLS': { ...agent, tunnelLink: 'tls' },
    'a network policy and a disruption budget': {
      ...agent,
      podDisruptionBudget: { enabled: true },
      networkPolicy: { enabled: true, metricsFrom: [peer], egress: [{ ports: [{ port: 443, protocol: 'TCP' }] }] },
    },
    'everything about the pods': { ...agent, ...pod, nameOverride: 'agent-2', replicas: 3 },
  },
};
