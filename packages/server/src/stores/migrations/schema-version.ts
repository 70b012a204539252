import { type Kysely, type Migration, sql } from 'kysely';
import { versionSkew } from '../../tunnels/version-skew.ts';
import type { Database } from '../schema.ts';

/** Name of the setting that holds the newest version of a server that brought the schema up to date. */
const SETTING = 'schemaVersion';

/** Migrations that were applied and that this version does not know. */
export interface UnknownMigrations {
  readonly names: readonly string[];
  /** The newest version of a server that used the database; `undefined` where none has said so. */
  readonly schemaVersion: string | undefined;
}

/** Finds what a newer version did to the schema; `undefined` when that is nothing. Changes nothing. */
export async function findUnknownMigrations(
  db: Kysely<Database>,
  known: Readonly<Record<string, Migration>>,
): Promise<UnknownMigrations | undefined> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const names = rows.map(({ name }) => name).filter((name) => known[name] === undefined);
  return names.length === 0 ? undefined : { names, schemaVersion: await readSchemaVersion(db) };
}

/**
 * Whether a server can go on with a schema that a newer one made: every release leaves what the minor version before it reads
 * and writes in place, so one step is fine, and more are not.
 */
export function isOneMinorOn(schemaVersion: string | undefined, version: string): boolean {
  if (schemaVersion === undefined) return false;
  return ['none', 'newer'].includes(versionSkew(schemaVersion, version));
}

/** Notes that `version` has brought the schema up to date, unless a newer one has. */
export async function noteSchemaVersion(db: Kysely<Database>, version: string): Promise<void> {
  const noted = await readSchemaVersion(db);
  if (noted !== undefined && !isNewer(version, noted)) return;
  await db
    .insertInto('settings')
    .values({ name: SETTING, value: version })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: version }))
    .execute();
}

async function readSchemaVersion(db: Kysely<Database>): Promise<string | undefined> {
  return (await db.selectFrom('settings').select('value').where('name', '=', SETTING).executeTakeFirst())?.value;
}

/** By major, minor and patch; what follows a hyphen does not count. */
function isNewer(version: string, than: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(than)];
  const first = a.findIndex((number, i) => number !== b[i]);
  return first !== -1 && (a[first] ?? 0) > (b[first] ?? 0);
}

const numbersOf = (version: string): readonly number[] =>
  version
    .replace(/[-+].*$/, '')
    .split('.')
    .map(Number);
