import { isJson, type Json, sameJson } from './objects.ts';
import { type Field, type TypeSchema, typeOf } from './schema.ts';

const DIRECTIVE = '$patch';
const RETAIN = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

/**
 * Applies a strategic merge patch. Lists merge by the keys of the schema; `$patch`, `$retainKeys`,
 * `$deleteFromPrimitiveList` and `$setElementOrder` are understood.
 */
export function applyStrategicPatch(document: Json, patch: Json, schema: TypeSchema | undefined): Json {
  if (patch[DIRECTIVE] === 'replace') return withoutDirectives(patch);
  if (patch[DIRECTIVE] === 'delete') return {};
  const result: Json = { ...document };
  const retain = patch[RETAIN];
  if (Array.isArray(retain)) {
    for (const key of Object.keys(result)) if (!retain.includes(key)) delete result[key];
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete result[key];
    else result[key] = mergeField(result[key], value, schema?.fields.get(key));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    const name = key.slice(key.indexOf('/') + 1);
    const field = schema?.fields.get(name);
    if (key.startsWith(DELETE_FROM)) {
      result[name] = ((result[name] as unknown[] | undefined) ?? []).filter((item) => !value.includes(item));
    } else if (key.startsWith(ORDER) && Array.isArray(result[name])) {
      result[name] = inOrder(result[name] as unknown[], value, field?.mergeKey ?? '');
    }
  }
  return result;
}

function mergeField(current: unknown, patch: unknown, field: Field | undefined): unknown {
  if (Array.isArray(patch)) {
    return field?.mergeKey === undefined ? patch.filter((item) => !isReplace(item)) : mergeList(current, patch, field);
  }
  if (!isJson(patch)) return patch;
  return applyStrategicPatch(isJson(current) ? current : {}, patch, typeOf(field?.type));
}

const isReplace = (item: unknown): boolean =>
  isJson(item) && item[DIRECTIVE] === 'replace' && Object.keys(item).length === 1;

function mergeList(current: unknown, patch: readonly unknown[], field: Field): unknown[] {
  const key = field.mergeKey ?? '';
  const live = Array.isArray(current) ? [...(current as unknown[])] : [];
  if (patch.some(isReplace)) return patch.filter((item) => !isReplace(item));
  if (key === '') return [...live, ...patch.filter((item) => !live.includes(item))];
  const element = field.type.is === 'list' ? typeOf(field.type.of) : undefined;
  for (const item of patch) {
    if (!isJson(item)) continue;
    const index = live.findIndex((candidate) => isJson(candidate) && sameJson(candidate[key], item[key]));
    if (item[DIRECTIVE] === 'delete') {
      if (index !== -1) live.splice(index, 1);
    } else if (index === -1) live.push(applyStrategicPatch({}, item, element));
    else live[index] = applyStrategicPatch(live[index] as Json, item, element);
  }
  return live;
}

/** Sorts by the order the patch wants; items it does not name keep their place relative to their neighbours. */
function inOrder(items: readonly unknown[], order: readonly unknown[], key: string): unknown[] {
  const rank = (item: unknown): number =>
    order.findIndex((wanted) =>
      key === '' ? wanted === item : isJson(wanted) && isJson(item) && sameJson(wanted[key], item[key]),
    );
  const named = items.filter((item) => rank(item) !== -1).sort((a, b) => rank(a) - rank(b));
  return [...named, ...items.filter((item) => rank(item) === -1)];
}

function withoutDirectives(patch: Json): Json {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}
