import { type Clock, systemClock } from '@sallyport/core';
import { loadServerConfig, type ServerConfig, type ServerConfigSources } from '../config.ts';
import { StoreError } from '../stores/errors.ts';
import { createChecklist, type Found, NEEDS_MORE, ok, type ServerCheck, skipped } from './check.ts';
import {
  checkAuditLog,
  checkClock,
  checkEncryptionKey,
  checkKeys,
  checkPast,
  checkPostgres,
  checkSchema,
  storedIssuers,
} from './database-checks.ts';
import {
  checkCertificate,
  checkDisk,
  checkPorts,
  checkProviders,
  checkSigner,
  checkSpool,
  checkStateFolder,
} from './machine-checks.ts';
import { openReadOnly, type ReadOnlyDatabase } from './read-only-database.ts';

/**
 * Looks at everything that a server depends on, on its machine, in the order in which the parts depend on one another. Changes
 * nothing, and tells no secret. Never rejects.
 */
export async function examineServer(
  sources: ServerConfigSources,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<readonly ServerCheck[]> {
  const list = createChecklist();
  let config: ServerConfig | undefined;
  await list.check('configuration', () => {
    config = loadServerConfig(sources);
    return ok(`${config.mode} mode`);
  });
  await examineMachine(list, config, clock);
  return list.results;
}

type Checklist = ReturnType<typeof createChecklist>;

async function examineMachine(list: Checklist, config: ServerConfig | undefined, clock: Clock): Promise<void> {
  const withConfig = (name: string, work: (config: ServerConfig) => Promise<Found>) =>
    list.check(name, async () => (config === undefined ? NEEDS_MORE : work(config)));
  await withConfig('state folder', checkStateFolder);
  await withConfig('disk', checkDisk);
  let isServed = false;
  await withConfig('ports', async (it) => {
    const ports = await checkPorts(it);
    isServed = ports.isServed;
    return ports.found;
  });
  await withConfig('audit spool', (it) => checkSpool(it, isServed));
  await withConfig('certificate', (it) => checkCertificate(it, clock.now()));
  await withConfig('signer', checkSigner);

  let database: ReadOnlyDatabase | undefined;
  await withConfig('database', async (it) => {
    try {
      database = await openReadOnly(it);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'ERR_STORE_LOCKED') throw error;
      return skipped('a server holds the embedded database; stop it to have it looked at');
    }
    if (database === undefined) return skipped('there is none yet');
    return it.databaseUrl === undefined ? ok('the embedded one') : checkPostgres(database.db, it);
  });
  try {
    await examineDatabase(list, config, database, clock);
  } finally {
    await database?.close();
  }
}

async function examineDatabase(
  list: Checklist,
  config: ServerConfig | undefined,
  database: ReadOnlyDatabase | undefined,
  clock: Clock,
): Promise<void> {
  let hasSchema = false;
  const withDatabase = (name: string, work: (db: ReadOnlyDatabase['db'], config: ServerConfig) => Promise<Found>) =>
    list.check(name, async () => {
      if (database === undefined || config === undefined) return skipped('needs the database');
      return work(database.db, config);
    });
  const withSchema = (name: string, work: (db: ReadOnlyDatabase['db'], config: ServerConfig) => Promise<Found>) =>
    withDatabase(name, async (db, it) => (hasSchema ? work(db, it) : skipped('needs the schema')));
  await withDatabase('schema', async (db) => {
    const found = await checkSchema(db);
    hasSchema = found.result === 'ok' && !found.detail.startsWith('the database is empty');
    return found;
  });
  await withSchema('encryption key', checkEncryptionKey);
  await withSchema('past', checkPast);
  await withDatabase('clock', async (db, it) =>
    it.databaseUrl === undefined ? skipped('the embedded database has this machine’s') : checkClock(db, clock.now),
  );
  await withSchema('keys', (db, it) => checkKeys(db, it, clock.now()));
  await withSchema('audit log', checkAuditLog);
  await list.check('identity providers', async () => {
    if (config === undefined) return NEEDS_MORE;
    const stored = database !== undefined && hasSchema ? await storedIssuers(database.db) : [];
    const own = `${config.publicUrl ?? ''}/`;
    const issuers = [...config.identityProviders.map(({ issuer }) => issuer), ...stored];
    // The development provider is the server itself, which may not run.
    return checkProviders(
      config,
      issuers.filter((issuer) => !issuer.startsWith(own) && !issuer.endsWith('/dev-provider')),
    );
  });
}
