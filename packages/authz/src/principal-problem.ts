import { showWord } from './describe.ts';
import type { AccessQuery } from './query.ts';

/** What is wrong with the principal as such. Of its shape nothing is believed: it may come out of any store. */
export function principalProblem({ principal, cluster }: AccessQuery): string | undefined {
  const name = showWord(principal.userName);
  if (principal.organizationId !== cluster.organizationId) {
    return `${name} does not belong to the organization of cluster ${showWord(cluster.name)}`;
  }
  if (principal.isDisabled) return `${name} is disabled`;
  // A missing list must never look like an empty one.
  if (!Array.isArray(principal.groups) || !Array.isArray(principal.localGroups ?? [])) {
    return `the groups of ${name} are not a list`;
  }
  return undefined;
}
