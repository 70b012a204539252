import type { RequestAttributes } from '@sallyport/core';
import { requiredActions } from '../action.ts';
import type { Rule } from '../policy.ts';

interface Cell {
  readonly apiGroup: string;
  readonly resources: readonly string[];
  /** `''`: cluster-wide. */
  readonly namespaces: readonly string[];
  readonly verbs: readonly string[];
}

/** Where clients learn which kinds there are: a path for each group, and no two clusters have the same groups. */
const DISCOVERY = /^\/(?:apis?|openapi)(?:\/|$)/;
const DISCOVERY_PATHS = ['/api', '/api/*', '/apis', '/apis/*', '/openapi/*'];

/**
 * The least rules that cover what was done, with no verb, resource or namespace that was not used together. Names of objects
 * are not kept apart, and whoever asked which kinds there are may ask for all. Actions are those that the evaluator demands: a shell that was opened by GET needs `create pods/exec`.
 */
export function suggestRules(observed: Iterable<RequestAttributes>): readonly Rule[] {
  const verbsOf = new Map<string, Set<string>>();
  const pathsOf = new Map<string, Set<string>>();
  for (const attributes of observed) {
    for (const action of requiredActions(attributes)) {
      if (action.kind === 'nonResource') {
        for (const path of DISCOVERY.test(action.path) ? DISCOVERY_PATHS : [action.path])
          add(pathsOf, action.verb, path);
      } else {
        const { apiGroup, resource, subresource, namespace, verb } = action;
        const word = subresource === '' ? resource : `${resource}/${subresource}`;
        add(verbsOf, JSON.stringify([apiGroup, word, namespace]), verb);
      }
    }
  }
  const cells = [...verbsOf].map(([key, verbs]): Cell => {
    const [apiGroup, resource, namespace] = JSON.parse(key) as [string, string, string];
    return { apiGroup, resources: [resource], namespaces: [namespace], verbs: [...verbs].sort() };
  });
  // What is alike but for the resource becomes one rule, then what is alike but for the namespace. Cluster-wide stays apart:
  // beside a namespace it would swallow it.
  const byPlace = merge(cells, 'resources', ({ apiGroup, namespaces, verbs }) => [apiGroup, namespaces, verbs]);
  const merged = merge(byPlace, 'namespaces', ({ apiGroup, resources, verbs, namespaces }) => [
    apiGroup,
    resources,
    verbs,
    namespaces.includes(''),
  ]);
  return [
    ...merged.map(toRule).sort(byText),
    ...[...pathsOf].map(([verb, paths]): Rule => ({ verbs: [verb], nonResourceUrls: [...paths].sort() })).sort(byText),
  ];
}

function toRule({ apiGroup, resources, namespaces, verbs }: Cell): Rule {
  return {
    verbs,
    apiGroups: [apiGroup],
    resources,
    ...(!namespaces.includes('') && { namespaces }),
  };
}

/** Joins the lists of cells that agree in everything that `alike` names. */
function merge(
  cells: readonly Cell[],
  list: 'resources' | 'namespaces',
  alike: (cell: Cell) => unknown,
): readonly Cell[] {
  const groups = new Map<string, Cell>();
  for (const cell of cells) {
    const key = JSON.stringify(alike(cell));
    const known = groups.get(key);
    const joined = [...new Set([...(known?.[list] ?? []), ...cell[list]])].sort();
    groups.set(key, { ...cell, [list]: joined });
  }
  return [...groups.values()];
}

function byText(a: Rule, b: Rule): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}
