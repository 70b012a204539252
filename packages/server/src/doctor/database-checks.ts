import { createTileSet, edgeTiles, encodeBase64, openCheckpoint, treeRoot } from '@sallyport/audit/proof';
import { formatDuration } from '@sallyport/core';
import { type Kysely, sql } from 'kysely';
import type { ServerConfig } from '../config.ts';
import { keyPolicies } from '../pki/key-policies.ts';
import { isSamePast } from '../restore/keep-past.ts';
import { pastFolderOf, readAllNotes } from '../restore/past-notes.ts';
import { createAuditProofRows } from '../stores/audit-proof-rows.ts';
import { readChangeTime } from '../stores/change-feed.ts';
import { createEnvelope } from '../stores/envelope.ts';
import { kindOfKeys } from '../stores/key-contracts.ts';
import { MIGRATIONS } from '../stores/migrations/index.ts';
import { findUnknownMigrations, isOneMinorOn } from '../stores/migrations/schema-version.ts';
import { KEY_CHECK } from '../stores/open-store.ts';
import { readPast } from '../stores/past-rows.ts';
import type { Database } from '../stores/schema.ts';
import { SERVER_VERSION } from '../version.ts';
import { type Found, failed, ok, skipped } from './check.ts';

const MIN_POSTGRES = 150_000;
/** Agents refuse what is half a minute off. */
const MAX_SKEW_MS = 30_000;
/** How late the step of a key may be: a server takes it within minutes. */
const LATE_KEY_MS = 3_600_000;
const LOOPBACK = /^(?:localhost|127\.|::1$|\[::1\]$|$)/;

/** What PostgreSQL is, and how it is reached. */
export async function checkPostgres(db: Kysely<Database>, config: ServerConfig): Promise<Found> {
  const { rows } = await sql<{ version: number; standby: boolean; tls: boolean; standbys: string }>`
    select current_setting('server_version_num')::integer as version, pg_is_in_recovery() as standby,
      coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls,
      current_setting('synchronous_standby_names') as standbys`.execute(db);
  const [facts] = rows;
  if (facts === undefined) return failed('it says nothing of itself', 'Look at its log.');
  const version = Math.floor(facts.version / 10_000);
  if (facts.version < MIN_POSTGRES) return failed(`it is PostgreSQL ${version}`, 'Use PostgreSQL 15 or newer.');
  if (facts.standby)
    return failed('it is a standby', 'Promote it, or have the address of the database lead to the primary.');
  const host = hostOf(config);
  if (!facts.tls && config.mode === 'production' && !LOOPBACK.test(host)) {
    return failed(
      `what is said to ${host} is not encrypted`,
      'Have databaseUrlFile end with ?sslmode=verify-full, and PostgreSQL serve TLS.',
    );
  }
  if (config.databaseDirectUrl === undefined && (await isPooled(config))) {
    return failed(
      'what answers shares its connections to PostgreSQL',
      'Have databaseDirectUrlFile name the database itself; databaseUrlFile may then lead to the pooler.',
    );
  }
  const standbys = facts.standbys === '' ? 'no synchronous standby' : `synchronous standbys ${facts.standbys}`;
  return ok(`PostgreSQL ${version}, ${facts.tls ? 'TLS' : 'no TLS'}, ${standbys}`);
}

function hostOf({ databaseUrl }: ServerConfig): string {
  try {
    return new URL(databaseUrl?.reveal() ?? '').hostname;
  } catch {
    return '';
  }
}

