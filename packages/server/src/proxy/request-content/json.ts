/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The form in which names of fields are compared. Go's `encoding/json`, which aggregated API servers and webhooks decode
 * with, takes names that differ in case for one, and folds `ſ` and the Kelvin sign with them.
 */
export function foldName(name: string): string {
  const lower = name.toLowerCase();
  return /^[\0-\x7f]*$/.test(lower) ? lower : name.toUpperCase().toLowerCase();
}

/** Every value that an object has under a name, however its case is written. `folded` is in the form of {@link foldName}. */
export function valuesNamed(object: unknown, folded: string): readonly unknown[] {
  if (!isJson(object)) return [];
  const values: unknown[] = [];
  for (const name of Object.keys(object)) {
    if (foldName(name) === folded) values.push(object[name]);
  }
  return values;
}
