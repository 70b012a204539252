import { z } from 'zod';
import { AUDIT_METRICS_FORMATS, auditDeliverySchema } from '../audit-delivery.ts';
import type { Operation } from './operation.ts';

/** What a test of an audit sink came to. */
export const auditSinkTestSchema = z.object({
  isDelivered: z.boolean(),
  /** Why not. */
  error: z.string().optional(),
});

/** What a test of an audit sink came to; see {@link auditSinkTestSchema}. */
export type AuditSinkTest = z.infer<typeof auditSinkTestSchema>;

/** Operations on audit sinks beside those of every resource, and on what is configured beside them. */
export const auditSinkOperations = {
  testAuditSink: {
    method: 'POST',
    path: '/organizations/{organization}/audit-sinks/{name}/test',
    summary:
      'Writes an event that says so and sends it to an audit sink at once, ahead of what waits, and says what came of it',
    permission: 'auditSinks.update',
    response: auditSinkTestSchema,
    status: 200,
  },
  getAuditDelivery: {
    method: 'GET',
    path: '/installation/audit-delivery',
    summary: 'Shows how far the audit sinks and witnesses of the whole installation are behind, and why',
    permission: 'installation.read',
    response: auditDeliverySchema,
    status: 200,
  },
  getAuditDeliveryMetrics: {
    method: 'GET',
    path: '/installation/audit-delivery/metrics',
    summary: 'Shows how far audit sinks and witnesses are behind as OpenMetrics, for monitoring',
    permission: 'installation.read',
    response: z.string(),
    formats: AUDIT_METRICS_FORMATS,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
