import type { SecretForm } from '../../stores/sealed-secrets.ts';
import { documentProblem } from '../references.ts';

/** Fields that say where a secret is sent, and for whom it speaks. */
const PLACES = [
  ...['url', 'apiUrl', 'endpoint', 'loginUrl', 'serviceUrl', 'openIdUrl'],
  ...['user', 'accessKeyId', 'appId', 'tenant'],
] as const;

/** What a record keeps of secrets, once a document was taken over. */
export interface PlannedSecrets {
  readonly secretNames: readonly string[];
  /** Whether the document states any. */
  readonly areStated: boolean;
}

/**
 * Plans the secrets of something that leads to a receiver: what a document states, and what was stated before as long as it is sent
 * to the same place in the same name. Elsewhere it must be stated anew, or whoever changes the address would be sent it.
 * @throws ApiError when one of those that its type demands is missing
 */
export function planSecrets<Type extends string, Spec extends object>(
  form: Pick<SecretForm<Type, Spec>, 'typeOf' | 'statedIn'>,
  demanded: Readonly<Record<Type, readonly string[]>>,
  spec: Spec,
  existing: { readonly spec: Spec; readonly secretNames: readonly string[] } | undefined,
): PlannedSecrets {
  const stated = Object.keys(form.statedIn(spec));
  const before = existing?.secretNames ?? [];
  const kept = existing !== undefined && placeOf(form, existing.spec) === placeOf(form, spec) ? before : [];
  const secretNames = [...new Set([...kept, ...stated])].sort();
  const type = form.typeOf(spec);
  for (const name of demanded[type]) {
    if (secretNames.includes(name)) continue;
    throw documentProblem(
      `spec.${type}.${name}`,
      before.includes(name) ? 'is missing, and the one of before is not sent to another address' : 'is missing',
      'State it: it is kept sealed and never shown.',
    );
  }
  return { secretNames, areStated: stated.length > 0 };
}

/** Where a secret would be sent, and in whose name. */
function placeOf<Type extends string, Spec extends object>(
  form: Pick<SecretForm<Type, Spec>, 'typeOf'>,
  spec: Spec,
): string {
  const type = form.typeOf(spec);
  const place = (spec as Readonly<Record<string, unknown>>)[type] as Readonly<Record<string, unknown>>;
  return JSON.stringify([type, ...PLACES.map((name) => place[name])]);
}
