import type { ResourceKind, Subresource } from './kinds.ts';

const STORED = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS: Subresource = { name: 'status', verbs: ['get', 'patch', 'update'] };
const SCALE: Subresource = {
  name: 'scale',
  verbs: ['get', 'patch', 'update'],
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
};
const own = (name: string, ...verbs: string[]): Subresource => ({ name, verbs });
const connect = (name: string, kind: string): Subresource => ({
  name,
  verbs: ['create', 'get'],
  kind: { group: '', version: 'v1', kind },
});
const proxy = (kind: string): Subresource => ({
  name: 'proxy',
  verbs: ['create', 'delete', 'get', 'patch', 'update'],
  kind: { group: '', version: 'v1', kind },
});

interface Row {
  readonly short?: string;
  readonly all?: boolean;
  readonly cluster?: boolean;
  readonly verbs?: readonly string[];
  readonly subresources?: readonly Subresource[];
  readonly singular?: string;
}

function row(groupVersion: string, resource: string, schema: string, options: Row = {}): ResourceKind {
  const slash = groupVersion.indexOf('/');
  const kind = schema.slice(schema.lastIndexOf('.') + 1);
  return {
    group: slash === -1 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    resource,
    singular: options.singular ?? kind.toLowerCase(),
    kind,
    namespaced: !options.cluster,
    shortNames: options.short?.split(' ') ?? [],
    categories: options.all ? ['all'] : [],
    verbs: options.verbs ?? STORED,
    subresources: options.subresources ?? [],
    schema,
  };
}

