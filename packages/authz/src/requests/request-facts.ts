import type { ClusterId, Principal, ProjectId } from '@sallyport/core';
import { createExpressionEnvironment, durationValue, type ExpressionEnvironment } from '../cel/environment.ts';
import {
  Facts,
  type Fields,
  factsOf,
  SESSION,
  SessionFacts,
  USER,
  UserFacts,
  type Values,
} from '../conditions/condition-facts.ts';
import type { Scope } from '../policy.ts';
import type { AuthenticationFacts } from '../query.ts';

const REQUEST = {
  role: 'string',
  scope: 'string',
  cluster: 'string',
  clusters: 'list<string>',
  projects: 'list<string>',
  namespaces: 'list<string>',
  hasObjects: 'bool',
  duration: 'duration',
  startsAt: 'timestamp',
  isScheduled: 'bool',
  reason: 'string',
  ticket: 'string',
  isRenewal: 'bool',
  isBreakGlass: 'bool',
} satisfies Fields;

class AskedFacts extends Facts {}
class ReviewerFacts extends Facts {}

/**
 * Everything that the conditions of a request policy may read, with its fields. What is not known, or not there, is missing, and
 * a condition that reads it does not hold (`has(request.ticket) && …` asks first).
 *
 * - `user`: who asks; fields as in the conditions of bindings.
 * - `session`: how whoever acts now signed in: who asks, or in the condition of a step the reviewer.
 * - `request.role`: name of the role.
 * - `request.scope`: kind of the scope: `clusters`, `projects`, `clusterSelector` or `organization`.
 * - `request.clusters`, `request.cluster`: names of the clusters where they are asked for by name; `cluster` only where it is
 *   one.
 * - `request.projects`: names of the projects where they are asked for by name.
 * - `request.namespaces`: names of the namespaces; missing where whole clusters are asked for, or namespaces by labels.
 * - `request.hasObjects`: whether it is narrowed to objects.
 * - `request.duration`: how long, e.g. `request.duration <= duration("1h")`.
 * - `request.startsAt`: when it is to start, at the earliest now; `request.isScheduled`: whether that was said.
 * - `request.reason`, `request.ticket`: as the requester wrote them; `ticket` is missing where none was named.
 * - `request.isRenewal`, `request.isBreakGlass`.
 * - `now`: the instant of the decision.
 */
export const REQUEST_VARIABLES = {
  user: { of: UserFacts, fields: USER },
  session: { of: SessionFacts, fields: SESSION },
  request: { of: AskedFacts, fields: REQUEST },
  now: 'timestamp',
} as const;

/** The same for the conditions of steps, with `reviewer`: who reviews; fields as of `user`. */
export const REVIEW_VARIABLES = { ...REQUEST_VARIABLES, reviewer: { of: ReviewerFacts, fields: USER } } as const;

let environments: { readonly request: ExpressionEnvironment; readonly review: ExpressionEnvironment } | undefined;

/** What conditions of request policies are compiled against. Made when the first of them is compiled. */
export function requestEnvironment(about: 'request' | 'review'): ExpressionEnvironment {
  environments ??= {
    request: createExpressionEnvironment(REQUEST_VARIABLES),
    review: createExpressionEnvironment(REVIEW_VARIABLES),
  };
  return environments[about];
}

/** What is asked for, as far as it is known. */
export interface AskedFor {
  readonly role: string;
  readonly scope?: Scope;
  readonly hasObjects?: boolean;
  readonly durationMs?: number;
  readonly startsAt?: Date;
  readonly reason?: string;
  readonly ticket?: string;
  readonly isRenewal?: boolean;
  readonly isBreakGlass?: boolean;
}

/** Names of what a scope refers to by id. */
export interface ScopeNames {
  clusterName(id: ClusterId): string | undefined;
  projectName(id: ProjectId): string | undefined;
}

/** Who acts on a request, and when. */
export interface Acting {
  readonly requester: Principal;
  readonly reviewer?: Principal;
  readonly authentication?: AuthenticationFacts;
  readonly at: Date;
}

/** What conditions of request policies read. */
export function requestFacts(
  asked: AskedFor,
  { requester, reviewer, authentication, at }: Acting,
  names: ScopeNames,
): Readonly<Record<string, unknown>> {
  const { role, scope, hasObjects, durationMs, startsAt, reason, ticket, isRenewal, isBreakGlass } = asked;
  const facts: Values<typeof REQUEST> = {
    role,
    ...(scope !== undefined && placesOf(scope, names)),
    ...(hasObjects !== undefined && { hasObjects }),
    ...(durationMs !== undefined && {
      duration: durationValue(durationMs),
      startsAt: startsAt ?? at,
      isScheduled: startsAt !== undefined,
    }),
    ...(reason !== undefined && { reason }),
    ...(ticket !== undefined && { ticket }),
    ...(isRenewal !== undefined && { isRenewal }),
    ...(isBreakGlass !== undefined && { isBreakGlass }),
  };
  return {
    user: new UserFacts(factsOf(requester)),
    session: new SessionFacts((authentication ?? {}) satisfies Values<typeof SESSION>),
    request: new AskedFacts(facts),
    now: at,
    ...(reviewer !== undefined && { reviewer: new ReviewerFacts(factsOf(reviewer)) }),
  };
}

function placesOf(scope: Scope, { clusterName, projectName }: ScopeNames): Values<typeof REQUEST> {
  const namespaces = 'namespaces' in scope ? scope.namespaces : undefined;
  const clusters = scope.kind === 'clusters' ? scope.clusterIds.map((id) => clusterName(id) ?? id) : undefined;
  return {
    scope: scope.kind,
    ...(clusters !== undefined && { clusters }),
    ...(clusters?.length === 1 && { cluster: clusters[0] }),
    ...(scope.kind === 'projects' && { projects: scope.projectIds.map((id) => projectName(id) ?? id) }),
    ...(namespaces?.kind === 'names' && { namespaces: namespaces.names }),
  };
}
