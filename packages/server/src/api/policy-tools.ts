import { createAuthorizer, type Rule } from '@sallyport/authz';
import { compareAccess, countRuleUses, type Observation, suggestRules } from '@sallyport/authz/tools';
import { type ClusterId, type PrincipalId, parseDuration } from '@sallyport/core';
import type { AccessComparison, AccessSubjectSpec, KindName } from '@sallyport/core/api';
import { recordReading } from '../audit-search/reads.ts';
import type { ParsedDocument } from '../resources/definition.ts';
import { createDraft } from '../resources/draft.ts';
import { documentProblem } from '../resources/references.ts';
import { supposeChanges } from '../resources/what-if.ts';
import type { Snapshot } from '../snapshot.ts';
import type { ObservedAccess } from '../stores/observed-access.ts';
import { assertMayReadAccess, findAccessSubject } from './access-subject.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { assertPermitted } from './locate.ts';

/** Most kinds of requests that one comparison or suggestion looks at. */
export const MAX_OBSERVED_KINDS = 20_000;
const MAX_SINCE_DAYS = 90;
const DAY_MS = 86_400_000;

/** Decides what was asked of clusters again, under changed documents. */
export const compareRecordedAccess: Handler = async (context, call): Promise<AccessComparison> => {
  assertMayReview(context, call);
  const { resources, deleted, since } = call.body as {
    readonly resources: readonly ParsedDocument<KindName>[];
    readonly deleted?: readonly string[];
    readonly since?: string;
  };
  await recordReading(context, call, { operation: 'compareRecordedAccess', filter: { since } });
  const { organization } = call.caller;
  const snapshot = context.snapshots.current();
  const draft = createDraft(snapshot, new Date(context.clock.now()));
  supposeChanges({ context, call, organization, draft }, resources, deleted);
  const after = draft.accessAfter(organization.id);

  const { observed, isComplete } = await observe(context, call, since);
  const [before, changed] = [observationsOf(observed, snapshot), observationsOf(observed, { ...snapshot, ...after })];
  const authorizeAfter = createAuthorizer(after.policy);
  // Groups belong to the people, not to the policy: each side is asked about its own.
  const peopleAfter = new Map(changed.map((one) => [one.principal.id, one.principal]));
  const differences = compareAccess(
    snapshot.authorize,
    (query) => authorizeAfter({ ...query, principal: peopleAfter.get(query.principal.id) ?? query.principal }),
    before,
  );
  const described = differences.map(({ observation, action, before: old, after: now, reason }) => ({
    user: observation.principal.userName,
    cluster: observation.cluster.name,
    action,
    count: observation.count,
    lastAt: observation.lastAt,
    before: old,
    after: now,
    reason,
  }));
  return {
    replayed: before.reduce((sum, { count }) => sum + count, 0),
    skipped: total(observed) - total(before),
    isComplete,
    gained: described.filter(({ after: effect }) => effect === 'allow'),
    lost: described.filter(({ after: effect }) => effect === 'deny'),
  };
};

/** Derives the least role from what somebody did. */
export const suggestRole: Handler = async (context, call) => {
  assertMayReview(context, call);
  const { as, cluster, since } = call.body as {
    readonly as: AccessSubjectSpec;
    readonly cluster?: string;
    readonly since?: string;
  };
  const snapshot = context.snapshots.current();
  const { organization } = call.caller;
  const principal = findAccessSubject(snapshot, call, as);
  const found = cluster === undefined ? undefined : snapshot.find('Cluster', cluster, organization.id);
  if (cluster !== undefined && found === undefined) throw documentProblem('cluster', 'names no cluster that exists');
  await recordReading(context, call, { operation: 'suggestRole', filter: { as, cluster, since } });
  const { observed, isComplete } = await observe(context, call, since, {
    principalId: principal.id,
    ...(found !== undefined && { clusterId: found.id }),
  });
  const allowed = observed.filter(({ isAllowed }) => isAllowed);
  const rules = suggestRules(allowed.map(({ attributes }) => attributes));
  const ceilings = new Set(
    allowed.flatMap(({ clusterId, attributes, lastAt: at }) => {
      const on = snapshot.clusters.get(clusterId);
      const decision = on && snapshot.authorize({ principal, cluster: on, attributes, at });
      return decision?.effect === 'allow' ? decision.impersonate.groups : [];
    }),
  );
  return {
    role: {
      apiVersion: 'sallyport.dev/v1',
      kind: 'Role',
      metadata: { name: 'suggested' },
      spec: { kubernetes: { groups: [...ceilings].sort(), rules: rules } },
    },
    observed: total(allowed),
    uses: countRuleUses(rules, allowed),
    isComplete,
    notes: notesOf(rules, ceilings),
  };
};

function notesOf(rules: readonly Rule[], ceilings: ReadonlySet<string>): string[] {
  const notes: string[] = [];
  if (rules.length === 0) notes.push('nothing was done in that time, so there is nothing to allow');
  if (ceilings.size === 0) notes.push('no ceiling: none of it is allowed any more; name one in groups or clusterRoles');
  if (rules.length > 256) notes.push(`${rules.length} rules are more than the 256 that a role takes; join some`);
  return notes;
}

/** What was done is shown to those who may read it, and all that access is made of. */
function assertMayReview(context: ApiContext, call: Call): void {
  assertPermitted(context, call, 'audit.read');
  assertMayReadAccess(context, call);
}

async function observe(
  { store, clock, snapshots }: ApiContext,
  { caller }: Call,
  since = '30d',
  only: { readonly principalId?: PrincipalId; readonly clusterId?: ClusterId } = {},
) {
  const ageMs = parseDuration(since);
  if (ageMs > MAX_SINCE_DAYS * DAY_MS) {
    throw documentProblem('since', `is ${since}, limit is ${MAX_SINCE_DAYS}d`);
  }
  const observed = await store.listObservedAccess({
    organizationId: caller.organization.id,
    since: new Date(clock.now() - ageMs),
    limit: MAX_OBSERVED_KINDS + 1,
    ...only,
  });
  const { principals } = snapshots.current();
  return {
    // What the server itself asks for, to keep the inventory, is nobody's access.
    observed: observed.slice(0, MAX_OBSERVED_KINDS).filter((one) => principals.get(one.principalId)?.kind !== 'system'),
    isComplete: observed.length <= MAX_OBSERVED_KINDS,
  };
}

/** Those whose principal and cluster are still there. */
function observationsOf(
  observed: readonly ObservedAccess[],
  { principals, clusters }: Pick<Snapshot, 'principals' | 'clusters'>,
): readonly Observation[] {
  return observed.flatMap(({ principalId, clusterId, attributes, count, lastAt }) => {
    const [principal, cluster] = [principals.get(principalId), clusters.get(clusterId)];
    if (principal === undefined || cluster === undefined) return [];
    return [{ principal, cluster, attributes, count, lastAt }];
  });
}

function total(counted: readonly { readonly count: number }[]): number {
  return counted.reduce((sum, { count }) => sum + count, 0);
}
