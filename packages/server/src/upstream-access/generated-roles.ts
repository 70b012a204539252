import type { Role, Rule } from '@sallyport/authz';
import { isDnsLabel, type UpstreamRole, type UpstreamRule } from '@sallyport/core';
import { describeUpstreamRuleProblem, GENERATED_PATH_VERBS, GENERATED_VERBS } from '@sallyport/core/upstream-access';

/** Rules of a role as a ClusterRole of the cluster, and where they hold. */
export interface GeneratedRole {
  readonly role: UpstreamRole;
  /** Absent: wherever the binding reaches. */
  readonly namespaces?: readonly string[];
}

/**
 * What of the rules of a role the cluster's own RBAC can hold people to, one ClusterRole for each list of namespaces that they name.
 * `undefined` when RBAC has no words for a role, which then acts by its whole ceilings: one without rules, one that filters by labels
 * or by what it covers (the cluster would refuse what is asked for to be filtered), and one with a verb that must not be given so.
 *
 * @param ceilings ClusterRoles that the rules narrow
 */
export function generatedRoles(
  { rules, filterLists }: Pick<Role, 'rules' | 'filterLists'>,
  ceilings: readonly string[],
): readonly GeneratedRole[] | undefined {
  if (rules === undefined || filterLists === true || rules.some((rule) => rule.labelSelector !== undefined)) {
    return undefined;
  }
  if (ceilings.length === 0) return [];
  const groups = new Map<string, { readonly namespaces?: readonly string[]; readonly rules: UpstreamRule[] }>();
  for (const rule of rules) {
    const converted = upstreamRules(rule);
    if (converted.some((one) => describeUpstreamRuleProblem(one) !== undefined)) return undefined;
    const key = rule.namespaces === undefined ? '' : [...new Set(rule.namespaces)].sort().join('/');
    // What is no name of a namespace matches none.
    const namespaces = rule.namespaces?.filter(isDnsLabel);
    const group = groups.get(key) ?? { ...(namespaces && { namespaces }), rules: [] };
    groups.set(key, group);
    group.rules.push(...converted);
  }
  return [...groups.values()].map((group) => ({
    role: { ceilings, rules: group.rules },
    ...(group.namespaces && { namespaces: group.namespaces }),
  }));
}

/** One rule in the words of a `PolicyRule`; the wildcard verb becomes the verbs that it stands for in ours. */
export function upstreamRules(rule: Rule): readonly UpstreamRule[] {
  const { apiGroups = [], resources, resourceNames, nonResourceUrls, namespaces } = rule;
  const names = resourceNames && { resourceNames };
  const rules: UpstreamRule[] = [];
  if (resources !== undefined) {
    const verbs = spellOut(rule.verbs, GENERATED_VERBS);
    rules.push({ verbs, apiGroups, resources, ...names });
    // A stream is created. kube-apiserver asks for `get` when it comes as a WebSocket, before 1.36, and for both from then on.
    const streams = verbs.includes('create') ? streamsOf(apiGroups, resources) : [];
    if (streams.length > 0) rules.push({ verbs: ['get', 'create'], apiGroups: [''], resources: streams, ...names });
  }
  // What is no resource is in no namespace.
  if (nonResourceUrls !== undefined && namespaces === undefined) {
    const verbs = spellOut(rule.verbs, GENERATED_PATH_VERBS);
    const reading = verbs.filter((verb) => GENERATED_PATH_VERBS.includes(verb));
    if (reading.length > 0) rules.push({ verbs: reading, nonResourceURLs: nonResourceUrls });
  }
  return rules;
}

const STREAMS = ['pods/exec', 'pods/attach', 'pods/portforward'];

function streamsOf(apiGroups: readonly string[], resources: readonly string[]): readonly string[] {
  if (!apiGroups.includes('') && !apiGroups.includes('*')) return [];
  return STREAMS.filter((stream) =>
    ['*', stream, `*/${stream.slice('pods/'.length)}`].some((word) => resources.includes(word)),
  );
}

function spellOut(verbs: readonly string[], all: readonly string[]): readonly string[] {
  return verbs.includes('*') ? all : verbs;
}
