import type { ViewPart } from '@sallyport/authz';
import { matchLabelSelector } from '@sallyport/core';
import { createLabelIndex, type LabelIndex } from './label-index.ts';

/** What is looked at of an object to tell whether it may be seen. */
export interface Visible {
  /** `''` for objects of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Which objects may be seen. */
export interface View {
  admits(object: Visible): boolean;
  /** Whether labels of objects are looked at. */
  readonly readsLabels: boolean;
  /** Whether an object can come into view or leave it without being created or deleted: by its labels or its namespace's. */
  readonly canChange: boolean;
}

/** Labels of a namespace, as they are known; `undefined` when they are not, and then no selector holds. */
export type LabelsOfNamespace = (namespace: string) => Readonly<Record<string, string>> | undefined;

/** Parts of a view that reach the same namespaces, put together. */
type Group = Pick<View, 'admits'>;

/** What a part can say. One that says more narrows in a way that is not understood, and admits nothing. */
const FIELDS: ReadonlySet<string> = new Set<keyof ViewPart>([
  'namespaces',
  'names',
  'labels',
  'exceptNamespaces',
  'exceptNames',
]);

/**
 * Prepares a view. An object costs a few look-ups whatever the number of parts: parts are put together by namespace when one
 * of its objects comes by for the first time, names into sets and labels into an index.
 */
export function compileView(view: readonly ViewPart[], labelsOf: LabelsOfNamespace): View {
  const parts = view.filter((part) => Object.keys(part).every((field) => FIELDS.has(field)));
  // What a policy denies is left out of all parts alike, so that there is hardly ever more than one group.
  const byException = new Map<string, ViewPart[]>();
  for (const part of parts) append(byException, JSON.stringify([part.exceptNamespaces, part.exceptNames]), part);
  const groups = [...byException.values()].map((alike) => exceptOf(alike, compileParts(alike, labelsOf)));
  return {
    admits: (object) => groups.some((group) => group.admits(object)),
    readsLabels: parts.some(({ labels }) => labels !== undefined),
    canChange: parts.some(({ labels, namespaces }) => labels !== undefined || namespaces?.kind === 'selector'),
  };
}

function exceptOf([first]: readonly ViewPart[], group: Group): Group {
  const { exceptNamespaces, exceptNames } = first ?? {};
  if (exceptNamespaces === undefined && exceptNames === undefined) return group;
  const namespaces = new Set(exceptNamespaces);
  const names = new Set(exceptNames);
  return {
    admits: (object) => !namespaces.has(object.namespace) && !names.has(object.name) && group.admits(object),
  };
}

function compileParts(view: readonly ViewPart[], labelsOf: LabelsOfNamespace): Group {
  const everywhere: ViewPart[] = [];
  const byNamespace = new Map<string, ViewPart[]>();
  const bySelector = new Map<string, { readonly holds: (namespace: string) => boolean; readonly parts: ViewPart[] }>();
  for (const part of view) {
    const { namespaces } = part;
    if (namespaces === undefined) {
      everywhere.push(part);
    } else if (namespaces.kind === 'names') {
      for (const name of new Set(namespaces.names)) append(byNamespace, name, part);
    } else if (namespaces.kind === 'selector') {
      const { selector } = namespaces;
      const key = JSON.stringify(selector);
      const holds = (namespace: string) => {
        const labels = labelsOf(namespace);
        return labels !== undefined && matchLabelSelector(selector, labels);
      };
      const known = bySelector.get(key) ?? { holds, parts: [] };
      bySelector.set(key, known);
      known.parts.push(part);
    }
  }

  const anywhere = groupOf(everywhere);
  const groups = new Map<string, { readonly labels: unknown; readonly group: Group }>();
  const single = new Map<ViewPart, Group>();

  /** One part may reach a thousand namespaces with a thousand names: it is prepared once for all of them. */
  function groupOfAny(parts: readonly ViewPart[]): Group {
    const [part] = parts;
    if (part === undefined) return NOTHING;
    if (parts.length > 1) return groupOf(parts);
    const group = single.get(part) ?? groupOf(parts);
    single.set(part, group);
    return group;
  }

  function groupIn(namespace: string): Group {
    const labels = bySelector.size === 0 ? undefined : labelsOf(namespace);
    const known = groups.get(namespace);
    // Each look at a cluster brings new records, so that the same one means nothing has changed.
    if (known !== undefined && known.labels === labels) return known.group;
    const parts = [...(byNamespace.get(namespace) ?? [])];
    for (const { holds, parts: selected } of bySelector.values()) if (holds(namespace)) parts.push(...selected);
    const group = groupOfAny(parts);
    if (group !== NOTHING || labels !== undefined) groups.set(namespace, { labels, group });
    return group;
  }

  return {
    admits: (object) =>
      anywhere.admits(object) || (object.namespace !== '' && groupIn(object.namespace).admits(object)),
  };
}

const NOTHING: Group = { admits: () => false };

function groupOf(parts: readonly ViewPart[]): Group {
  let isAll = false;
  const names = new Set<string>();
  const labels = createLabelIndex();
  const labelsOfName = new Map<string, LabelIndex>();
  for (const part of parts) {
    if (part.names === undefined) {
      if (part.labels === undefined) isAll = true;
      else labels.add(part.labels);
    } else {
      for (const name of part.names) {
        if (part.labels === undefined) {
          names.add(name);
        } else {
          const index = labelsOfName.get(name) ?? createLabelIndex();
          labelsOfName.set(name, index);
          index.add(part.labels);
        }
      }
    }
  }
  return {
    admits: (object) =>
      isAll ||
      (names.has(object.name) && object.name !== '') ||
      labels.matches(object.labels) ||
      labelsOfName.get(object.name)?.matches(object.labels) === true,
  };
}

function append(map: Map<string, ViewPart[]>, key: string, part: ViewPart): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [part]);
  else list.push(part);
}
