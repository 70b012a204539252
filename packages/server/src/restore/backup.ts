import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Secret, systemClock } from '@sallyport/core';
import type { ServerConfig } from '../config.ts';
import { ServerError } from '../errors.ts';
import { lockFolder } from '../stores/folder-lock.ts';
import { openPglite } from '../stores/pglite/client.ts';
import { SERVER_VERSION } from '../version.ts';

/** What stands beside the data of a backup. */
export interface BackupManifest {
  readonly format: 1;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly serverVersion: string;
  /** Number of the last change in it. */
  readonly change: number;
  /** Begins the SHA-256 of the encryption key that opens it. The key itself is not in the backup. */
  readonly encryptionKeyFingerprint: string;
}

const MANIFEST_FILE = 'backup.json';
const DATA_FOLDER = 'pgdata';
const MARKER_FILE = 'initialised';
const FINGERPRINT_CHARACTERS = 16;

/** How to tell encryption keys apart without showing them. */
export function fingerprintOf(encryptionKey: Secret<Buffer>): string {
  return createHash('sha256').update(encryptionKey.reveal()).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
}

/**
 * Copies the embedded database into a new folder, while no server holds it. PostgreSQL has tools of its own for that.
 * @throws ServerError `ERR_BACKUP_REFUSED`; StoreError, among them `ERR_STORE_LOCKED` while a server runs
 */
export async function backUpDatabase(
  config: ServerConfig,
  folder: string,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<BackupManifest> {
  const database = embeddedFolderOf(config, 'Back it up with pg_dump, or as your PostgreSQL is backed up anyway.');
  if ((await readNames(folder)).length > 0)
    throw refused(`${folder} is not empty`, 'Name a folder that is not there yet.');
  if ((await readNames(database)).length === 0) {
    throw refused(`there is no database in ${database}`, 'Check stateDir: no server has started with it.');
  }
  const lock = await lockFolder(database);
  try {
    const change = await readChange(join(database, DATA_FOLDER));
    const manifest: BackupManifest = {
      format: 1,
      createdAt: new Date(clock.now()).toISOString(),
      serverVersion: SERVER_VERSION,
      change,
      encryptionKeyFingerprint: fingerprintOf(config.encryptionKey),
    };
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await cp(join(database, DATA_FOLDER), join(folder, DATA_FOLDER), { recursive: true });
    // Last: a folder without it is no backup.
    await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
    return manifest;
  } finally {
    await lock.release();
  }
}

/**
 * Puts a backup in the place of the embedded database, which is kept beside it; yields where. No server takes it before
 * `restoreDatabase` has finished, as far as the state folder knows of a later time.
 * @throws ServerError `ERR_BACKUP_REFUSED`; StoreError, among them `ERR_STORE_LOCKED` while a server runs
 */
export async function putBackupBack(
  config: ServerConfig,
  folder: string,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<{ readonly manifest: BackupManifest; readonly former?: string }> {
  const database = embeddedFolderOf(config, 'Restore it with pg_restore, and leave --from out.');
  const manifest = await readManifest(folder);
  const keys = [config.encryptionKey, ...(config.formerEncryptionKeys ?? [])].map(fingerprintOf);
  if (!keys.includes(manifest.encryptionKeyFingerprint)) {
    throw refused(
      `the backup is of the encryption key ${manifest.encryptionKeyFingerprint}, the configuration has ${keys.join(', ')}`,
      'Put the key that it was made with into the file of encryptionKeyFile, behind the present one.',
    );
  }
  const lock = await lockFolder(database);
  try {
    const data = join(database, DATA_FOLDER);
    const fresh = join(database, `${DATA_FOLDER}.new`);
    await rm(fresh, { recursive: true, force: true });
    await cp(join(folder, DATA_FOLDER), fresh, { recursive: true });
    const former = join(database, `${DATA_FOLDER}.before-${clock.now()}`);
    const hadData = (await readNames(data)).length > 0;
    if (hadData) await rename(data, former);
    await rename(fresh, data);
    await writeFile(join(database, MARKER_FILE), '', { mode: 0o600 });
    return { manifest, ...(hadData && { former }) };
  } finally {
    await lock.release();
  }
}

function embeddedFolderOf({ databaseUrl, stateDir }: ServerConfig, nextStep: string): string {
  if (databaseUrl !== undefined) throw refused('the database is PostgreSQL, not the embedded one', nextStep);
  return join(stateDir, 'database');
}

/** Opening it once also brings what a killed server left in its log into the files. */
async function readChange(dataDir: string): Promise<number> {
  const client = await openPglite({ dataDir });
  try {
    const { rows } = await client.query('select seq from change_head', []);
    return Number((rows[0] as { readonly seq?: unknown } | undefined)?.seq);
  } finally {
    await client.close();
  }
}

async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST_FILE), 'utf8').catch(() => undefined);
  const manifest = text === undefined ? undefined : (JSON.parse(text) as Partial<BackupManifest>);
  if (manifest?.format === 1) return manifest as BackupManifest;
  throw refused(`${folder} is no backup of an embedded database`, 'Name a folder that "sallyport server backup" made.');
}

async function readNames(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

function refused(message: string, nextStep: string): ServerError {
  return new ServerError({ code: 'ERR_BACKUP_REFUSED', message, nextStep });
}
