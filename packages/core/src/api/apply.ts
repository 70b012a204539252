import { z } from 'zod';
import { kinds } from './kinds/index.ts';

/** Most resources of one document set. */
export const MAX_APPLY_RESOURCES = 5_000;

/** Body of an application of documents. */
export const applySchema = z.strictObject({
  /** Documents in any order; the server brings them into the order of their references. */
  resources: z
    .array(
      z.discriminatedUnion('kind', [
        kinds.Project.document,
        kinds.Cluster.document,
        kinds.IdentityProvider.document,
        kinds.User.document,
        kinds.ServiceAccount.document,
        kinds.WorkloadIdentity.document,
        kinds.Group.document,
        kinds.Role.document,
        kinds.Binding.document,
        kinds.AccessPolicy.document,
        kinds.RequestPolicy.document,
        kinds.NotificationChannel.document,
        kinds.AuditSink.document,
      ]),
    )
    .max(MAX_APPLY_RESOURCES),
  /** Decide and check everything, change nothing. */
  dryRun: z.boolean().default(false),
  /**
   * Delete what an earlier application with this set name made and what is no longer among the resources. The name is
   * kept on each resource as the label `sallyport.dev/apply-set`.
   */
  pruneSet: z.string().min(1).max(63).optional(),
});

/** What became, or would become, of one resource. */
export const applyResultSchema = z.object({
  /** Place in the `resources` of the body; absent for what was pruned. */
  index: z.int().min(0).optional(),
  kind: z.string(),
  name: z.string(),
  action: z.enum(['created', 'updated', 'unchanged', 'deleted', 'failed', 'skipped']),
  /** Why it failed. */
  problem: z
    .object({ code: z.string(), message: z.string(), path: z.string().optional(), nextStep: z.string().optional() })
    .optional(),
});

/** Outcome of an application: of all resources, whether it was carried out or not. */
export const applyReportSchema = z.object({
  /** Whether the changes were made. `false` for a dry run, and when anything failed: then nothing was changed at all. */
  isApplied: z.boolean(),
  results: z.array(applyResultSchema),
});

/** Documents to be applied together; see {@link applySchema}. */
export type ApplyRequest = z.input<typeof applySchema>;
/** What became of one resource; see {@link applyResultSchema}. */
export type ApplyResult = z.infer<typeof applyResultSchema>;
/** Outcome of an application; see {@link applyReportSchema}. */
export type ApplyReport = z.infer<typeof applyReportSchema>;
