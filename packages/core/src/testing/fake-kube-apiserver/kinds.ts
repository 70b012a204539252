import { KIND_ROWS } from './kinds-data.ts';

/** One kind of resource that the API server serves. */
export interface ResourceKind {
  readonly group: string;
  readonly version: string;
  /** Plural name in paths. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Empty for kinds that are answered and not stored, such as reviews: those can only be created. */
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  /** Name of its schema, see `schema.ts`; `undefined` for custom resources. */
  readonly schema: string | undefined;
  /** Columns of a custom resource. */
  readonly printerColumns?: readonly PrinterColumn[];
}

/** A subresource and what it takes. */
export interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Kind of its body when it isn't the resource's own. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

/** An `additionalPrinterColumns` entry. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

/** Verbs of a stored resource. */
export const STORED_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;

/** The kinds that are served; custom resource definitions add to them. */
export interface KindRegistry {
  all(): readonly ResourceKind[];
  find(group: string, version: string, resource: string): ResourceKind | undefined;
  /** First version of a resource. */
  findResource(group: string, resource: string): ResourceKind | undefined;
  findKind(apiVersion: string, kind: string): ResourceKind | undefined;
  add(kind: ResourceKind): void;
  removeResource(group: string, resource: string): void;
}

/** `apps/v1` or `v1`. */
export function groupVersion(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** Key of a resource across its versions: `pods`, `deployments.apps`. */
export function resourceKey(kind: { readonly group: string; readonly resource: string }): string {
  return kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
}

/** Creates a registry with the built-in kinds. */
export function createKindRegistry(): KindRegistry {
  const kinds: ResourceKind[] = [...KIND_ROWS];
  return {
    all: () => kinds,
    find: (group, version, resource) =>
      kinds.find((kind) => kind.group === group && kind.version === version && kind.resource === resource),
    findResource: (group, resource) => kinds.find((kind) => kind.group === group && kind.resource === resource),
    findKind: (apiVersion, name) => kinds.find((kind) => kind.kind === name && groupVersion(kind) === apiVersion),
    add(kind) {
      kinds.push(kind);
    },
    removeResource(group, resource) {
      for (let i = kinds.length - 1; i >= 0; i--) {
        if (kinds[i]?.group === group && kinds[i]?.resource === resource) kinds.splice(i, 1);
      }
    },
  };
}
