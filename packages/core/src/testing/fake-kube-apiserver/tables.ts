import type { PrinterColumn, ResourceKind } from './kinds.ts';
import { resourceKey } from './kinds.ts';
import { at, isJson, type Json, type KubeObject } from './objects.ts';
import { type Column, columnsOf } from './table-columns.ts';
import { formatAge } from './table-text.ts';

/** How much of the object a row carries (`includeObject`). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** What {@link createTable} needs besides the objects. */
export interface TableOptions {
  readonly kind: ResourceKind;
  readonly metadata: Json;
  readonly includeObject: IncludeObject;
  readonly apiVersion: string;
  readonly at: number;
  /** Column definitions are sent with the first table of a watch only. */
  readonly withColumns: boolean;
}

/** Renders objects as a `meta.k8s.io` Table, as the API server prints for `kubectl get`. */
export function createTable(objects: readonly KubeObject[], options: TableOptions): Json {
  const columns = kindColumns(options.kind);
  return {
    kind: 'Table',
    apiVersion: options.apiVersion,
    metadata: options.metadata,
    columnDefinitions: options.withColumns ? columns.map(({ cell: _cell, ...definition }) => definition) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.at)),
      ...conditions(object),
      object: rowObject(object, options.includeObject),
    })),
  };
}

/** kubectl sorts and colours by this. */
function conditions(object: KubeObject): Json {
  const phase = at(object, 'status.phase');
  if (object.kind !== 'Pod' || (phase !== 'Succeeded' && phase !== 'Failed')) return {};
  return {
    conditions: [
      {
        type: 'Completed',
        status: 'True',
        reason: phase,
        message: phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.',
      },
    ],
  };
}

function rowObject(object: KubeObject, include: IncludeObject): Json | null {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialMetadata(object);
}

/** `PartialObjectMetadata` of an object. */
export function partialMetadata(object: KubeObject, apiVersion = 'meta.k8s.io/v1'): Json {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
}

function kindColumns(kind: ResourceKind): readonly Column[] {
  return columnsOf(resourceKey(kind)) ?? customColumns(kind.printerColumns ?? []);
}

const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
  cell: (object) => object.metadata.name,
};

const AGE: Column = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'CreationTimestamp is a timestamp representing the server time when this object was created.',
  priority: 0,
  cell: (object, now) => formatAge(object.metadata.creationTimestamp, now),
};

function customColumns(printer: readonly PrinterColumn[]): readonly Column[] {
  if (printer.length === 0) return [NAME, AGE];
  const columns = printer.map(
    ({ name, type, jsonPath, priority = 0 }): Column => ({
      name,
      type,
      format: '',
      description: name,
      priority,
      cell: (object, now) => {
        const value = at(object, jsonPath.replace(/^\./, ''));
        if (type === 'date' && typeof value === 'string') return formatAge(value, now);
        return isJson(value) || Array.isArray(value) ? JSON.stringify(value) : (value ?? '');
      },
    }),
  );
  return [NAME, ...columns];
}