/** A pooler carries no settings of a session over, or refuses them. */
async function isPooled({ databaseUrl }: ServerConfig): Promise<boolean> {
  const { default: pg } = await import('pg');
  const wanted = 12_345;
  const client = new pg.Client({ connectionString: databaseUrl?.reveal() ?? '', statement_timeout: wanted });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      `select setting::integer as ms from pg_settings where name = 'statement_timeout'`,
    );
    return (rows[0] as { readonly ms?: unknown } | undefined)?.ms !== wanted;
  } catch (error) {
    if (error instanceof Error && /unsupported startup parameter/.test(error.message)) return true;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Whether this program can work with the schema. */
export async function checkSchema(db: Kysely<Database>): Promise<Found> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass('kysely_migration') is not null as there`.execute(db);
  if (!rows[0]?.there) return ok('the database is empty; the first start sets it up');
  const unknown = await findUnknownMigrations(db, MIGRATIONS);
  if (unknown !== undefined) {
    const by = unknown.schemaVersion ?? 'a newer version';
    if (isOneMinorOn(unknown.schemaVersion, SERVER_VERSION)) return ok(`made by ${by}, one minor version on`);
    return failed(
      `made by ${by}, this is ${SERVER_VERSION}`,
      'Start the version that last used this database, or a newer one.',
    );
  }
  const applied = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const pending = Object.keys(MIGRATIONS).length - applied.rows.length;
  return ok(pending === 0 ? 'up to date' : `the next start brings ${pending} changes of the schema`);
}

/** Whether the key of the configuration opens what is stored. */
export async function checkEncryptionKey(db: Kysely<Database>, config: ServerConfig): Promise<Found> {
  const stored = await db.selectFrom('settings').select('value').where('name', '=', KEY_CHECK).executeTakeFirst();
  if (stored === undefined) return ok('nothing is encrypted yet');
  createEnvelope([config.encryptionKey, ...(config.formerEncryptionKeys ?? [])]).open(stored.value, KEY_CHECK);
  return ok('it opens what is stored');
}

/** Whether the database is the one that this machine has seen. */
export async function checkPast(db: Kysely<Database>, config: ServerConfig): Promise<Found> {
  const notes = await readAllNotes(pastFolderOf(config));
  if (notes.length === 0) return ok('no server has noted anything here yet');
  const past = await readPast(db);
  for (const note of notes) isSamePast(note, past, await readChangeTime(db, note.seq));
  return ok(`at change ${past.head}, this machine has seen ${Math.max(...notes.map(({ seq }) => seq))}`);
}

/** Whether this machine and the database agree on the time. */
export async function checkClock(db: Kysely<Database>, nowMs: () => number): Promise<Found> {
  const before = nowMs();
  const { rows } = await sql<{ ms: number | string }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(db);
  const skewMs = Math.round(Math.abs((before + nowMs()) / 2 - Number(rows[0]?.ms)));
  if (skewMs <= MAX_SKEW_MS) return ok(`within ${formatDuration(MAX_SKEW_MS)} of the database's`);
  return failed(
    `differs from the database's by ${formatDuration(skewMs)}, limit is ${formatDuration(MAX_SKEW_MS)}`,
    'Have both machines set their clocks by NTP.',
  );
}

/** Whether keys are rotated when they are meant to be. */
export async function checkKeys(db: Kysely<Database>, config: ServerConfig, nowMs: number): Promise<Found> {
  const policies = keyPolicies(config.keyRotation);
  const keys = await db.selectFrom('keys').select(['purpose', 'phase', 'signs_from', 'verifies_until']).execute();
  if (keys.length === 0) return ok('there are none yet');
  const late = keys.filter(({ purpose, phase, signs_from, verifies_until }) => {
    const { lifetimeMs } = policies[kindOfKeys(purpose)];
    const dueMs =
      phase === 'retired'
        ? verifies_until?.getTime()
        : phase === 'next'
          ? signs_from.getTime()
          : lifetimeMs && signs_from.getTime() + lifetimeMs;
    return dueMs !== undefined && dueMs + LATE_KEY_MS < nowMs;
  });
  if (late.length === 0) return ok(`${keys.length} keys, none of them late`);
  const purposes = [...new Set(late.map(({ purpose }) => purpose))].sort().join(', ');
  return failed(`the keys of ${purposes} are past their time`, 'Start a server: it takes the steps that are due.');
}

/** Whether the newest checkpoint of each audit log is of the log that is there. */
export async function checkAuditLog(db: Kysely<Database>): Promise<Found> {
  const proof = createAuditProofRows(db);
  const keys = await proof.keys();
  const logs = await proof.logs();
  for (const log of logs) {
    const newest = await proof.newestCheckpoint(log);
    if (newest === undefined) continue;
    const checkpoint = openCheckpoint(newest.note, keys);
    const next = 'Find out with "sallyport audit verify" what was changed, and keep the database as it is.';
    if (checkpoint === undefined) return failed(`no known key signed the newest checkpoint of ${log}`, next);
    const tiles = createTileSet(await proof.tiles(log, edgeTiles(newest.size)));
    if (encodeBase64(treeRoot(newest.size, tiles)) !== encodeBase64(checkpoint.root)) {
      return failed(`the log ${log} is not the one of its newest checkpoint, of ${newest.size} events`, next);
    }
  }
  return logs.length === 0
    ? skipped('there is no checkpoint yet')
    : ok(`${logs.length} logs, each with a checkpoint that holds`);
}

/** Issuers of the identity providers that are stored. */
export async function storedIssuers(db: Kysely<Database>): Promise<readonly string[]> {
  const rows = await db.selectFrom('identity_providers').select(['issuer', 'spec']).execute();
  return rows.filter(({ spec }) => spec.oidc !== undefined).map(({ issuer }) => issuer);
}
