import { type Kysely, sql } from 'kysely';
import type { Envelope } from './envelope.ts';
import type { Database } from './schema.ts';

/** Secrets of a record by name. */
export type SealedSecrets = Readonly<Record<string, string>>;

/** What {@link createSecretForm} is told of a kind. */
export interface SecretFormOptions<Type extends string> {
  /** Where its records lie: with a column `secrets`, sealed, and `secret_names`. */
  readonly table: 'notification_channels' | 'audit_sinks';
  /** What the sealed secrets of a record are bound to. */
  readonly context: (id: string) => string;
  /** Which fields of each type are secret. */
  readonly fields: Readonly<Record<Type, readonly string[]>>;
  /** Fields that are kept somewhere else. */
  readonly elsewhere?: readonly string[];
}

/** How the secrets of a kind are kept whose specs lead to exactly one of several types of receivers. */
export interface SecretForm<Type extends string, Spec extends object> {
  readonly fields: Readonly<Record<Type, readonly string[]>>;
  /** Where a spec leads. Its schema lets exactly one type stand. */
  typeOf(spec: Spec): Type;
  /** The secrets that a document states. */
  statedIn(spec: Spec): SealedSecrets;
  /** A spec as it is kept: secrets are sealed beside it. */
  without(spec: Spec): Spec;
  /** Columns of the secrets of a record that is written: new ones, and of those before the ones that it is to keep. */
  columns(
    db: Kysely<Database>,
    envelope: Envelope,
    record: { readonly id: string; readonly spec: Spec; readonly secretNames: readonly string[] },
  ): Promise<{ readonly secret_names: string; readonly secrets: string | null }>;
  /** The secrets of a record; none of one that is not there. */
  read(db: Kysely<Database>, envelope: Envelope, id: string): Promise<SealedSecrets>;
}

/** Creates the form. Secrets of one record are sealed together, and bound to its id. */
export function createSecretForm<Type extends string, Spec extends { readonly [Each in Type]?: object | undefined }>(
  options: SecretFormOptions<Type>,
): SecretForm<Type, Spec> {
  const { table, context, fields, elsewhere = [] } = options;
  const types = Object.keys(fields) as Type[];

  function typeOf(spec: Spec): Type {
    const found = types.find((type) => spec[type] !== undefined);
    if (found === undefined) throw new TypeError(`a record of ${table} leads nowhere`);
    return found;
  }

  function statedIn(spec: Spec): SealedSecrets {
    const type = typeOf(spec);
    const target = spec[type] as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      fields[type].flatMap((name) => (typeof target[name] === 'string' ? [[name, target[name]]] : [])),
    );
  }

  async function read(db: Kysely<Database>, envelope: Envelope, id: string): Promise<SealedSecrets> {
    const { rows } = await sql<{ secrets: string | null }>`
      select secrets from ${sql.table(table)} where id = ${id}`.execute(db);
    const sealed = rows[0]?.secrets ?? null;
    return sealed === null ? {} : (JSON.parse(envelope.open(sealed, context(id)).reveal()) as SealedSecrets);
  }

  return {
    fields,
    typeOf,
    statedIn,
    without(spec) {
      const type = typeOf(spec);
      const hidden: readonly string[] = [...fields[type], ...elsewhere];
      const target = Object.entries(spec[type] as object).filter(([name]) => !hidden.includes(name));
      return { ...spec, [type]: Object.fromEntries(target) };
    },
    async columns(db, envelope, { id, spec, secretNames }) {
      const kept = Object.entries(await read(db, envelope, id)).filter(([name]) => secretNames.includes(name));
      const secrets = { ...Object.fromEntries(kept), ...statedIn(spec) };
      const names = Object.keys(secrets).sort();
      return {
        secret_names: JSON.stringify(names),
        secrets: names.length === 0 ? null : envelope.seal(JSON.stringify(secrets), context(id)),
      };
    },
    read,
  };
}