const POD_SUBRESOURCES: readonly Subresource[] = [
  STATUS,
  own('log', 'get'),
  own('ephemeralcontainers', 'get', 'patch', 'update'),
  own('resize', 'get', 'patch', 'update'),
  connect('exec', 'PodExecOptions'),
  connect('attach', 'PodAttachOptions'),
  connect('portforward', 'PodPortForwardOptions'),
  proxy('PodProxyOptions'),
  { name: 'binding', verbs: ['create'], kind: { group: '', version: 'v1', kind: 'Binding' } },
  { name: 'eviction', verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
];

const TOKEN: Subresource = {
  name: 'token',
  verbs: ['create'],
  kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
};

/** The built-in kinds of 1.36 that the fake serves, in discovery order. */
export const KIND_ROWS: readonly ResourceKind[] = [
  row('v1', 'configmaps', 'core.v1.ConfigMap', { short: 'cm' }),
  row('v1', 'endpoints', 'core.v1.Endpoints', { short: 'ep' }),
  row('v1', 'events', 'core.v1.Event', { short: 'ev' }),
  row('v1', 'limitranges', 'core.v1.LimitRange', { short: 'limits' }),
  row('v1', 'namespaces', 'core.v1.Namespace', {
    short: 'ns',
    cluster: true,
    subresources: [STATUS, own('finalize', 'update')],
    verbs: STORED.filter((verb) => verb !== 'deletecollection'),
  }),
  row('v1', 'nodes', 'core.v1.Node', { short: 'no', cluster: true, subresources: [STATUS, proxy('NodeProxyOptions')] }),
  row('v1', 'persistentvolumeclaims', 'core.v1.PersistentVolumeClaim', { short: 'pvc', subresources: [STATUS] }),
  row('v1', 'persistentvolumes', 'core.v1.PersistentVolume', { short: 'pv', cluster: true, subresources: [STATUS] }),
  row('v1', 'pods', 'core.v1.Pod', { short: 'po', all: true, subresources: POD_SUBRESOURCES }),
  row('v1', 'resourcequotas', 'core.v1.ResourceQuota', { short: 'quota', subresources: [STATUS] }),
  row('v1', 'secrets', 'core.v1.Secret'),
  row('v1', 'serviceaccounts', 'core.v1.ServiceAccount', { short: 'sa', subresources: [TOKEN] }),
  row('v1', 'services', 'core.v1.Service', {
    short: 'svc',
    all: true,
    subresources: [STATUS, proxy('ServiceProxyOptions')],
  }),
  row('apiregistration.k8s.io/v1', 'apiservices', 'apiregistration.v1.APIService', {
    cluster: true,
    subresources: [STATUS],
  }),
  row('apps/v1', 'daemonsets', 'apps.v1.DaemonSet', { short: 'ds', all: true, subresources: [STATUS] }),
  row('apps/v1', 'deployments', 'apps.v1.Deployment', { short: 'deploy', all: true, subresources: [STATUS, SCALE] }),
  row('apps/v1', 'replicasets', 'apps.v1.ReplicaSet', { short: 'rs', all: true, subresources: [STATUS, SCALE] }),
  row('apps/v1', 'statefulsets', 'apps.v1.StatefulSet', { short: 'sts', all: true, subresources: [STATUS, SCALE] }),
  row('authentication.k8s.io/v1', 'selfsubjectreviews', 'authentication.v1.SelfSubjectReview', {
    cluster: true,
    verbs: ['create'],
  }),
  row('authentication.k8s.io/v1', 'tokenreviews', 'authentication.v1.TokenReview', {
    cluster: true,
    verbs: ['create'],
  }),
  row('authorization.k8s.io/v1', 'localsubjectaccessreviews', 'authorization.v1.LocalSubjectAccessReview', {
    verbs: ['create'],
  }),
  row('authorization.k8s.io/v1', 'selfsubjectaccessreviews', 'authorization.v1.SelfSubjectAccessReview', {
    cluster: true,
    verbs: ['create'],
  }),
  row('authorization.k8s.io/v1', 'selfsubjectrulesreviews', 'authorization.v1.SelfSubjectRulesReview', {
    cluster: true,
    verbs: ['create'],
  }),
  row('authorization.k8s.io/v1', 'subjectaccessreviews', 'authorization.v1.SubjectAccessReview', {
    cluster: true,
    verbs: ['create'],
  }),
  row('batch/v1', 'cronjobs', 'batch.v1.CronJob', { short: 'cj', all: true, subresources: [STATUS] }),
  row('batch/v1', 'jobs', 'batch.v1.Job', { all: true, subresources: [STATUS] }),
  row('networking.k8s.io/v1', 'ingresses', 'networking.v1.Ingress', { short: 'ing', subresources: [STATUS] }),
  row('networking.k8s.io/v1', 'networkpolicies', 'networking.v1.NetworkPolicy', { short: 'netpol' }),
  row('policy/v1', 'poddisruptionbudgets', 'policy.v1.PodDisruptionBudget', { short: 'pdb', subresources: [STATUS] }),
  row('rbac.authorization.k8s.io/v1', 'clusterrolebindings', 'rbac.v1.ClusterRoleBinding', { cluster: true }),
  row('rbac.authorization.k8s.io/v1', 'clusterroles', 'rbac.v1.ClusterRole', { cluster: true }),
  row('rbac.authorization.k8s.io/v1', 'rolebindings', 'rbac.v1.RoleBinding'),
  row('rbac.authorization.k8s.io/v1', 'roles', 'rbac.v1.Role'),
  row('storage.k8s.io/v1', 'storageclasses', 'storage.v1.StorageClass', { short: 'sc', cluster: true }),
  row('apiextensions.k8s.io/v1', 'customresourcedefinitions', 'apiextensions.v1.CustomResourceDefinition', {
    short: 'crd crds',
    cluster: true,
    subresources: [STATUS],
  }),
  row('coordination.k8s.io/v1', 'leases', 'coordination.v1.Lease'),
  row('metrics.k8s.io/v1beta1', 'nodes', 'NodeMetrics', { cluster: true, verbs: ['get', 'list'], singular: '' }),
  row('metrics.k8s.io/v1beta1', 'pods', 'PodMetrics', { verbs: ['get', 'list'], singular: '' }),
];
