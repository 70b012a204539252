import { describeScopeProblem } from './compile-scope.ts';
import type { AccessPolicy } from './policy.ts';
import { ruleProblems } from './role-problems.ts';

/** What is wrong with a document, and where. */
export interface DocumentProblem {
  /** Path of the field, e.g. `deny[0].rules[1].verbs`. */
  readonly path: string;
  /** One phrase. */
  readonly message: string;
}

/**
 * Everything that is wrong with an access policy, by path; empty for a sound one. Nothing about its shape is believed. A
 * policy with problems denies everything to those that it is about, since what it was meant to deny is not known.
 */
export function describeAccessPolicyProblems(policy: AccessPolicy): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const scope = describeScopeProblem(policy.scope);
  if (scope !== undefined) problems.push({ path: 'scope', message: scope });
  else if (policy.scope.kind === 'installation') problems.push({ path: 'scope', message: 'reaches no cluster' });
  if (policy.subjects !== 'everyone' && !Array.isArray(policy.subjects)) {
    problems.push({ path: 'subjects', message: 'is neither a list nor everyone' });
  }
  for (const part of ['deny', 'require'] as const) {
    for (const [i, { rules }] of (policy[part] ?? []).entries()) {
      for (const [j, rule] of (rules ?? []).entries()) {
        for (const problem of ruleProblems(rule)) {
          problems.push({ path: `${part}[${i}].rules[${j}]`, message: problem.trim() });
        }
      }
    }
  }
  return problems;
}
