import type { ResourceKind } from './kinds.ts';
import type { Representation } from './negotiate.ts';
import { isJson, type Json, type KubeObject } from './objects.ts';
import { createTable, type IncludeObject, partialMetadata } from './tables.ts';

/** What a form needs besides the object. */
export interface RepresentOptions {
  readonly kind: ResourceKind;
  readonly form: Representation;
  readonly includeObject: IncludeObject;
  readonly at: number;
}

/** Reads `includeObject` of the query. */
export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}

/** One object or a list in the wanted form. Statuses stay as they are. */
export function represent(object: Json, options: RepresentOptions): Json {
  const { kind, form, includeObject, at } = options;
  if (form.as === 'object' || object['kind'] === 'Status') return object;
  const items = object['items'];
  const list = Array.isArray(items) ? (items as KubeObject[]) : undefined;
  const metadata = isJson(object['metadata']) ? object['metadata'] : {};
  if (form.as === 'table') {
    return createTable(list ?? [object as KubeObject], {
      kind,
      metadata: list ? metadata : { resourceVersion: metadata['resourceVersion'] },
      includeObject,
      apiVersion: form.apiVersion,
      at,
      withColumns: true,
    });
  }
  if (!list) return partialMetadata(object as KubeObject, form.apiVersion);
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: form.apiVersion,
    metadata,
    items: list.map((item) => partialMetadata(item, form.apiVersion)),
  };
}
