/** A message: the fields of it that are read, by number; one without a name stands for the fields inside it. Others are passed over. */
export interface Shape {
  readonly [field: number]: readonly [name: string, type: FieldShape];
}

/** Type of a field. `texts` and `list` are repeated ones, `map` one from text to text. */
export type FieldShape = 'text' | 'texts' | 'number' | 'bool' | 'map' | { readonly list: Shape } | Shape;

// Field numbers as in the API's generated.proto files (kubernetes/kubernetes, staging/src/k8s.io/api). They never change.
const OBJECT_META: Shape = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  6: ['resourceVersion', 'text'],
  12: ['annotations', 'map'],
};
const TYPED: Shape = { 1: ['type', 'text'] };
const SE_LINUX: Shape = { 1: ['user', 'text'], 2: ['role', 'text'], 3: ['type', 'text'] };
const WINDOWS: Shape = { 4: ['hostProcess', 'bool'] };
const SECURITY_CONTEXT: Shape = {
  1: ['capabilities', { 1: ['add', 'texts'] }],
  2: ['privileged', 'bool'],
  3: ['seLinuxOptions', SE_LINUX],
  9: ['procMount', 'text'],
  10: ['windowsOptions', WINDOWS],
  11: ['seccompProfile', TYPED],
  12: ['appArmorProfile', TYPED],
};
const POD_SECURITY_CONTEXT: Shape = {
  1: ['seLinuxOptions', SE_LINUX],
  7: ['sysctls', { list: { 1: ['name', 'text'] } }],
  8: ['windowsOptions', WINDOWS],
  10: ['seccompProfile', TYPED],
  11: ['appArmorProfile', TYPED],
};
const CONTAINER: Shape = {
  6: ['ports', { list: { 2: ['hostPort', 'number'] } }],
  15: ['securityContext', SECURITY_CONTEXT],
};
const HOST_PATH: Shape = { 1: ['path', 'text'] };
const POD_SPEC: Shape = {
  1: ['volumes', { list: { 2: ['', { 1: ['hostPath', HOST_PATH] }] } }],
  2: ['containers', { list: CONTAINER }],
  11: ['hostNetwork', 'bool'],
  12: ['hostPID', 'bool'],
  13: ['hostIPC', 'bool'],
  14: ['securityContext', POD_SECURITY_CONTEXT],
  20: ['initContainers', { list: CONTAINER }],
  34: ['ephemeralContainers', { list: { 1: ['', CONTAINER] } }],
};
const POD: Shape = { 1: ['metadata', OBJECT_META], 2: ['spec', POD_SPEC] };
const JOB_SPEC: Shape = { 6: ['template', POD] };

const METADATA_ONLY: Shape = { 1: ['metadata', OBJECT_META] };
const withSpec = (spec: Shape): Shape => ({ ...METADATA_ONLY, 2: ['spec', spec] });
const withTemplateAt = (field: number): Shape => withSpec({ [field]: ['template', POD] });

/** Kinds in which a pod can be written, or which hold tokens. */
const TELLING: Readonly<Record<string, Shape>> = {
  Pod: POD,
  PodTemplate: { ...METADATA_ONLY, 2: ['template', POD] },
  ReplicationController: withTemplateAt(3),
  Deployment: withTemplateAt(3),
  StatefulSet: withTemplateAt(3),
  ReplicaSet: withTemplateAt(3),
  DaemonSet: withTemplateAt(2),
  Job: withSpec(JOB_SPEC),
  CronJob: withSpec({ 5: ['jobTemplate', withSpec(JOB_SPEC)] }),
  PersistentVolume: withSpec({ 2: ['', { 3: ['hostPath', HOST_PATH], 20: ['local', HOST_PATH] }] }),
  Secret: { ...METADATA_ONLY, 3: ['type', 'text'] },
};

/** Kinds in which neither can be. Others, which a later version may bring, are not read as protobuf. */
const PLAIN_KINDS = [
  ...['Binding', 'ConfigMap', 'Endpoints', 'Event', 'LimitRange', 'Namespace', 'Node', 'PersistentVolumeClaim'],
  ...['ResourceQuota', 'Service', 'ServiceAccount', 'EndpointSlice', 'Lease', 'PodDisruptionBudget', 'Eviction'],
  ...['HorizontalPodAutoscaler', 'Scale', 'Ingress', 'IngressClass', 'NetworkPolicy', 'IPAddress', 'ServiceCIDR'],
  ...['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'CertificateSigningRequest', 'PriorityClass'],
  ...['StorageClass', 'VolumeAttachment', 'CSIDriver', 'CSINode', 'CSIStorageCapacity', 'VolumeAttributesClass'],
  ...['RuntimeClass', 'FlowSchema', 'PriorityLevelConfiguration', 'APIService', 'CustomResourceDefinition'],
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'ValidatingAdmissionPolicy'],
  ...['ValidatingAdmissionPolicyBinding', 'TokenRequest', 'TokenReview', 'SubjectAccessReview'],
  ...['LocalSubjectAccessReview', 'SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SelfSubjectReview'],
];

const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ...PLAIN_KINDS.map((kind) => [kind, METADATA_ONLY] as const),
  ...Object.entries(TELLING),
]);

/** What is read of a kind of the API server's own, as far as decisions need it. `undefined`: not known here. */
export function shapeOf(kind: string): Shape | undefined {
  return SHAPES.get(kind);
}
