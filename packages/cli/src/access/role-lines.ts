import { formatLabelSelector } from '@sallyport/core';
import type { KindResource } from '@sallyport/core/api';
import type { CardLine } from '../output/card.ts';

type Kubernetes = NonNullable<KindResource<'Role'>['spec']['kubernetes']>;
type Rule = NonNullable<Kubernetes['rules']>[number];

const MAX_RULES = 8;

/** What a role gives, for whoever asks for it or approves it. */
export function roleLines({ metadata, spec }: KindResource<'Role'>): readonly CardLine[] {
  const { description, permissions, kubernetes } = spec;
  const rules = kubernetes?.rules ?? [];
  const more = rules.length - MAX_RULES;
  return [
    `Role ${metadata.name} gives`,
    ['About', description],
    ['ClusterRoles', kubernetes?.clusterRoles?.join(', ')],
    ['Groups', kubernetes?.groups?.join(', ')],
    ['Rules', kubernetes !== undefined && rules.length === 0 ? 'none: all that the cluster gives them' : undefined],
    ...rules.slice(0, MAX_RULES).map((rule, index): CardLine => [index === 0 ? 'Rules' : '', ruleText(rule)]),
    ['', more > 0 ? `and ${more} more: sallyport roles show ${metadata.name} -o yaml` : undefined],
    ['Privileges', kubernetes?.privileges?.join(', ')],
    ['In Sallyport', permissions?.join(', ')],
  ];
}

/** A rule in words: `get, list pods, pods/log`; `do anything with deployments.apps; only named web`. */
export function ruleText(rule: Rule): string {
  const { verbs, apiGroups = [''], resources = [], resourceNames, namespaces, nonResourceUrls, labelSelector } = rule;
  const [only = '', ...more] = apiGroups;
  const words = more.length === 0 && only !== '' ? resources.map((resource) => `${resource}.${only}`) : resources;
  const groups = more.length === 0 ? '' : ` of the groups ${apiGroups.map((group) => group || 'core').join(', ')}`;
  const limits = [
    ...(resourceNames === undefined ? [] : [`named ${resourceNames.join(', ')}`]),
    ...(namespaces === undefined ? [] : [`in ${namespaces.join(', ')}`]),
    ...(labelSelector === undefined ? [] : [`with ${formatLabelSelector(labelSelector)}`]),
  ];
  const things = [...words.map((word) => (word === '*' ? 'all resources' : word)), ...(nonResourceUrls ?? [])].join(
    ', ',
  );
  return `${verbs.includes('*') ? 'do anything with' : verbs.join(', ')} ${things}${groups}${limits.length === 0 ? '' : `; only ${limits.join('; ')}`}`;
}
