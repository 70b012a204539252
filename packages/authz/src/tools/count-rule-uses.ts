import { requiredActions } from '../action.ts';
import { matchRule } from '../match-rule.ts';
import type { Rule } from '../policy.ts';
import type { Observation } from './compare-access.ts';

/** How often a rule was used. */
export interface RuleUses {
  /** Requests of which it covers something. */
  readonly count: number;
  /** When the last of them was. Absent: there was none. */
  readonly lastAt?: Date;
}

/** Counts, rule by rule, the requests that each covers something of. A request that two rules cover counts for both. */
export function countRuleUses(
  rules: readonly Rule[],
  observed: readonly Pick<Observation, 'attributes' | 'count' | 'lastAt'>[],
): readonly RuleUses[] {
  const done = observed.map((one) => ({ ...one, actions: requiredActions(one.attributes) }));
  return rules.map((rule) => {
    const uses = done.filter(({ actions }) => actions.some((action) => matchRule(rule, action)));
    const lastMs = uses.reduce((last, { lastAt }) => Math.max(last, lastAt.getTime()), Number.NEGATIVE_INFINITY);
    return {
      count: uses.reduce((sum, { count }) => sum + count, 0),
      ...(uses.length > 0 && { lastAt: new Date(lastMs) }),
    };
  });
}
