import { isObject, isWithin, type JsonObject, mapValues, ownValue } from './json.ts';
import type { ChangeLimits } from './limits.ts';
import { maskAt, maskObject } from './mask-object.ts';
import { isLeftOut, tidyObject } from './tidy-object.ts';

/** The body of a write. `object` and `patch` (merge patches) are objects of the kind or parts of one, `jsonPatch` is a list. */
export interface WrittenBody {
  readonly form: 'object' | 'patch' | 'jsonPatch';
  readonly value: unknown;
}

/**
 * A body as it may be kept, or why it may not. A JSON Patch is kept as `{ operations: […] }`.
 * @param type name of the kind's type; without one nothing is kept
 */
export function maskBody(
  { form, value }: WrittenBody,
  type: string | undefined,
  limits: ChangeLimits,
): JsonObject | 'unknownKind' | 'tooLarge' {
  if (type === undefined) return 'unknownKind';
  if (!isWithin(value, limits.maxDepth, limits.maxValues)) return 'tooLarge';
  const masked = form === 'jsonPatch' ? { operations: maskOperations(value, type) } : maskWhole(value, type);
  const text = JSON.stringify(masked);
  return text.length > limits.maxPatchCharacters ? 'tooLarge' : (JSON.parse(text) as JsonObject);
}

function maskWhole(value: unknown, type: string): JsonObject {
  return isObject(value) ? maskObject(tidyObject(value, true), type) : {};
}

function maskOperations(value: unknown, type: string): readonly JsonObject[] {
  const operations = Array.isArray(value) ? value.filter(isObject) : [];
  return operations.flatMap((operation) => {
    const path = tokensOf(ownValue(operation, 'path'));
    if (isLeftOut(path)) return [];
    const kept = mapValues(operation, (part, name) => {
      if (name !== 'value') return typeof part === 'string' ? part : undefined;
      return maskOperand(path, part, type);
    });
    return [kept];
  });
}

/** Whole objects and whole maps of annotations are tidied like the object that they become a part of. */
function maskOperand(path: readonly string[], value: unknown, type: string): unknown {
  if (path.length === 0) return isObject(value) ? maskWhole(value, type) : maskAt(path, value, type);
  const [last = '', ...before] = [...path].reverse();
  const nested = [last, ...before].reduce<unknown>((inner, token) => ({ [token]: inner }), value);
  const tidied = isObject(nested) && path[0] === 'metadata' ? tidyObject(nested, true) : nested;
  const operand = path.reduce<unknown>((inner, token) => (isObject(inner) ? ownValue(inner, token) : inner), tidied);
  return maskAt(path, operand, type);
}

function tokensOf(pointer: unknown): readonly string[] {
  if (typeof pointer !== 'string') return [];
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
