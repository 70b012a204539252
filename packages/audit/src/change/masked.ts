import { isObject, type JsonObject } from './json.ts';

/** What stands in place of a value that is not shown. */
export const MASK_TEXT = '[masked]';

/**
 * A value that is not shown. It is kept while two objects are compared, so that it can be told whether it changed, and never
 * written.
 */
export class Masked {
  /** Not enumerable and not serialised: only {@link inner} and {@link isSameMasked} reach it. */
  readonly #value: unknown;
  /** Whether nothing of it is told, not even which names are inside. */
  readonly isSealed: boolean;

  constructor(value: unknown, isSealed: boolean) {
    this.#value = value;
    this.isSealed = isSealed;
  }

  /** The object or list inside, one level, with everything in it masked. `undefined` for scalars and sealed values. */
  inner(): JsonObject | readonly unknown[] | undefined {
    if (this.isSealed) return undefined;
    if (Array.isArray(this.#value)) return this.#value.map((item) => new Masked(item, false));
    if (!isObject(this.#value)) return undefined;
    return Object.fromEntries(Object.entries(this.#value).map(([name, value]) => [name, new Masked(value, false)]));
  }

  /** Whether two masked values are the same. */
  isSame(other: Masked): boolean {
    return isEqualJson(this.#value, other.#value);
  }

  toJSON(): string {
    return MASK_TEXT;
  }
}

/** Whether two JSON values are the same, whatever the order of names. Knows {@link Masked}. */
export function isEqualJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left instanceof Masked || right instanceof Masked) {
    return left instanceof Masked && right instanceof Masked && left.isSame(right);
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, at) => isEqualJson(item, right[at]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isEqualJson(left[name], right[name]))
  );
}

/** Whether a value holds something masked, at any depth. */
export function holdsMasked(value: unknown): boolean {
  if (value instanceof Masked) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsMasked);
}
