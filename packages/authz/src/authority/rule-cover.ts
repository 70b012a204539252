import type { LabelSelector } from '@sallyport/core';
import type { Rule } from '../policy.ts';
import { isImpersonation } from '../privileges/needed-privileges.ts';
import { isSameSelector } from './same-selector.ts';

/** The least that a rule can be taken apart into: one of each of its words. */
export type RuleAtom = ResourceAtom | PathAtom;

/** One verb on one resource. An absent name or namespace stands for all of them. */
export interface ResourceAtom {
  readonly kind: 'resource';
  readonly verb: string;
  readonly apiGroup: string;
  /** As in a rule: `pods`, `pods/log`, `*`, or `*` with a subresource. */
  readonly resource: string;
  readonly resourceName?: string;
  readonly namespace?: string;
  /** Given: only objects with these labels. */
  readonly labels?: LabelSelector;
}

/** One verb on one path, which may end in `*`. */
export interface PathAtom {
  readonly kind: 'path';
  readonly verb: string;
  readonly path: string;
}

/**
 * Takes a rule apart. Whatever request the rule covers, one of the atoms does, so a set of rules that covers every atom
 * covers the rule, also when no single one of them does. The approach is that of Kubernetes' check against privilege
 * escalation (kubernetes/kubernetes, `pkg/registry/rbac/validation/policy_comparator.go`).
 */
export function atomsOf(rule: Rule): readonly RuleAtom[] {
  const atoms: RuleAtom[] = [];
  for (const verb of rule.verbs) {
    for (const path of rule.nonResourceUrls ?? []) atoms.push({ kind: 'path', verb, path });
    for (const apiGroup of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        for (const resourceName of rule.resourceNames ?? [undefined]) {
          for (const namespace of rule.namespaces ?? [undefined]) {
            atoms.push({
              kind: 'resource',
              verb,
              apiGroup,
              resource,
              ...(resourceName !== undefined && { resourceName }),
              ...(namespace !== undefined && { namespace }),
              ...(rule.labelSelector !== undefined && { labels: rule.labelSelector }),
            });
          }
        }
      }
    }
  }
  return atoms;
}

/** How many atoms `rules` consist of, without making them. */
export function countAtoms(rules: readonly Rule[]): number {
  return rules.reduce((count, { verbs, nonResourceUrls, apiGroups, resources, resourceNames, namespaces }) => {
    const objects = (apiGroups?.length ?? 0) * (resources?.length ?? 0);
    const each = objects * (resourceNames?.length ?? 1) * (namespaces?.length ?? 1);
    return count + verbs.length * (each + (nonResourceUrls?.length ?? 0));
  }, 0);
}

/**
 * Whether `rule` covers every request that `atom` stands for. A wildcard is covered by a wildcard alone, labels by the same
 * labels or none, and the verb impersonate by a rule that names it.
 */
export function coversAtom(rule: Rule, atom: RuleAtom): boolean {
  if (!hasWord(rule.verbs, atom.verb)) return false;
  if (atom.kind === 'path') return (rule.nonResourceUrls ?? []).some((pattern) => coversPath(pattern, atom.path));
  if (!isWithin(rule.resourceNames, atom.resourceName) || !isWithin(rule.namespaces, atom.namespace)) return false;
  if (isImpersonation(atom.verb)) return namesImpersonation(rule, atom);
  return (
    hasWord(rule.apiGroups, atom.apiGroup) &&
    coversResource(rule.resources ?? [], atom.resource) &&
    (rule.labelSelector === undefined || (atom.labels !== undefined && isSameSelector(rule.labelSelector, atom.labels)))
  );
}

function namesImpersonation({ verbs, apiGroups, resources, resourceNames }: Rule, atom: ResourceAtom): boolean {
  return (
    resourceNames !== undefined &&
    verbs.includes(atom.verb) &&
    (apiGroups ?? []).includes(atom.apiGroup) &&
    (resources ?? []).includes(atom.resource)
  );
}

function hasWord(words: readonly string[] | undefined, word: string): boolean {
  return words !== undefined && (words.includes(word) || words.includes('*'));
}

function coversResource(resources: readonly string[], wanted: string): boolean {
  if (resources.includes(wanted) || resources.includes('*')) return true;
  const slash = wanted.indexOf('/');
  return slash >= 0 && resources.includes(`*${wanted.slice(slash)}`);
}

function isWithin(limits: readonly string[] | undefined, wanted: string | undefined): boolean {
  return limits === undefined || (wanted !== undefined && limits.includes(wanted));
}

function coversPath(pattern: string, path: string): boolean {
  if (!pattern.endsWith('*')) return pattern === path;
  const text = path.endsWith('*') ? path.slice(0, -1) : path;
  return text.startsWith(pattern.slice(0, -1));
}
