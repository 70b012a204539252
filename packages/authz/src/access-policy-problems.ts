import { describeScopeProblem } from './compile-scope.ts';
import { describeConditionProblem } from './conditions/policy-condition.ts';
import type { DocumentProblem } from './document-problem.ts';
import type { AccessPolicy, Rule } from './policy.ts';
import { limitProblems, privilegeProblems, ruleProblems } from './role-problems.ts';

const OBLIGATIONS: readonly unknown[] = ['record', 'maskSecrets'];

/**
 * Everything that is wrong with an access policy, by path; empty for a sound one. Nothing about its shape is believed. A
 * policy with problems denies everything to those that it is about, since what it was meant to deny is not known.
 */
export function describeAccessPolicyProblems(policy: AccessPolicy): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const scope = describeScopeProblem(policy.scope);
  if (scope !== undefined) problems.push({ path: 'scope', message: scope });
  else if (policy.scope.kind === 'installation') problems.push({ path: 'scope', message: 'reaches no cluster' });
  problems.push(...subjectProblems(policy.subjects, 'subjects'));
  for (const part of ['deny', 'require'] as const) {
    const statements: unknown = policy[part];
    if (statements === undefined) continue;
    if (!Array.isArray(statements)) {
      problems.push({ path: part, message: 'is not a list' });
      continue;
    }
    statements.forEach((statement: unknown, i) => {
      problems.push(...statementProblems(`${part}[${i}]`, statement, part));
    });
  }
  problems.push(...limitProblems(policy.limits).map(splitPath));
  return problems;
}

/** What is wrong with whom a document selects. */
export function subjectProblems(subjects: unknown, path: string): readonly DocumentProblem[] {
  if (subjects === 'everyone') return [];
  if (!Array.isArray(subjects)) return [{ path, message: 'is neither a list nor everyone' }];
  return subjects.flatMap((subject: unknown, i): readonly DocumentProblem[] => {
    const isSound =
      isRecord(subject) &&
      ((subject['kind'] === 'principal' && isText(subject['id'])) ||
        (subject['kind'] === 'group' && isText(subject['issuer']) && isText(subject['name'])));
    return isSound ? [] : [{ path: `${path}[${i}]`, message: 'selects in an unknown way' }];
  });
}

function statementProblems(path: string, statement: unknown, part: 'deny' | 'require'): readonly DocumentProblem[] {
  if (!isRecord(statement)) return [{ path, message: 'is not an object' }];
  const { rules, privileges, condition, message, obligations } = statement;
  const problems: DocumentProblem[] = [];
  if (rules === undefined && (part === 'require' || privileges === undefined)) {
    problems.push({ path, message: part === 'deny' ? 'names neither rules nor privileges' : 'names no rules' });
  }
  if (rules !== undefined && !Array.isArray(rules)) problems.push({ path: `${path}.rules`, message: 'is not a list' });
  else {
    for (const [i, rule] of ((rules ?? []) as readonly Rule[]).entries()) {
      problems.push(...ruleProblems(rule).map((problem) => splitPath(`${path}.rules[${i}]${problem}`)));
      if (rule?.labelSelector !== undefined) {
        problems.push({
          path: `${path}.rules[${i}].labelSelector`,
          message: 'is for roles, which show; policies refuse',
        });
      }
    }
  }
  problems.push(...privilegeProblems(privileges).map((problem) => splitPath(`${path}.${problem}`)));
  if (condition !== undefined) {
    const problem = describeConditionProblem(condition as string);
    if (problem !== undefined) problems.push({ path: `${path}.condition`, message: problem });
  }
  if (message !== undefined && !isText(message)) problems.push({ path: `${path}.message`, message: 'is not text' });
  if (part === 'require' && !(Array.isArray(obligations) && obligations.every((one) => OBLIGATIONS.includes(one)))) {
    problems.push({ path: `${path}.obligations`, message: 'is not a list of record and maskSecrets' });
  }
  return problems;
}

/** `limits.burst is not a number` has its path up to the first space. */
function splitPath(problem: string): DocumentProblem {
  const space = problem.indexOf(' ');
  return { path: problem.slice(0, space), message: problem.slice(space + 1) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
