import type { KubeClient } from './kube-client.ts';

/** A kind of objects that a cluster serves. */
export interface KubeKind {
  /** Names it in addresses: `v1.pods`, `apps.v1.deployments`. */
  readonly id: string;
  readonly group: string;
  readonly version: string;
  /** Plural, as rules name it. */
  readonly resource: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  /** Subresources, e.g. `log`, `exec`, `scale`. */
  readonly subresources: readonly string[];
}

/** One entry of an APIResourceList. */
export interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
}

/** The kinds of one APIResourceList, their subresources with them. */
export function kindsOf(groupVersion: string, resources: readonly ApiResource[]): readonly KubeKind[] {
  const [group, version] = groupVersion.includes('/')
    ? (groupVersion.split('/', 2) as [string, string])
    : ['', groupVersion];
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs = [], shortNames = [] }) => ({
      id: [group, version, name].filter((part) => part !== '').join('.'),
      group,
      version,
      resource: name,
      kind,
      isNamespaced: namespaced,
      verbs,
      shortNames,
      subresources: resources.flatMap((each) =>
        each.name.startsWith(`${name}/`) ? [each.name.slice(name.length + 1)] : [],
      ),
    }));
}

/**
 * What a cluster serves that can be listed. A group that does not answer is left out: the others are served all the same.
 * @throws ApiProblemError when not even the core group may be asked for
 */
export async function discoverKinds(client: KubeClient, signal: AbortSignal): Promise<readonly KubeKind[]> {
  const read = async (path: string, groupVersion: string) => {
    const { resources = [] } = await client.get<{ readonly resources?: readonly ApiResource[] }>(path, { signal });
    return kindsOf(groupVersion, resources);
  };
  const [core, { groups = [] }] = await Promise.all([
    read('/api/v1', 'v1'),
    client.get<{
      readonly groups?: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
    }>('/apis', { signal }),
  ]);
  const others = groups.map(({ preferredVersion: { groupVersion } }) =>
    read(`/apis/${groupVersion}`, groupVersion).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof Error) return [];
      throw error;
    }),
  );
  const kinds = [...core, ...(await Promise.all(others)).flat()];
  return kinds.filter(({ verbs }) => verbs.includes('list'));
}

/** A part of the kinds, as the rail shows them. */
export interface KindGroup {
  readonly title: string;
  readonly kinds: readonly KubeKind[];
}

const WELL_KNOWN: readonly (readonly [string, readonly string[]])[] = [
  [
    'Workloads',
    ['v1.pods', 'apps.deployments', 'apps.statefulsets', 'apps.daemonsets', 'batch.jobs', 'batch.cronjobs'],
  ],
  ['Network', ['v1.services', 'networking.k8s.io.ingresses', 'networking.k8s.io.networkpolicies']],
  ['Config', ['v1.configmaps', 'v1.secrets', 'v1.persistentvolumeclaims', 'v1.serviceaccounts']],
  ['Cluster', ['events', 'v1.nodes', 'v1.namespaces', 'v1.persistentvolumes']],
];

/** What the well-known list names a kind by: without the version, which changes with the cluster. */
const familyOf = ({ group, resource }: KubeKind) => (group === '' ? `v1.${resource}` : `${group}.${resource}`);

/** Groups of Kubernetes itself end so, or have no dot at all; others are made by custom resources. */
const isBuiltIn = (group: string) => group === '' || !group.includes('.') || group.endsWith('.k8s.io');

/** Sorts kinds into the parts of the rail: what people look at most, then custom ones, then all the rest. */
export function groupKinds(kinds: readonly KubeKind[]): readonly KindGroup[] {
  const left = new Set(kinds);
  const take = (family: string) => {
    const wanted = family === 'events' ? 'v1.events' : family;
    const found = kinds.find((kind) => familyOf(kind) === wanted);
    if (found !== undefined) left.delete(found);
    return found === undefined ? [] : [found];
  };
  const known = WELL_KNOWN.map(([title, families]) => ({ title, kinds: families.flatMap(take) }));
  const byName = (a: KubeKind, b: KubeKind) => a.resource.localeCompare(b.resource);
  const custom = [...left].filter(({ group }) => !isBuiltIn(group)).sort(byName);
  // What is served by two groups (events) stands once.
  const seen = new Set(known.flatMap((group) => group.kinds.map(({ kind }) => kind)));
  const rest = [...left].filter(({ group, kind }) => isBuiltIn(group) && !seen.has(kind)).sort(byName);
  const at = known.length - 1;
  return [
    ...known.slice(0, at),
    { title: 'Custom', kinds: custom },
    ...known.slice(at),
    { title: 'More', kinds: rest },
  ].filter((group) => group.kinds.length > 0);
}

/** The path of a kind's objects; of one of them with `name`. */
export function objectPath(kind: KubeKind, namespace: string | undefined, name?: string, subresource?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const place = kind.isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${place}/${kind.resource}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}
