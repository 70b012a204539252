import type { LabelRequirement, LabelSelector, ResourceAttributes } from '@sallyport/core';
import type { NamespaceSelection } from '../policy.ts';
import type { ViewPart } from '../query.ts';
import { isNamespaces, mayBeNamespaced } from './collection.ts';

/** The part that admits everything. */
export const EVERYTHING: ViewPart = {};

/** Whether a part admits everything. */
export function admitsEverything(part: ViewPart): boolean {
  return part === EVERYTHING || Object.keys(part).length === 0;
}

/**
 * The part of a listing over the whole cluster that is in certain namespaces; `undefined` when none of it is. Namespaces
 * themselves are objects of the cluster, which their names and labels tell apart.
 */
export function partOfNamespaces(listing: ResourceAttributes, namespaces: NamespaceSelection): ViewPart | undefined {
  if (isNamespaces(listing)) {
    return namespaces.kind === 'names' ? { names: namespaces.names } : { labels: namespaces.selector };
  }
  return mayBeNamespaced(listing.apiGroup, listing.resource) ? { namespaces } : undefined;
}

/**
 * What both parts admit; `undefined` when that is nothing, or can't be said as one part: two different selectors over the
 * labels of namespaces, or one beside names, have no common form.
 */
export function intersectParts(a: ViewPart, b: ViewPart): ViewPart | undefined {
  if (admitsEverything(a)) return b;
  if (admitsEverything(b)) return a;
  const namespaces = intersectNamespaces(a.namespaces, b.namespaces);
  const names = intersectNames(a.names, b.names);
  if (namespaces === 'nothing' || names === 'nothing') return undefined;
  const labels = intersectLabels(a.labels, b.labels);
  return {
    ...(namespaces !== undefined && { namespaces }),
    ...(names !== undefined && { names }),
    ...(labels !== undefined && { labels }),
  };
}

function intersectNamespaces(
  a: NamespaceSelection | undefined,
  b: NamespaceSelection | undefined,
): NamespaceSelection | undefined | 'nothing' {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.kind !== 'names' || b.kind !== 'names') return 'nothing';
  const names = intersectNames(a.names, b.names);
  return names === 'nothing' || names === undefined ? 'nothing' : { kind: 'names', names };
}

function intersectNames(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined | 'nothing' {
  if (a === undefined || b === undefined) return a ?? b;
  const both = a.filter((name) => b.includes(name));
  return both.length === 0 ? 'nothing' : both;
}

function intersectLabels(a: LabelSelector | undefined, b: LabelSelector | undefined): LabelSelector | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { matchExpressions: [...requirementsOf(a), ...requirementsOf(b)] };
}

function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly LabelRequirement[] {
  const labels = Object.entries(matchLabels).map(
    ([key, value]): LabelRequirement => ({ key, operator: 'In', values: [value] }),
  );
  return [...labels, ...matchExpressions];
}
