import type { AccessLimits, Privilege } from '@sallyport/core';
import { describeAccessPolicyProblems } from '../access-policy-problems.ts';
import { type CompiledScope, compileScope } from '../compile-scope.ts';
import { compilePolicyCondition, type PolicyCondition } from '../conditions/policy-condition.ts';
import { showWord } from '../describe.ts';
import type { AccessPolicy, RequireStatement, Rule } from '../policy.ts';
import type { Selecting } from '../subject-index.ts';

/** An access policy that is ready to be asked. */
export interface CompiledAccessPolicy extends Selecting {
  readonly policy: AccessPolicy;
  /** What is wrong with it, as one phrase. One with a problem denies everything to those that it is about. */
  readonly problem?: string;
  /** Where it counts. Of a broken one everywhere. */
  readonly scope?: CompiledScope;
  readonly statements: readonly CompiledStatement[];
  readonly limits?: AccessLimits;
  /** For reasons: `accessPolicy/pol_…`. */
  readonly source: string;
}

/** A statement of an access policy, with its place. */
export interface CompiledStatement {
  readonly policy: CompiledAccessPolicy;
  readonly effect: 'deny' | 'require';
  /** For example `deny[0]`. */
  readonly path: string;
  readonly rules: readonly Rule[];
  readonly privileges: ReadonlySet<Privilege>;
  readonly condition?: PolicyCondition;
  readonly message?: string;
  readonly obligations: RequireStatement['obligations'];
}

/** Makes an access policy ready. Total: a broken one is about everyone that it may be about, everywhere. */
export function compileAccessPolicy(policy: AccessPolicy, order: number): CompiledAccessPolicy {
  const { organizationId, subjects, limits } = policy;
  const source = `accessPolicy/${policy.id}`;
  const problems = describeAccessPolicyProblems(policy);
  if (problems.length > 0) {
    const listed = problems.map(({ path, message }) => `${path} ${message}`).join('; ');
    const problem = `policy ${showWord(policy.name)} is broken: ${listed}`;
    const isReadable = !problems.some(({ path }) => path.startsWith('subjects'));
    const scope = compileScope(policy.scope);
    return {
      policy,
      organizationId,
      order,
      subjects: isReadable ? subjects : 'everyone',
      problem,
      ...(scope.problem === undefined && scope.reachesInstallation === false && { scope }),
      statements: [],
      source,
    };
  }
  const compiled: { -readonly [Field in keyof CompiledAccessPolicy]: CompiledAccessPolicy[Field] } = {
    policy,
    organizationId,
    order,
    subjects,
    scope: compileScope(policy.scope),
    statements: [],
    ...(limits !== undefined && { limits }),
    source,
  };
  compiled.statements = [
    ...(policy.deny ?? []).map((statement, i): CompiledStatement => {
      const condition = compilePolicyCondition(statement.condition);
      return {
        policy: compiled,
        effect: 'deny',
        path: `deny[${i}]`,
        rules: statement.rules ?? [],
        privileges: new Set(statement.privileges),
        ...(condition && { condition }),
        ...(statement.message !== undefined && { message: statement.message }),
        obligations: [],
      };
    }),
    ...(policy.require ?? []).map((statement, i): CompiledStatement => {
      const condition = compilePolicyCondition(statement.condition);
      return {
        policy: compiled,
        effect: 'require',
        path: `require[${i}]`,
        rules: statement.rules,
        privileges: new Set(),
        ...(condition && { condition }),
        obligations: statement.obligations,
      };
    }),
  ];
  return compiled;
}
