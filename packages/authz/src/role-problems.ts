import { describeLabelSelectorProblem, describeNameProblem, PRIVILEGES } from '@sallyport/core';
import { showWord } from './describe.ts';
import type { Role, Rule } from './policy.ts';

const RULE_LISTS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'namespaces', 'nonResourceUrls'] as const;

/**
 * Everything that is wrong with a role, each with the path of the field; empty for a sound one. Takes the role as it came
 * out of a file or a database: nothing about its shape is believed. A role with problems never allows anything.
 */
export function describeRoleProblems(role: Role): readonly string[] {
  const problems: string[] = [];
  if (isTextList(role.ceilingGroups)) {
    role.ceilingGroups.forEach((group, i) => {
      const problem = describeNameProblem(group);
      if (problem !== undefined) problems.push(`ceilingGroups[${i}] ${problem}`);
    });
  } else {
    problems.push('ceilingGroups is not a list of text');
  }
  if (!isTextList(role.permissions)) problems.push('permissions is not a list of text');
  problems.push(...privilegeProblems(role.privileges));
  if (role.filterLists !== undefined && typeof role.filterLists !== 'boolean') {
    problems.push('filterLists is neither true nor false');
  }
  problems.push(...limitProblems(role.limits));
  if (role.rules === undefined) return problems;
  if (!Array.isArray(role.rules)) return [...problems, 'rules is not a list'];
  role.rules.forEach((rule: Rule, i) => {
    problems.push(...ruleProblems(rule).map((problem) => `rules[${i}]${problem}`));
  });
  return problems;
}

/** What is wrong with one rule, each as a phrase that begins with the field or a space. */
export function ruleProblems(rule: Rule): string[] {
  if (typeof rule !== 'object' || rule === null) return [' is not an object'];
  const problems: string[] = [];
  for (const field of RULE_LISTS) {
    const list: unknown = rule[field];
    if (list === undefined && field !== 'verbs') continue;
    if (!isTextList(list)) problems.push(`.${field} is not a list of text`);
    else if (list.length === 0) problems.push(`.${field} is empty, which would cover nothing`);
  }
  if (problems.length > 0) return problems;
  if (rule.resources === undefined && rule.nonResourceUrls === undefined) {
    problems.push(' names neither resources nor nonResourceUrls');
  }
  if (rule.resources !== undefined && rule.apiGroups === undefined) problems.push(' has resources but no apiGroups');
  problems.push(...labelSelectorProblems(rule));
  for (const pattern of rule.nonResourceUrls ?? []) {
    // A star inside would look like a pattern and match only itself.
    if (pattern.slice(0, -1).includes('*')) {
      problems.push(`.nonResourceUrls has a star inside ${showWord(pattern)}; only the last character may be one`);
    }
  }
  return problems;
}

/** Verbs whose answers can be filtered by labels. */
const FILTERABLE: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

function labelSelectorProblems({ labelSelector, verbs, resources, nonResourceUrls }: Rule): string[] {
  if (labelSelector === undefined) return [];
  const problem = describeLabelSelectorProblem(labelSelector);
  if (problem !== undefined) return [`.labelSelector ${problem}`];
  const problems: string[] = [];
  const verb = verbs.find((one) => !FILTERABLE.has(one));
  if (verb !== undefined) {
    problems.push(`.labelSelector goes with get, list and watch alone, not with ${showWord(verb)}`);
  }
  const subresource = resources?.find((one) => one.includes('/'));
  if (subresource !== undefined) {
    problems.push(`.labelSelector goes with whole objects, not with the subresource ${showWord(subresource)}`);
  }
  if (nonResourceUrls !== undefined) problems.push('.labelSelector goes with resources, not with nonResourceUrls');
  return problems;
}

/** What is wrong with a list of privileges, each as a phrase that begins with the field. */
export function privilegeProblems(privileges: unknown): readonly string[] {
  if (privileges === undefined) return [];
  if (!isTextList(privileges)) return ['privileges is not a list of text'];
  const known: readonly string[] = PRIVILEGES;
  return privileges.flatMap((one, i) =>
    known.includes(one) ? [] : [`privileges[${i}] ${showWord(one)} is unknown; there are ${known.join(', ')}`],
  );
}

const LIMITS: readonly string[] = ['requestsPerSecond', 'burst', 'concurrentStreams', 'bytesOutPerSecond'];

/** What is wrong with limits, each as a phrase that begins with the field. */
export function limitProblems(limits: unknown): readonly string[] {
  if (limits === undefined) return [];
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits)) return ['limits is not an object'];
  return Object.entries(limits).flatMap(([name, value]) => {
    if (!LIMITS.includes(name)) return [`limits.${showWord(name)} is unknown`];
    return typeof value === 'number' && value > 0 && Number.isFinite(value)
      ? []
      : [`limits.${name} is not a positive number`];
  });
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
