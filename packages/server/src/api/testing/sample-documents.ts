import { API_VERSION, type KindName, type ResourceDocument } from '@sallyport/core/api';

/** Kinds whose resources live in an organization. */
export type InnerKind = Exclude<KindName, 'Installation' | 'Organization'>;

/** Name of the thing of a kind that belongs to the family `family`. */
export function nameIn(family: string, kind: KindName): string {
  return kind === 'User' ? `${family}@example.com` : family;
}

/** A document of each kind, called after its family, which refers to others of the family wherever it can. */
export function sampleDocument(kind: InnerKind, family: string, text: string): ResourceDocument<InnerKind> {
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: { name: nameIn(family, kind), labels: { owner: text } },
    spec: SPECS[kind](family, text),
  } as ResourceDocument<InnerKind>;
}

const subjects = (family: string) => [
  { kind: 'User', name: nameIn(family, 'User') },
  { kind: 'Group', name: family },
  { kind: 'ServiceAccount', name: family },
  { kind: 'WorkloadIdentity', name: family },
  { kind: 'Group', name: 'staff', identityProvider: family },
];

const SPECS: { readonly [Kind in InnerKind]: (family: string, text: string) => object } = {
  Project: (_, description) => ({ description }),
  Cluster: (family, description) => ({ description, project: family, sharedWith: ['default'], location: description }),
  IdentityProvider: (family, displayName) => ({
    displayName,
    oidc: { issuer: `https://${family}.example.com`, clientId: displayName, clientSecret: `secret of ${displayName}` },
  }),
  User: (_, displayName) => ({ displayName, email: `${displayName}@example.com` }),
  ServiceAccount: (_, description) => ({ description }),
  WorkloadIdentity: (family, description) => ({
    description,
    issuer: `https://ci.${family}.example.com`,
    audiences: [description],
    condition: 'claims.sub == "job"',
  }),
  Group: (family, description) => ({
    description,
    users: [nameIn(family, 'User')],
    serviceAccounts: [family],
  }),
  Role: (_, description) => ({
    description,
    permissions: ['clusters.read'],
    kubernetes: { clusterRoles: ['view'], rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  }),
  Binding: (family, description) => ({
    description,
    role: family,
    subjects: subjects(family),
    scope: { kind: 'projects', projects: [family] },
  }),
  AccessPolicy: (family, description) => ({
    description,
    subjects: subjects(family),
    scope: { kind: 'clusters', clusters: [family] },
    deny: [{ rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['nodes'] }], message: description }],
  }),
  RequestPolicy: (family, description) => ({
    description,
    requesters: subjects(family),
    roles: [family],
    scope: { kind: 'clusters', clusters: [family] },
    maxDuration: '4h',
    steps: [{ reviewers: subjects(family) }],
  }),
  NotificationChannel: (family, description) => ({
    description,
    events: ['accessRequest.created'],
    // Its address is nobody's: nothing is looked up or sent.
    disabled: true,
    webhook: {
      url: `https://${family}.example.com/hook`,
      secret: `whsec_${Buffer.from(description.padEnd(24, '.').slice(0, 64)).toString('base64')}`,
      reviewsAs: family,
    },
  }),
  AuditSink: (family, description) => ({
    description,
    // Its address is nobody's: nothing is looked up or sent.
    disabled: true,
    otlp: { url: `https://${family}.example.com/v1/logs`, authorization: `secret of ${description}` },
  }),
};

/** All of them, in the order in which they can be made. */
export const INNER_KINDS = Object.keys(SPECS) as readonly InnerKind[];

const REFERENCES: Partial<Readonly<Record<KindName, RegExp>>> = {
  Cluster: /^spec\.(project|sharedWith\.\d+)$/,
  Group: /^spec\.(users|serviceAccounts)\.\d+$/,
  // Groups of an identity provider are whatever it states: of the last subject only the provider refers to something.
  Binding: /^spec\.(role|subjects\.[0-3]\.name|subjects\.4\.identityProvider|scope\.\w+\.\d+)$/,
  RequestPolicy:
    /^spec\.(roles\.\d+|(requesters|steps\.0\.reviewers)\.([0-3]\.name|4\.identityProvider)|scope\.\w+\.\d+)$/,
  NotificationChannel: /^spec\.webhook\.reviewsAs$/,
  AccessPolicy: /^spec\.(subjects\.[0-3]\.name|subjects\.4\.identityProvider|scope\.\w+\.\d+)$/,
};

/** Whether the text at a place of a {@link sampleDocument} names another resource. */
export function isReference(kind: KindName, path: readonly string[]): boolean {
  return REFERENCES[kind]?.test(path.join('.')) ?? false;
}
