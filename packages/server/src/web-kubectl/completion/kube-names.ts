import type { Clock } from '@sallyport/core';

/**
 * Reads a path of the Kubernetes API as the person, now; rejects unless the answer is 200. As a `table`, it holds what kubectl
 * would print; as an `object`, what is there.
 */
export type ReadKube = (path: string, form: 'table' | 'object') => Promise<unknown>;

/** A kind of a cluster, as discovery tells it. */
export interface KubeKind {
  /** Plural, as it stands in paths. */
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly isNamespaced: boolean;
}

/** An object by its name. */
export interface KubeObject {
  readonly name: string;
  /** A cell or two of its table. */
  readonly hint?: string;
}

/** Names on one cluster that one person may see. */
export interface KubeNames {
  kinds(): Promise<readonly KubeKind[]>;
  namespaces(): Promise<readonly string[]>;
  objects(resource: string, namespace: string): Promise<readonly KubeObject[]>;
  containers(pod: string, namespace: string): Promise<readonly string[]>;
}

/** How long names are remembered, in milliseconds: about as long as it takes to type a word. */
export const NAMES_KEPT_MS = 5_000;
/** How long kinds are, in milliseconds. */
export const KINDS_KEPT_MS = 60_000;
/** Most objects of one kind that are asked for. */
const MAX_OBJECTS = 500;

/**
 * Creates the names that one terminal completes with. What was read is remembered in here alone, by path, for one person on one
 * cluster; `basis` says on what state of everybody's access: where that has changed, everything is asked for again, so that
 * nobody is shown what they may no longer list.
 */
export function createKubeNames(options: {
  readonly read: ReadKube;
  readonly basis: () => unknown;
  readonly clock: Clock;
}): KubeNames {
  const { read, basis, clock } = options;
  let known = new Map<string, { readonly untilMs: number; readonly answer: Promise<unknown> }>();
  let seenBasis = basis();

  function ask(path: string, keptMs: number, form: 'table' | 'object' = 'object'): Promise<unknown> {
    if (basis() !== seenBasis) {
      known = new Map();
      seenBasis = basis();
    }
    const found = known.get(path);
    if (found !== undefined && found.untilMs > clock.monotonicMs()) return found.answer;
    const answer = read(path, form);
    known.set(path, { untilMs: clock.monotonicMs() + keptMs, answer });
    // What failed is asked for again.
    answer.catch(() => known.delete(path));
    return answer;
  }

  async function kinds(): Promise<readonly KubeKind[]> {
    const groups = await ask('/apis', KINDS_KEPT_MS).then(groupVersions, () => []);
    const lists = await Promise.all(
      [{ group: '', version: 'v1' }, ...groups].map(async (each) => {
        const path = each.group === '' ? `/api/${each.version}` : `/apis/${each.group}/${each.version}`;
        return ask(path, KINDS_KEPT_MS).then(
          (list) => kindsOf(list, each),
          () => [],
        );
      }),
    );
    return lists.flat();
  }

  async function findKind(resource: string): Promise<KubeKind | undefined> {
    const [name = '', ...group] = resource.toLowerCase().split('.');
    const all = await kinds();
    return all.find(
      (each) =>
        (group.length === 0 || each.group === group.join('.')) &&
        [each.name, each.singular, each.kind.toLowerCase(), ...each.shortNames].includes(name),
    );
  }

  return {
    kinds,
    namespaces: async () => (await list('/api/v1/namespaces')).map(({ name }) => name),
    async objects(resource, namespace) {
      const kind = await findKind(resource);
      if (kind === undefined) return [];
      const prefix = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
      const place = kind.isNamespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
      return list(`${prefix}${place}/${kind.name}`);
    },
    async containers(pod, namespace) {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
      const spec = fieldOf(await ask(path, NAMES_KEPT_MS), 'spec');
      return [...namesOf(fieldOf(spec, 'initContainers')), ...namesOf(fieldOf(spec, 'containers'))];
    },
  };

  async function list(path: string): Promise<readonly KubeObject[]> {
    return objectsOf(await ask(`${path}?limit=${MAX_OBJECTS}`, NAMES_KEPT_MS, 'table'));
  }
}

function groupVersions(document: unknown): { readonly group: string; readonly version: string }[] {
  return itemsOf(fieldOf(document, 'groups')).flatMap((group) => {
    const name = fieldOf(group, 'name');
    const version = fieldOf(fieldOf(group, 'preferredVersion'), 'version');
    return typeof name === 'string' && typeof version === 'string' ? [{ group: name, version }] : [];
  });
}

function kindsOf(document: unknown, of: { readonly group: string; readonly version: string }): KubeKind[] {
  return itemsOf(fieldOf(document, 'resources')).flatMap((each) => {
    const [name, kind, verbs] = [fieldOf(each, 'name'), fieldOf(each, 'kind'), itemsOf(fieldOf(each, 'verbs'))];
    // A name with a slash is a subresource; what can't be listed has no names.
    if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/') || !verbs.includes('list'))
      return [];
    const singular = fieldOf(each, 'singularName');
    const shortNames = itemsOf(fieldOf(each, 'shortNames')).filter((word): word is string => typeof word === 'string');
    return [
      {
        ...of,
        name,
        kind,
        shortNames,
        singular: typeof singular === 'string' && singular !== '' ? singular : kind.toLowerCase(),
        isNamespaced: fieldOf(each, 'namespaced') === true,
      },
    ];
  });
}

/** Names of a Table: the first cells of its rows say what kubectl would. */
function objectsOf(document: unknown): KubeObject[] {
  return itemsOf(fieldOf(document, 'rows')).flatMap((row) => {
    const name = fieldOf(fieldOf(fieldOf(row, 'object'), 'metadata'), 'name');
    if (typeof name !== 'string') return [];
    const [, ...cells] = itemsOf(fieldOf(row, 'cells'));
    const hint = cells
      .slice(0, 2)
      .map((cell) => String(cell ?? ''))
      .join(' ')
      .trim();
    return [{ name, ...(hint !== '' && { hint: hint.slice(0, 64) }) }];
  });
}

function namesOf(value: unknown): string[] {
  return itemsOf(value).flatMap((each) => {
    const name = fieldOf(each, 'name');
    return typeof name === 'string' ? [name] : [];
  });
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
