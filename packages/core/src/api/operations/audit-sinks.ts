import { z } from 'zod';
import type { Operation } from './operation.ts';

/** What a test of an audit sink came to. */
export const auditSinkTestSchema = z.object({
  isDelivered: z.boolean(),
  /** Why not. */
  error: z.string().optional(),
});

/** What a test of an audit sink came to; see {@link auditSinkTestSchema}. */
export type AuditSinkTest = z.infer<typeof auditSinkTestSchema>;

/** Operations on audit sinks beside those of every resource. */
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
} as const satisfies Readonly<Record<string, Operation>>;
