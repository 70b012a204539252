import { type Decision, matchRule, type Role, type Rule } from '@sallyport/authz';
import type { RequestAttributes, ResourceAttributes } from '@sallyport/core';
import type { ClusterRules } from './cluster-rules.ts';
import { intersectRules } from './intersect-rules.ts';
import { actionsBehindWildcard, STANDARD_VERBS } from './wildcard-actions.ts';

/** What a list of what somebody may do is made of. */
export interface RulesQuestion {
  readonly namespace: string;
  /** What the cluster itself allows each group (and the person, whose own rights count under each). */
  readonly byGroup: ReadonlyMap<string, ClusterRules>;
  /** The rules of the roles that may count, each with its ceiling; without rules, the ceiling as it is. */
  readonly roles: readonly Pick<Role, 'ceilingGroups' | 'rules' | 'filterLists'>[];
  /** Whether policies deny things to this person here. */
  readonly hasDenials: boolean;
  /** Whether roles count only under conditions, which may hold for one request and not for another. */
  readonly isConditional: boolean;
  /** The decision on one action. */
  decide(action: RequestAttributes): Decision;
}

/** Rules that somebody has, in Kubernetes' words. */
export interface AllowedRules {
  readonly rules: readonly Rule[];
  /** What the rules can't express, as phrases. */
  readonly gaps: readonly string[];
}

/** What may be asked by everybody who may do anything, whatever their rules and namespaces: which kinds there are. */
const DISCOVERY: readonly Rule[] = [
  {
    verbs: ['get', 'head'],
    nonResourceUrls: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/openapi',
      '/openapi/*',
      '/version',
      '/version/',
      '/healthz',
      '/livez',
      '/readyz',
    ],
  },
];

/** Stands for a person without any group in {@link RulesQuestion.byGroup}. */
export const NO_GROUP = '';

/**
 * The rules of somebody in one namespace: what a role and its ceiling both cover, as far as the decision on it is an allow. Each
 * cell (verb, resource, name) is decided by itself, and counts only where the ceilings of that very decision cover it, so that
 * a row says what a request then meets. What a wildcard stands for and is not allowed can't be taken out of it; it is a gap.
 */
export function allowedRules(question: RulesQuestion): AllowedRules {
  const gaps = new Set<string>();
  const apart = new Set<string>();
  for (const { incomplete } of question.byGroup.values()) if (incomplete !== undefined) gaps.add(incomplete);
  const candidates = question.roles.flatMap(({ ceilingGroups, rules }) => {
    const ceiling = groupsOf(ceilingGroups, question).flatMap((group) => question.byGroup.get(group)?.rules ?? []);
    if (rules === undefined) return [...ceiling, ...intersectRules(ceiling, DISCOVERY)];
    return [...intersectRules(ceiling, rules), ...intersectRules(ceiling, DISCOVERY)];
  });
  const rows = new Map<string, Rule>();
  for (const candidate of candidates) {
    for (const row of candidate.resources === undefined ? pathRows(candidate) : resourceRows(candidate)) {
      const key = JSON.stringify(row);
      if (rows.has(key)) continue;
      const verbs = verbsOf(row, question, apart);
      if (verbs.length > 0) rows.set(key, { ...row, verbs });
    }
  }
  if (apart.size > 0) gaps.add(`wildcards here do not cover ${[...apart].join(', ')}`);
  if (question.isConditional) gaps.add('some roles count only under conditions or for certain objects');
  if (question.roles.some(({ filterLists }) => filterLists === true)) gaps.add('some lists are given in part');
  if (question.hasDenials && [...rows.values()].some(hasWildcard)) {
    gaps.add('policies deny some of what wildcards here would cover');
  }
  return { rules: joinRows([...rows.values()]), gaps: [...gaps] };
}

function groupsOf(ceilingGroups: readonly string[], { byGroup }: RulesQuestion): readonly string[] {
  return byGroup.has(NO_GROUP) ? [NO_GROUP] : ceilingGroups;
}

/** One row for each group, resource and name: what is decided on is one action. */
function resourceRows({ verbs, apiGroups = [], resources = [], resourceNames }: Rule): readonly Rule[] {
  const names = resourceNames?.map((name) => [name]) ?? [undefined];
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      names.map((name) => ({ verbs, apiGroups: [group], resources: [resource], ...(name && { resourceNames: name }) })),
    ),
  );
}

function pathRows({ verbs, nonResourceUrls = [] }: Rule): readonly Rule[] {
  return nonResourceUrls.map((url) => ({ verbs, nonResourceUrls: [url] }));
}

function verbsOf(row: Rule, question: RulesQuestion, apart: Set<string>): readonly string[] {
  const isAllowed = (verb: string) => isCovered(actionOf(row, verb, question.namespace), question);
  const verbs = row.verbs.filter(isAllowed);
  if (row.verbs.includes('*') && row.resources !== undefined) {
    const standard = STANDARD_VERBS.filter(isAllowed);
    // A wildcard that some verbs are taken from is written out.
    if (!verbs.includes('*') || standard.length < STANDARD_VERBS.length) {
      return [...new Set([...verbs.filter((verb) => verb !== '*'), ...standard])];
    }
  }
  for (const verb of verbs) {
    for (const action of actionsBehindWildcard(actionOf(row, verb, question.namespace))) {
      if (!isCovered(action, question)) apart.add(nameOf(action));
    }
  }
  return verbs;
}

function isCovered(action: RequestAttributes, question: RulesQuestion): boolean {
  const decision = question.decide(action);
  if (decision.effect === 'deny') return false;
  const { groups } = decision.impersonate;
  return (groups.length === 0 ? [NO_GROUP] : groups).some((group) =>
    question.byGroup.get(group)?.rules.some((rule) => matchRule(rule, action)),
  );
}

function actionOf(row: Rule, verb: string, namespace: string): RequestAttributes {
  if (row.resources === undefined) return { kind: 'nonResource', verb, path: row.nonResourceUrls?.[0] ?? '' };
  const [resource = '', subresource = ''] = (row.resources[0] ?? '').split('/');
  return {
    kind: 'resource',
    verb,
    apiGroup: row.apiGroups?.[0] ?? '',
    apiVersion: '*',
    resource,
    subresource,
    namespace,
    name: row.resourceNames?.[0] ?? '',
    remainder: '',
    path: '',
  };
}

function hasWildcard({ verbs, apiGroups = [], resources = [], nonResourceUrls = [] }: Rule): boolean {
  return [...verbs, ...apiGroups, ...resources, ...nonResourceUrls].some((word) => word.includes('*'));
}

function nameOf({ verb, apiGroup, resource, subresource }: ResourceAttributes): string {
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  return `${verb} ${apiGroup === '' ? what : `${what}.${apiGroup}`}`;
}

/** Rows that differ in their resources only become one, as kube-apiserver lists them. */
function joinRows(rows: readonly Rule[]): readonly Rule[] {
  const joined = new Map<string, Rule>();
  for (const { resources, ...rest } of rows) {
    const key = JSON.stringify(rest);
    const before = joined.get(key);
    const together = resources && [...new Set([...(before?.resources ?? []), ...resources])];
    joined.set(key, { ...rest, ...(together && { resources: together }) });
  }
  return [...joined.values()];
}
