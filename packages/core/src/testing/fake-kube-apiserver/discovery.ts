import { createHash } from 'node:crypto';
import { groupVersion, type ResourceKind, type Subresource } from './kinds.ts';
import type { Json } from './objects.ts';

interface GroupVersions {
  readonly group: string;
  readonly versions: readonly string[];
}

function groupsOf(kinds: readonly ResourceKind[]): GroupVersions[] {
  const groups = new Map<string, Set<string>>();
  for (const { group, version } of kinds) groups.set(group, (groups.get(group) ?? new Set()).add(version));
  return [...groups].map(([group, versions]) => ({ group, versions: [...versions] }));
}

/** `GET /api`. */
export function apiVersions(address: string): Json {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

function groupBody({ group, versions }: GroupVersions): Json {
  const entries = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

/** `GET /apis`. */
export function apiGroupList(kinds: readonly ResourceKind[]): Json {
  const groups = groupsOf(kinds).filter(({ group }) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupBody) };
}

/** `GET /apis/<group>`. */
export function apiGroup(kinds: readonly ResourceKind[], name: string): Json | undefined {
  const found = groupsOf(kinds).find(({ group }) => group === name && group !== '');
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(found) };
}

function storageVersionHash(kind: ResourceKind): string {
  return createHash('sha256')
    .update(`${groupVersion(kind)}/${kind.kind}`)
    .digest('base64')
    .slice(0, 11)
    .concat('=');
}

function subresourceEntry(kind: ResourceKind, sub: Subresource): Json {
  return {
    name: `${kind.resource}/${sub.name}`,
    singularName: '',
    namespaced: kind.namespaced,
    ...(sub.kind &&
      (sub.kind.group !== kind.group || sub.kind.version !== kind.version) && {
        group: sub.kind.group,
        version: sub.kind.version,
      }),
    kind: sub.kind?.kind ?? kind.kind,
    verbs: sub.verbs,
  };
}

/** `GET /api/v1`, `GET /apis/<group>/<version>`. */
export function apiResourceList(kinds: readonly ResourceKind[], wanted: string): Json | undefined {
  const members = kinds.filter((kind) => groupVersion(kind) === wanted);
  if (members.length === 0) return undefined;
  const resources = members.flatMap((kind) => [
    {
      name: kind.resource,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
      ...(kind.categories.length > 0 && { categories: kind.categories }),
      ...(kind.verbs.includes('watch') && { storageVersionHash: storageVersionHash(kind) }),
    },
    ...kind.subresources.map((sub) => subresourceEntry(kind, sub)),
  ]);
  return { kind: 'APIResourceList', ...(wanted !== 'v1' && { apiVersion: 'v1' }), groupVersion: wanted, resources };
}

/** `GET /api` and `GET /apis` for clients that accept aggregated discovery (`apidiscovery.k8s.io`). */
export function aggregatedDiscovery(kinds: readonly ResourceKind[], legacy: boolean, version: string): Json {
  const groups = groupsOf(kinds).filter(({ group }) => (group === '') === legacy);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((name) => ({
        version: name,
        freshness: 'Current',
        resources: kinds.filter((kind) => kind.group === group && kind.version === name).map(aggregatedResource),
      })),
    })),
  };
}

function aggregatedResource(kind: ResourceKind): Json {
  return {
    resource: kind.resource,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(kind.subresources.length > 0 && {
      subresources: kind.subresources.map((sub) => ({
        subresource: sub.name,
        responseKind: sub.kind ?? { group: kind.group, version: kind.version, kind: kind.kind },
        verbs: sub.verbs,
      })),
    }),
  };
}
