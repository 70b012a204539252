/** A message: field numbers to names and types. */
export type Shape = { readonly [field: number]: readonly [name: string, type: FieldShape] };

/**
 * Type of a field. Go writes zero values of plain fields too, which JSON leaves out: `text`, `number` and `bool` drop
 * them, `pointer` (a number that may be absent) keeps 0. `many` is a repeated message.
 */
export type FieldShape =
  | 'text'
  | 'texts'
  | 'number'
  | 'pointer'
  | 'bool'
  | 'map'
  | 'bytesMap'
  | 'quantityMap'
  | 'intOrString'
  | { readonly many: Shape }
  | Shape;

const OBJECT_META: Shape = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  5: ['uid', 'text'],
  6: ['resourceVersion', 'text'],
  11: ['labels', 'map'],
  12: ['annotations', 'map'],
};

const LABEL_SELECTOR: Shape = {
  1: ['matchLabels', 'map'],
  2: ['matchExpressions', { many: { 1: ['key', 'text'], 2: ['operator', 'text'], 3: ['values', 'texts'] } }],
};

const CONTAINER: Shape = {
  1: ['name', 'text'],
  2: ['image', 'text'],
  3: ['command', 'texts'],
  4: ['args', 'texts'],
  5: ['workingDir', 'text'],
  6: [
    'ports',
    {
      many: { 1: ['name', 'text'], 2: ['hostPort', 'number'], 3: ['containerPort', 'number'], 4: ['protocol', 'text'] },
    },
  ],
  7: ['env', { many: { 1: ['name', 'text'], 2: ['value', 'text'] } }],
  8: ['resources', { 1: ['limits', 'quantityMap'], 2: ['requests', 'quantityMap'] }],
  14: ['imagePullPolicy', 'text'],
  16: ['stdin', 'bool'],
  17: ['stdinOnce', 'bool'],
  18: ['tty', 'bool'],
};

const POD_TEMPLATE: Shape = {
  1: ['metadata', OBJECT_META],
  2: [
    'spec',
    { 2: ['containers', { many: CONTAINER }], 3: ['restartPolicy', 'text'], 8: ['serviceAccountName', 'text'] },
  ],
};

const SERVICE_PORT: Shape = {
  1: ['name', 'text'],
  2: ['protocol', 'text'],
  3: ['port', 'number'],
  4: ['targetPort', 'intOrString'],
  5: ['nodePort', 'number'],
};

const RULE: Shape = {
  1: ['verbs', 'texts'],
  2: ['apiGroups', 'texts'],
  3: ['resources', 'texts'],
  4: ['resourceNames', 'texts'],
  5: ['nonResourceURLs', 'texts'],
};
const ROLE: Shape = { 1: ['metadata', OBJECT_META], 2: ['rules', { many: RULE }] };
const BINDING: Shape = {
  1: ['metadata', OBJECT_META],
  2: [
    'subjects',
    { many: { 1: ['kind', 'text'], 2: ['apiGroup', 'text'], 3: ['name', 'text'], 4: ['namespace', 'text'] } },
  ],
  3: ['roleRef', { 1: ['apiGroup', 'text'], 2: ['kind', 'text'], 3: ['name', 'text'] }],
};

const RESOURCE_ATTRIBUTES: Shape = {
  1: ['namespace', 'text'],
  2: ['verb', 'text'],
  3: ['group', 'text'],
  4: ['version', 'text'],
  5: ['resource', 'text'],
  6: ['subresource', 'text'],
  7: ['name', 'text'],
};
const REVIEW: Shape = {
  1: ['resourceAttributes', RESOURCE_ATTRIBUTES],
  2: ['nonResourceAttributes', { 1: ['path', 'text'], 2: ['verb', 'text'] }],
};
const SUBJECT_REVIEW: Shape = { ...REVIEW, 3: ['user', 'text'], 4: ['groups', 'texts'], 6: ['uid', 'text'] };
const TOKEN_REQUEST: Shape = {
  1: ['audiences', 'texts'],
  3: ['boundObjectRef', { 1: ['kind', 'text'], 2: ['apiVersion', 'text'], 3: ['name', 'text'], 4: ['uid', 'text'] }],
  4: ['expirationSeconds', 'pointer'],
};

const of = (spec?: Shape): Shape => ({ 1: ['metadata', OBJECT_META], ...(spec && { 2: ['spec', spec] as const }) });

/** Kinds whose bodies kubectl 1.32 to 1.36 send in protobuf; field numbers as in the API's generated.proto files. */
export const PROTOBUF_SHAPES: Readonly<Record<string, Shape>> = {
  ConfigMap: {
    1: ['metadata', OBJECT_META],
    2: ['data', 'map'],
    3: ['binaryData', 'bytesMap'],
    4: ['immutable', 'bool'],
  },
  Secret: { 1: ['metadata', OBJECT_META], 2: ['data', 'bytesMap'], 3: ['type', 'text'], 4: ['stringData', 'map'] },
  Namespace: of(),
  ServiceAccount: of(),
  Service: of({
    1: ['ports', { many: SERVICE_PORT }],
    2: ['selector', 'map'],
    3: ['clusterIP', 'text'],
    4: ['type', 'text'],
    10: ['externalName', 'text'],
  }),
  Deployment: of({ 1: ['replicas', 'pointer'], 2: ['selector', LABEL_SELECTOR], 3: ['template', POD_TEMPLATE] }),
  Job: of({
    1: ['parallelism', 'pointer'],
    2: ['completions', 'pointer'],
    4: ['selector', LABEL_SELECTOR],
    6: ['template', POD_TEMPLATE],
    7: ['backoffLimit', 'pointer'],
  }),
  Role: ROLE,
  ClusterRole: ROLE,
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  SelfSubjectAccessReview: of(REVIEW),
  SubjectAccessReview: of(SUBJECT_REVIEW),
  LocalSubjectAccessReview: of(SUBJECT_REVIEW),
  SelfSubjectRulesReview: of({ 1: ['namespace', 'text'] }),
  SelfSubjectReview: of(),
  TokenRequest: of(TOKEN_REQUEST),
  TokenReview: of({ 1: ['token', 'text'], 2: ['audiences', 'texts'] }),
  DeleteOptions: {
    1: ['gracePeriodSeconds', 'pointer'],
    3: ['orphanDependents', 'bool'],
    4: ['propagationPolicy', 'text'],
    5: ['dryRun', 'texts'],
  },
  Eviction: { 1: ['metadata', OBJECT_META], 2: ['deleteOptions', { 1: ['gracePeriodSeconds', 'pointer'] }] },
};
