import { z } from 'zod';
import { auditFilters } from './audit-filters.ts';
import { instant } from './instant.ts';
import { durationSchema, idSchema as id } from './names.ts';

const strings = z.array(z.string());
const json = z.record(z.string(), z.unknown());

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
      /** What it asked of a cluster, in the words of kube-apiserver. */
      attributes: z
        .object({
          kind: z.enum(['resource', 'nonResource']),
          verb: z.string(),
          apiGroup: z.string().optional(),
          apiVersion: z.string().optional(),
          resource: z.string().optional(),
          subresource: z.string().optional(),
          namespace: z.string().optional(),
          name: z.string().optional(),
        })
        .optional(),
      userAgent: z.string().optional(),
      kubectlCommand: z.string().optional(),
      kubectlSession: z.string().optional(),
      /** The way in of the web UI: its pages (`web`), or kubectl in the browser. Absent: kubectl or another client. */
      channel: z.enum(['web', 'webKubectl']).optional(),
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
      reason: z.string().optional(),
    })
    .optional(),
  /** What a write changed, as JSON Patch (RFC 6902), with what is secret masked. */
  change: z
    .object({
      patch: z.array(json).optional(),
      undo: z.array(json).optional(),
      body: json.optional(),
      omitted: z.string().optional(),
    })
    .optional(),
  recordingId: z.string().optional(),
  /** Further facts; which ones there are depends on the code. */
  details: json.optional(),
});

/** Most audit events of one page. */
export const MAX_AUDIT_PAGE_SIZE = 1_000;

const paging = {
  /** How many at the most; 1 to 1,000, default 100. */
  limit: z.coerce.number().int().min(1).max(MAX_AUDIT_PAGE_SIZE).default(100),
  /** `metadata.continue` of the page before, unchanged, with the same filters. */
  continue: z.string().max(1_024).optional(),
};
const order = z.enum(['newest', 'oldest']).default('newest');
/** Paths that are wanted, separated by commas, e.g. `at,code,principal.userName`. Absent: all. */
const fields = z.string().max(1_024).optional();

/** Query of the listing of audit events. */
export const auditQuerySchema = z.strictObject({ ...auditFilters, ...paging, order, fields });

/** Query of one audit event. */
export const auditEventQuerySchema = z.strictObject({ fields });

/** Where the next page goes on; there is no count of all, which would cost more than the page. */
const pageSchema = z.object({ continue: z.string().optional() });

/** A page of audit events. Its last page has no `continue`. */
export const auditEventListSchema = z.object({ items: z.array(auditEventSchema), metadata: pageSchema });

/** Media types of exports, by the word for each. `ndjson` has one event on each line. */
export const AUDIT_EXPORT_FORMATS = { ndjson: 'application/x-ndjson', csv: 'text/csv' } as const;

/** Query of an export: what is there when it begins. */
export const auditExportQuerySchema = z.strictObject({
  ...auditFilters,
  format: z.enum(['ndjson', 'csv']).default('ndjson'),
  order,
  /** As in the listing; columns of CSV. */
  fields,
});

/** Query of the live tail. Its events go by their place in the log, not by time. */
export const auditTailQuerySchema = z.strictObject(auditFilters);

/** What audit events are counted by. */
export const AUDIT_COUNT_FIELDS = [
  'code',
  'category',
  'severity',
  'user',
  'cluster',
  'namespace',
  'resource',
  'verb',
  'effect',
  'ended',
  'status',
  'errorCode',
  'sourceAddress',
  'kubectlCommand',
] as const;

/** One of {@link AUDIT_COUNT_FIELDS}. */
export type AuditCountField = (typeof AUDIT_COUNT_FIELDS)[number];

/** Query of counts. Without `from`, the 24 hours before `to`. */
export const auditAggregateQuerySchema = z.strictObject({
  ...auditFilters,
  /** Counts each value of this field. */
  by: z.enum(AUDIT_COUNT_FIELDS).optional(),
  /** How many values at the most, the most frequent first. */
  top: z.coerce.number().int().min(1).max(50).default(10),
  /** Counts each span of time, e.g. `1h`; at most 1,000 of them. */
  interval: durationSchema.optional(),
});

const countSchema = z.object({ value: z.string(), count: z.int().min(0) });

/** Counts of audit events. */
export const auditAggregateSchema = z.object({
  from: instant,
  to: instant,
  /** How many events there are in all. */
  total: z.int().min(0),
  /** Whether all were counted: beyond 500,000, only the newest are. */
  isComplete: z.boolean(),
  /** The most frequent values. Events without the field count nowhere but in `total`. */
  values: z.array(countSchema).optional(),
  /** How many events have a value that is not among `values`. */
  others: z.int().min(0).optional(),
  /** Spans of time, oldest first; those without events are there too. */
  buckets: z
    .array(z.object({ at: instant, count: z.int().min(0), values: z.array(countSchema).optional() }))
    .optional(),
});

/** Query of kubectl commands: filters are those of requests. */
export const kubectlCommandQuerySchema = z.strictObject({
  from: auditFilters.from,
  to: auditFilters.to,
  principal: auditFilters.principal,
  user: auditFilters.user,
  cluster: auditFilters.cluster,
  project: auditFilters.project,
  kubectlSession: auditFilters.kubectlSession,
  loginSession: auditFilters.loginSession,
  limit: z.coerce.number().int().min(1).max(100).default(50),
  continue: paging.continue,
});

/** One call of kubectl with the requests that it made. */
export const kubectlCommandSchema = z.object({
  /** Id of its first request. */
  id: z.string(),
  /** What kubectl says that it is, e.g. `kubectl get`; else what its first request asks for. */
  command: z.string(),
  /** `session`: kubectl named its requests. `correlated`: put together by person, cluster, client and time. */
  groupedBy: z.enum(['session', 'correlated']),
  user: z.string(),
  principalId: id('principal').optional(),
  clusterId: id('cluster').optional(),
  cluster: z.string().optional(),
  kubectlSession: z.string().optional(),
  userAgent: z.string().optional(),
  startedAt: instant,
  /** From the first request to the last answer, in milliseconds. Absent while one of them runs. */
  durationMs: z.int().min(0).optional(),
  /** `denied` and `failed` when one of its requests was. */
  outcome: z.enum(['running', 'succeeded', 'denied', 'failed', 'interrupted']),
  requestCount: z.int().min(1),
  /** Ids of its requests, oldest first, at most 100. */
  requests: strings,
  /** Ids of recordings of its terminals. */
  recordings: strings,
});

/** kubectl commands, newest first. */
export const kubectlCommandListSchema = z.object({ items: z.array(kubectlCommandSchema), metadata: pageSchema });

/** One audit event; see {@link auditEventSchema}. */
export type AuditEventResource = z.infer<typeof auditEventSchema>;
/** A page of audit events; see {@link auditEventListSchema}. */
export type AuditEventList = z.infer<typeof auditEventListSchema>;
/** Counts; see {@link auditAggregateSchema}. */
export type AuditAggregate = z.infer<typeof auditAggregateSchema>;
/** One call of kubectl; see {@link kubectlCommandSchema}. */
export type KubectlCommandResource = z.infer<typeof kubectlCommandSchema>;
/** kubectl commands; see {@link kubectlCommandListSchema}. */
export type KubectlCommandList = z.infer<typeof kubectlCommandListSchema>;
