import type { Cluster, RequestAttributes } from '@sallyport/core';
import type { Rule } from '../policy.ts';
import type { CompiledAccessPolicy, CompiledStatement } from './compile-access-policy.ts';

/** The policies that are about one principal on one cluster, indexed by what their rules name. */
export interface PoliciesOn {
  /** In the order of their ids. */
  readonly policies: readonly CompiledAccessPolicy[];
  /** Those of {@link PoliciesOn.policies} that are broken. */
  readonly broken: readonly CompiledAccessPolicy[];
  /** Rules that name the resource of an action, or a wildcard for it. */
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
  const byResource = new Map<string, StatementRule[]>();
  const forPaths: StatementRule[] = [];
  for (const one of placed) {
    for (const resource of new Set(one.rule.resources)) {
      const others = byResource.get(resource);
      if (others === undefined) byResource.set(resource, [one]);
      else others.push(one);
    }
    if (one.rule.nonResourceUrls !== undefined) forPaths.push(one);
  }
  // The few lists that actions ask for, each joined once.
  const joined = new Map<string, readonly StatementRule[]>();
  return {
    policies,
    broken: policies.filter(({ problem }) => problem !== undefined),
    rulesFor(action) {
      if (action.kind === 'nonResource') return forPaths;
      const { resource, subresource } = action;
      const wanted = subresource === '' ? resource : `${resource}/${subresource}`;
      const known = joined.get(wanted);
      if (known !== undefined) return known;
      const keys = new Set(subresource === '' ? ['*', wanted] : ['*', wanted, `*/${subresource}`]);
      const rules = [...new Set([...keys].flatMap((key) => byResource.get(key) ?? []))];
      if (joined.size >= MAX_JOINED) joined.clear();
      joined.set(wanted, rules);
      return rules;
    },
    denyRules: placed.filter(({ statement }) => statement.effect === 'deny'),
    privilegeStatements: statements.filter(({ privileges }) => privileges.size > 0),
    limiting: policies.filter(({ limits }) => limits !== undefined),
  };
}

/** The words come from requests, so whoever sends them must not fill the memory. */
const MAX_JOINED = 256;
