import {
  type FieldSet,
  fieldsOf,
  fieldValue,
  formatFieldPath,
  formatFieldsV1,
  itemElement,
  parseFieldsV1,
  removeField,
} from './field-set.ts';
import { isJson, type Json, type KubeObject, type ManagedFieldsEntry, sameJson } from './objects.ts';
import { type Field, type TypeSchema, typeOf } from './schema.ts';
import { qualified, StatusError } from './status-error.ts';

/** Who changes an object, and how. */
export interface FieldManager {
  readonly name: string;
  readonly subresource: string;
  /** RFC 3339. */
  readonly time: string;
}

const entriesOf = (object: KubeObject): readonly ManagedFieldsEntry[] => object.metadata.managedFields ?? [];

function entry(
  manager: FieldManager,
  operation: 'Apply' | 'Update',
  apiVersion: string,
  fields: FieldSet,
): ManagedFieldsEntry {
  return {
    manager: manager.name,
    operation,
    apiVersion,
    time: manager.time,
    fieldsType: 'FieldsV1',
    fieldsV1: formatFieldsV1(fields),
    ...(manager.subresource && { subresource: manager.subresource }),
  };
}

const isOf = (one: ManagedFieldsEntry, manager: FieldManager, operation: string): boolean =>
  one.manager === manager.name && one.operation === operation && (one.subresource ?? '') === manager.subresource;

/** Books the fields that an update changed to its manager, and takes them from all others. */
export function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  schema: TypeSchema | undefined,
  manager: FieldManager,
): KubeObject {
  const fields = fieldsOf(after, schema);
  const changed = new Set(
    [...fields].filter((path) => !before || !sameJson(fieldValue(before, path), fieldValue(after, path))),
  );
  const entries: ManagedFieldsEntry[] = [];
  let own = changed;
  for (const one of before ? entriesOf(before) : []) {
    const mine = isOf(one, manager, 'Update');
    const kept = [...parseFieldsV1(one.fieldsV1)].filter(
      (path) => fieldValue(after, path) !== undefined && (mine || !changed.has(path)),
    );
    if (mine) own = new Set([...kept, ...changed]);
    else if (kept.length > 0) entries.push({ ...one, fieldsV1: formatFieldsV1(new Set(kept)) });
  }
  const previous = before && entriesOf(before).find((one) => isOf(one, manager, 'Update'));
  if (own.size > 0) {
    entries.push(changed.size === 0 && previous ? previous : entry(manager, 'Update', after.apiVersion, own));
  }
  return { ...after, metadata: { ...after.metadata, ...(entries.length > 0 && { managedFields: entries }) } };
}

/** What {@link applyConfiguration} needs. */
export interface ApplyOptions {
  readonly live: KubeObject | undefined;
  readonly applied: KubeObject;
  readonly schema: TypeSchema | undefined;
  readonly manager: FieldManager;
  /** Takes fields over from other managers instead of refusing. */
  readonly force: boolean;
  readonly resource: string;
  readonly group: string;
}

/**
 * Server-side apply: merges the applied configuration into the live object, removes what the manager applied before and
 * no longer does, and books the fields.
 * @throws StatusError 409 with a cause for each field that another manager holds with another value
 */
export function applyConfiguration(options: ApplyOptions): KubeObject {
  const { live, applied, schema, manager, force } = options;
  const wanted = fieldsOf(applied, schema);
  const entries = live ? entriesOf(live) : [];
  const previous = entries.find((one) => isOf(one, manager, 'Apply'));
  const others = entries.filter((one) => one !== previous).map((one) => ({ one, fields: parseFieldsV1(one.fieldsV1) }));

  const contested = [...wanted].filter((path) => {
    if (path.endsWith('\0.')) return false;
    return live !== undefined && !sameJson(fieldValue(live, path), fieldValue(applied, path));
  });
  const conflicts = contested.flatMap((path) =>
    others.filter(({ fields }) => fields.has(path)).map(({ one }) => ({ path, one })),
  );
  if (conflicts.length > 0 && !force) throw applyConflict(options, conflicts);

  const merged = mergeApplied(
    live ?? { apiVersion: applied.apiVersion, kind: applied.kind, metadata: applied.metadata },
    applied,
    schema,
  );
  for (const path of previous ? parseFieldsV1(previous.fieldsV1) : []) {
    if (!wanted.has(path) && !others.some(({ fields }) => fields.has(path))) removeField(merged, path);
  }
  const kept = others.flatMap(({ one, fields }) => {
    const left = [...fields].filter((path) => !contested.includes(path) && fieldValue(merged, path) !== undefined);
    return left.length === 0 ? [] : [{ ...one, fieldsV1: formatFieldsV1(new Set(left)) }];
  });
  const booked = entry(manager, 'Apply', applied.apiVersion, wanted);
  const unchanged = previous !== undefined && sameJson(previous.fieldsV1, booked.fieldsV1);
  const object = merged as KubeObject;
  return { ...object, metadata: { ...object.metadata, managedFields: [...kept, unchanged ? previous : booked] } };
}

function applyConflict(
  options: ApplyOptions,
  conflicts: readonly { readonly path: string; readonly one: ManagedFieldsEntry }[],
): StatusError {
  const causes = conflicts.map(({ path, one }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${JSON.stringify(one.manager)}${one.operation === 'Update' ? ` using ${one.apiVersion}` : ''}`,
    field: formatFieldPath(path),
  }));
  const list =
    causes.length === 1
      ? `1 conflict: ${causes[0]?.message}: ${causes[0]?.field}`
      : `${causes.length} conflicts: ${causes.map((cause) => `${cause.message}: ${cause.field}`).join('\n')}`;
  return new StatusError('Conflict', `Apply failed with ${list}`, {
    details: { name: options.applied.metadata.name, kind: qualified(options.resource, options.group), causes },
  });
}

/** Merges by the schema: maps by key, keyed lists by their keys, sets by value, the rest is replaced. */
export function mergeApplied(live: Json, applied: Json, schema: TypeSchema | undefined): Json {
  const result = structuredClone(live);
  for (const [key, value] of Object.entries(applied)) {
    result[key] = mergeValue(result[key], value, schema?.fields.get(key));
  }
  return result;
}

function mergeValue(live: unknown, applied: unknown, field: Field | undefined): unknown {
  if (isJson(live) && isJson(applied)) return mergeApplied(live, applied, typeOf(field?.type));
  const keys = field?.listKeys;
  if (!Array.isArray(live) || !Array.isArray(applied) || keys === undefined) return structuredClone(applied);
  const items: unknown[] = [...(live as unknown[])];
  const element = field?.type.is === 'list' ? typeOf(field.type.of) : undefined;
  for (const item of applied as unknown[]) {
    if (keys.length === 0 || !isJson(item)) {
      if (!items.some((candidate) => sameJson(candidate, item))) items.push(item);
      continue;
    }
    const wanted = itemElement(item, keys);
    const index = items.findIndex((candidate) => isJson(candidate) && itemElement(candidate, keys) === wanted);
    if (index === -1) items.push(structuredClone(item));
    else items[index] = mergeApplied(items[index] as Json, item, element);
  }
  return items;
}
