import { z } from 'zod';
import { isDnsLabel } from '../cluster.ts';
import type { IdKind, IdOf } from '../ids.ts';
import { isId } from '../ids.ts';
import { instant } from './instant.ts';

function id<Kind extends IdKind>(kind: Kind) {
  return z.custom<IdOf<Kind>>((value) => typeof value === 'string' && isId(kind, value), { error: `not a ${kind} id` });
}

const MAX_LABELS = 64;
// Names and values as Kubernetes labels take them, so that a selector can be written over both.
const LABEL_NAME = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** A name that fits a path segment and a host name (RFC 1123 label). */
export const dnsLabelSchema = z.string().refine(isDnsLabel, {
  error: 'use at most 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit',
});

/** Labels of a cluster: at most 64, with the syntax of Kubernetes labels. */
export const labelsSchema = z
  .record(z.string().regex(LABEL_NAME, 'not a label name'), z.string().regex(LABEL_VALUE, 'not a label value'))
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, { error: `more than ${MAX_LABELS} labels` });

/** The caller, as the server knows it. */
export const whoAmISchema = z.object({
  principal: z.object({
    id: id('principal'),
    kind: z.enum(['user', 'serviceAccount', 'workload', 'system']),
    issuer: z.string(),
    subjectClaim: z.string(),
    userName: z.string(),
    displayName: z.string(),
    email: z.string().optional(),
    groups: z.array(z.string()),
  }),
  organization: z.object({ id: id('organization'), name: z.string() }),
  loginSession: z.object({ id: id('loginSession'), createdAt: instant, expiresAt: instant }),
  /** What the caller may do in the whole organization. */
  permissions: z.array(z.string()),
});

/** Whether and how a cluster can be reached now. */
export const clusterHealthSchema = z.object({
  /** `pending`: no agent has enrolled yet. */
  status: z.enum(['connected', 'disconnected', 'pending']),
  /** Agents with an open tunnel. */
  connectedAgents: z.int().min(0),
  kubernetesVersion: z.string().optional(),
  nodeCount: z.int().min(0).optional(),
  namespaceCount: z.int().min(0).optional(),
  /** When version and counts were last read. */
  observedAt: instant.optional(),
});

/** A registered cluster, as the caller sees it. */
export const clusterSchema = z.object({
  id: id('cluster'),
  name: z.string(),
  organization: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Names of the roles that the caller holds there. */
  roles: z.array(z.string()),
  health: clusterHealthSchema,
  /** Base address of its Kubernetes API, for a kubeconfig. */
  kubeUrl: z.url(),
});

/** Clusters that the caller may see, by name. */
export const clusterListSchema = z.object({ items: z.array(clusterSchema) });

/** Body that registers a cluster. */
export const registerClusterSchema = z.strictObject({
  name: dnsLabelSchema,
  labels: labelsSchema.optional(),
});

/** A join token in clear: shown once, never again. */
export const joinTokenSchema = z.object({
  id: id('joinToken'),
  token: z.string(),
  expiresAt: instant,
});

/** What an install manifest is filled in with, besides the join token. */
export const installValuesSchema = z.object({
  serverUrl: z.url(),
  /** CA of the front door, to be pinned by the agent. */
  caPem: z.string(),
  clusterId: id('cluster'),
  clusterName: z.string(),
  /** Public keys that capabilities are signed with (JWK Set), to be pinned by the agent. */
  capabilityJwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
  agents: z.object({ address: z.string(), serverName: z.string() }),
});

/** A join token together with what else the agent needs. */
export const registeredClusterSchema = z.object({
  cluster: clusterSchema,
  joinToken: joinTokenSchema,
  install: installValuesSchema,
});

/** A kube credential, good for one cluster only. */
export const kubeCredentialSchema = z.object({
  id: id('credential'),
  clusterId: id('cluster'),
  token: z.string(),
  expiresAt: instant,
});

const strings = z.array(z.string());

/** An audit event as the API tells it. */
export const auditEventSchema = z.object({
  id: id('auditEvent'),
  code: z.string(),
  at: instant,
  severity: z.enum(['info', 'notice', 'warning', 'critical']),
  clusterId: id('cluster').optional(),
  clusterName: z.string().optional(),
  principal: z.object({ id: id('principal'), userName: z.string(), groups: strings, issuer: z.string() }).optional(),
  loginSessionId: id('loginSession').optional(),
  sourceAddress: z.string().optional(),
  traceId: z.string().optional(),
  request: z
    .object({
      id: z.string(),
      method: z.string(),
      path: z.string(),
      userAgent: z.string().optional(),
      kubectlCommand: z.string().optional(),
      kubectlSession: z.string().optional(),
    })
    .optional(),
  decision: z
    .object({
      effect: z.enum(['allow', 'deny']),
      reasons: strings,
      snapshotVersion: z.number(),
      impersonatedUser: z.string().optional(),
      impersonatedGroups: strings.optional(),
    })
    .optional(),
  outcome: z
    .object({
      status: z.number(),
      bytesSent: z.number(),
      bytesReceived: z.number(),
      durationMs: z.number(),
      ended: z.string(),
      errorCode: z.string().optional(),
    })
    .optional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), strings])).optional(),
});

/** Audit events, newest first. */
export const auditEventListSchema = z.object({ items: z.array(auditEventSchema) });

/** Query of the audit listing. */
export const auditQuerySchema = z.strictObject({
  /** How many events at the most; 1 to 1,000, default 100. */
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** Who is signed in, in which organization, with which permissions; see {@link whoAmISchema}. */
export type WhoAmI = z.infer<typeof whoAmISchema>;
/** How a cluster is reached at this moment; see {@link clusterHealthSchema}. */
export type ClusterHealth = z.infer<typeof clusterHealthSchema>;
/** A registered cluster, as the caller may see it; see {@link clusterSchema}. */
export type ClusterResource = z.infer<typeof clusterSchema>;
/** Clusters of an organization that the caller may see; see {@link clusterListSchema}. */
export type ClusterList = z.infer<typeof clusterListSchema>;
/** What registering a cluster takes; see {@link registerClusterSchema}. */
export type RegisterCluster = z.infer<typeof registerClusterSchema>;
/** A join token, shown this once; see {@link joinTokenSchema}. */
export type JoinTokenResource = z.infer<typeof joinTokenSchema>;
/** What an agent is installed with; see {@link installValuesSchema}. */
export type InstallValues = z.infer<typeof installValuesSchema>;
/** Answer to a registration: the cluster, its first join token and the install values; see {@link registeredClusterSchema}. */
export type RegisteredCluster = z.infer<typeof registeredClusterSchema>;
/** A credential for one cluster, shown this once; see {@link kubeCredentialSchema}. */
export type KubeCredentialResource = z.infer<typeof kubeCredentialSchema>;
/** One audit event as the API gives it; see {@link auditEventSchema}. */
export type AuditEventResource = z.infer<typeof auditEventSchema>;
/** A page of audit events, newest first; see {@link auditEventListSchema}. */
export type AuditEventList = z.infer<typeof auditEventListSchema>;
