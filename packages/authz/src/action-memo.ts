import type { RequestAttributes } from '@sallyport/core';

/** The words come from requests, so whoever sends them must not fill the memory. */
const MAX_REMEMBERED = 128;
/** What nobody sends but to fill the memory is not remembered. In characters. */
const MAX_LENGTH = 256;

type Tree<Value> = Map<string, Map<string, Map<string, Map<string, Value>>>>;

/**
 * Remembers what depends on nothing but the words of an action: its verb, group, resource and subresource, or its verb and
 * path. Each word is a key of its own, since no separator is safe in a word that comes from a request.
 */
export function rememberedByWords<Value extends object>(
  find: (action: RequestAttributes) => Value,
): (action: RequestAttributes) => Value {
  const resources: Tree<Value> = new Map();
  const paths = new Map<string, Map<string, Value>>();
  let size = 0;
  return (action) => {
    if (isLong(action)) return find(action);
    if (size >= MAX_REMEMBERED) {
      resources.clear();
      paths.clear();
      size = 0;
    }
    const byLast =
      action.kind === 'nonResource'
        ? branch(paths, action.verb)
        : branch(branch(branch(resources, action.verb), action.apiGroup), action.resource);
    const last = action.kind === 'nonResource' ? action.path : action.subresource;
    const known = byLast.get(last);
    if (known !== undefined) return known;
    const value = find(action);
    byLast.set(last, value);
    size += 1;
    return value;
  };
}

function isLong(action: RequestAttributes): boolean {
  const { verb } = action;
  if (action.kind === 'nonResource') return verb.length + action.path.length > MAX_LENGTH;
  return verb.length + action.apiGroup.length + action.resource.length + action.subresource.length > MAX_LENGTH;
}

function branch<Key, Inner, Value>(map: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = new Map<Inner, Value>();
  map.set(key, created);
  return created;
}
