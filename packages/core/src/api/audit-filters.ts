import { z } from 'zod';
import { instant } from './instant.ts';

const word = z.string().min(1).max(255);

/** Several values separated by commas: one of them. */
const words = z
  .string()
  .min(1)
  .max(1_024)
  .transform((text) => text.split(',').map((each) => each.trim()))
  .pipe(z.array(z.string().min(1)).max(64));

/**
 * Filters of audit events, the same wherever events are read. All that are given must hold. Those that take several values,
 * separated by commas, hold when one of them does.
 */
export const auditFilters = {
  /** Events at this instant or later. */
  from: instant.optional(),
  /** Events before this instant. */
  to: instant.optional(),
  /** Codes, e.g. `login.failed,login.locked`. */
  code: words.optional(),
  /** Categories of the catalogue, e.g. `proxy,login`. */
  category: words.optional(),
  /** Severities, e.g. `warning,critical`. */
  severity: words.optional(),
  /** Id of who acted. */
  principal: word.optional(),
  /** User name of who acted. */
  user: word.optional(),
  /** A group that whoever acted was in. */
  group: word.optional(),
  /** Name or id of a cluster. One that is gone is found too. */
  cluster: word.optional(),
  /** Name of a project: the clusters that are in it now. */
  project: word.optional(),
  namespace: word.optional(),
  /** Plural of a Kubernetes resource, e.g. `pods`. */
  resource: word.optional(),
  /** Name of a Kubernetes object. */
  name: word.optional(),
  /** Kubernetes verbs, e.g. `create,delete`. */
  verb: words.optional(),
  /** API group; `core` for the one without a name. */
  apiGroup: word.optional(),
  /** E.g. `exec`. */
  subresource: word.optional(),
  /** Id of a proxied request. */
  request: word.optional(),
  /** W3C trace id. */
  trace: word.optional(),
  /** `Kubectl-Session` of one call of kubectl. */
  kubectlSession: word.optional(),
  loginSession: word.optional(),
  sourceAddress: word.optional(),
  /** How it was decided. */
  effect: z.enum(['allow', 'deny']).optional(),
  /** How it ended, e.g. `accessEnded,tunnelLost`. */
  ended: words.optional(),
  /** HTTP status that was answered. */
  status: z.coerce.number().int().min(100).max(599).optional(),
  /** Stable code of an error. */
  errorCode: word.optional(),
  /** Id of an access request that is named in any place. */
  accessRequest: word.optional(),
  /** Id of a grant that is named in any place: also as the reason of a decision. */
  grant: word.optional(),
  /** Id of a session recording. */
  recording: word.optional(),
  /**
   * Words of the event, in any letter case: all must be there. `"two words"` side by side, `or` between alternatives, `-` in front
   * of what must not be there.
   */
  q: z.string().min(1).max(256).optional(),
};

/** The filters as the command line and other clients state them. */
export const auditFilterSchema = z.strictObject(auditFilters);

/** Filters of audit events, read; see {@link auditFilters}. */
export type AuditFilter = z.output<typeof auditFilterSchema>;
/** Filters of audit events as they are written into a query. */
export type AuditFilterInput = z.input<typeof auditFilterSchema>;
