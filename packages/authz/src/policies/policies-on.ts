import type { Cluster, RequestAttributes } from '@sallyport/core';
import { rememberedByWords } from '../action-memo.ts';
import { matchRuleWords } from '../match-rule.ts';
import type { Rule } from '../policy.ts';
import type { CompiledAccessPolicy, CompiledStatement } from './compile-access-policy.ts';

/** The policies that are about one principal on one cluster, indexed by what their rules name. */
export interface PoliciesOn {
  /** In the order of their ids. */
  readonly policies: readonly CompiledAccessPolicy[];
  /** Those of {@link PoliciesOn.policies} that are broken. */
  readonly broken: readonly CompiledAccessPolicy[];
  /**
   * Rules that cover the verb, group and resource of an action, or its path, but for those that name namespaces of which it is
   * in none. Remembered, within bounds.
   */
  rulesFor(action: RequestAttributes): readonly StatementRule[];
  /** Every rule that denies. */
  readonly denyRules: readonly StatementRule[];
  /** Statements that deny privileges. */
  readonly privilegeStatements: readonly CompiledStatement[];
  /** Those of {@link PoliciesOn.policies} that set limits. */
  readonly limiting: readonly CompiledAccessPolicy[];
}

/** A rule of a statement, with its place. */
export interface StatementRule {
  readonly statement: CompiledStatement;
  readonly rule: Rule;
  /** For example `deny[0].rules[1]`. */
  readonly path: string;
}

/** No policies at all. */
export const NO_POLICIES: PoliciesOn = {
  policies: [],
  broken: [],
  rulesFor: () => [],
  denyRules: [],
  privilegeStatements: [],
  limiting: [],
};

/** Whether a policy counts on a cluster, in some namespace at least. A broken one of unknown scope counts everywhere. */
export function reachesCluster({ scope }: CompiledAccessPolicy, cluster: Cluster): boolean {
  return scope === undefined || scope.reachOf(cluster) !== undefined;
}

/** Indexes the policies of one principal on one cluster. */
export function indexPolicies(policies: readonly CompiledAccessPolicy[]): PoliciesOn {
  if (policies.length === 0) return NO_POLICIES;
  const statements = policies.flatMap((policy) => policy.statements);
  const placed = statements.flatMap((statement) =>
    statement.rules.map((rule, i): StatementRule => ({ statement, rule, path: `${statement.path}.rules[${i}]` })),
  );
  const byWords = rememberedByWords((action) => byNamespace(placed.filter(({ rule }) => matchRuleWords(rule, action))));
  return {
    policies,
    broken: policies.filter(({ problem }) => problem !== undefined),
    rulesFor: (action) => byWords(action)(action),
    denyRules: placed.filter(({ statement }) => statement.effect === 'deny'),
    privilegeStatements: statements.filter(({ privileges }) => privileges.size > 0),
    limiting: policies.filter(({ limits }) => limits !== undefined),
  };
}

/** Finds, of some rules, those that may have to do with the namespace of an action; all where it names none. */
function byNamespace(rules: readonly StatementRule[]): (action: RequestAttributes) => readonly StatementRule[] {
  const everywhere: StatementRule[] = [];
  const named = new Map<string, StatementRule[]>();
  for (const one of rules) {
    const namespaces = namesOfNamespaces(one);
    if (namespaces === undefined) everywhere.push(one);
    for (const namespace of new Set(namespaces)) {
      const others = named.get(namespace);
      if (others === undefined) named.set(namespace, [one]);
      else others.push(one);
    }
  }
  // Only of namespaces that documents name, so no request makes it grow.
  const joined = new Map<string, readonly StatementRule[]>();
  return (action) => {
    if (action.kind === 'nonResource' || action.namespace === '') return rules;
    const { namespace } = action;
    const known = joined.get(namespace);
    if (known !== undefined) return known;
    const own = named.get(namespace);
    if (own === undefined) return everywhere;
    const found = [...everywhere, ...own];
    joined.set(namespace, found);
    return found;
  };
}

function namesOfNamespaces({ rule, statement }: StatementRule): readonly string[] | undefined {
  const scope = statement.policy.scope?.namespaces;
  return rule.namespaces ?? (scope?.kind === 'names' ? scope.names : undefined);
}
