/**
 * How access may be used, as one level (organization, project, cluster, user) sets it. Each field only ever restricts; an
 * absent one leaves the matter to the other levels. The strictest of all levels applies.
 */
export interface AccessSettings {
  /** Longest life of a kube credential, in milliseconds. */
  readonly credentialLifetimeMs?: number;
  /** kubectl works only while its user is signed in to the web UI. */
  readonly requireWebSession?: boolean;
  /** No kubectl in the browser. */
  readonly disableWebKubectl?: boolean;
  /** No kubectl outside the browser. */
  readonly disableCliKubectl?: boolean;
  /** Secrets are read only under roles that hold the permission `secrets.read`. */
  readonly secretsForAdminsOnly?: boolean;
  /** Addresses and ranges (CIDR) that requests may come from. An empty list lets nobody in. */
  readonly ipRanges?: readonly string[];
  /** exec and attach work only while they are recorded. */
  readonly requireRecording?: boolean;
  /** What is typed into recorded terminals is recorded as well. */
  readonly recordStdin?: boolean;
  /** What is kept of the objects that writes change. */
  readonly auditChanges?: AuditChanges;
}

/** What audit events may keep of the objects that writes change, from the least to the most. */
export const AUDIT_CHANGES = ['off', 'patch', 'patchAndBody'] as const;

/** See {@link AUDIT_CHANGES}. */
export type AuditChanges = (typeof AUDIT_CHANGES)[number];
