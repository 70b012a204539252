import { describeAccessPolicyProblems } from '../access-policy-problems.ts';
import type { AccessPolicy, Role } from '../policy.ts';
import { describeRoleProblems } from '../role-problems.ts';

/** Place in a document, from the top, e.g. `['spec', 'deny', 0, 'rules']`. */
export type DocumentPath = readonly (string | number)[];

/** Something that is wrong with a document, and where. */
export interface LocatedProblem {
  readonly path: DocumentPath;
  readonly message: string;
}

/** What is wrong with a role, by its place in the document. */
export function roleProblems(role: Role): readonly LocatedProblem[] {
  return describeRoleProblems(role).map((message) => {
    const field = /^[\w.[\]]+/.exec(message)?.[0] ?? '';
    return { path: field.startsWith('rules') ? ['spec', 'kubernetes', ...splitPath(field)] : ['spec'], message };
  });
}

/** What is wrong with an access policy, by its place in the document. */
export function accessPolicyProblems(policy: AccessPolicy): readonly LocatedProblem[] {
  return describeAccessPolicyProblems(policy).map(({ path, message }) => ({
    path: ['spec', ...splitPath(path)],
    message: `${path} ${message}`,
  }));
}

/** `deny[0].rules` and `spec.scope.clusters.0` as steps. */
export function splitPath(path: string): DocumentPath {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
