import type { Privilege, RequestAttributes } from '@sallyport/core';
import { type DeniableAction, deniableActions, requiredActions } from './action.ts';
import type { ConditionOutcome } from './cel/condition.ts';
import { conditionFacts } from './conditions/condition-facts.ts';
import type { PolicyCondition } from './conditions/policy-condition.ts';
import { type ContentQuestions, contentQuestions } from './privileges/content-questions.ts';
import { neededPrivileges } from './privileges/needed-privileges.ts';
import type { AccessQuery } from './query.ts';

/** One query, taken apart once. */
export interface Ask {
  readonly query: AccessQuery;
  /** What a role has to cover, all of it. */
  readonly actions: readonly RequestAttributes[];
  /** What a policy can deny, any of it. */
  readonly deniable: readonly DeniableAction[];
  /** Privileges that are needed whatever the body says. */
  readonly privileges: readonly Privilege[];
  /** What only the body tells. */
  readonly questions: ContentQuestions;
  /** Asks a condition about the query. */
  holds(condition: PolicyCondition): ConditionOutcome;
}

/** Takes a query apart. */
export function askOf(query: AccessQuery): Ask {
  const { attributes } = query;
  const actions = requiredActions(attributes);
  let facts: ReturnType<typeof conditionFacts> | undefined;
  return {
    query,
    actions,
    deniable: deniableActions(attributes, actions),
    privileges: privilegesOf(actions),
    questions: contentQuestions(attributes),
    holds(condition) {
      facts ??= conditionFacts(query);
      return condition.evaluate(facts);
    },
  };
}

function privilegesOf(actions: readonly RequestAttributes[]): readonly Privilege[] {
  const [first, ...more] = actions;
  if (first === undefined) return [];
  return more.length === 0 ? neededPrivileges(first) : [...new Set(actions.flatMap(neededPrivileges))];
}
