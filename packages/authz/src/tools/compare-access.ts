import type { Cluster, Principal, RequestAttributes } from '@sallyport/core';
import { requiredActions } from '../action.ts';
import { describeAction } from '../describe.ts';
import type { Authorizer, Decision } from '../query.ts';
import { judge } from './judge.ts';

/** Requests of one kind that somebody made. */
export interface Observation {
  readonly principal: Principal;
  readonly cluster: Cluster;
  readonly attributes: RequestAttributes;
  readonly count: number;
  readonly lastAt: Date;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}

/** An observation that two policies decide differently. */
export interface AccessDifference {
  readonly observation: Observation;
  /** What roles have to cover, in the words of rules. */
  readonly action: string;
  readonly before: Decision['effect'];
  readonly after: Decision['effect'];
  /** Why the later policy decides as it does. */
  readonly reason: string;
}

/**
 * Decides each observation under two policies, by the same evaluator that serves requests, as of the time when it was made
 * last. Bodies were not kept, so what depends on them counts as harmless. The most frequent differences come first.
 */
export function compareAccess(
  before: Authorizer,
  after: Authorizer,
  observations: Iterable<Observation>,
): readonly AccessDifference[] {
  const differences: AccessDifference[] = [];
  for (const observation of observations) {
    const { principal, cluster, attributes, lastAt: at, namespaceLabels } = observation;
    const query = { principal, cluster, attributes, at, ...(namespaceLabels && { namespaceLabels }) };
    const [old, changed] = [judge(before, query), judge(after, query)];
    if (old.effect === changed.effect) continue;
    differences.push({
      observation,
      action: requiredActions(attributes).map(describeAction).join(' with '),
      before: old.effect,
      after: changed.effect,
      reason: changed.reasons.map(({ message }) => message).join('; '),
    });
  }
  return differences.sort((a, b) => b.observation.count - a.observation.count);
}
