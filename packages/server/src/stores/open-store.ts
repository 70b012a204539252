import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { type Clock, type Logger, Secret, systemClock } from '@sallyport/core';
import { type Dialect, Kysely } from 'kysely';
import { createAccessRows } from './access-reads.ts';
import { createAccessReviewRows } from './access-review-rows.ts';
import { countAuditEvents } from './audit-counts.ts';
import { createAuditProofRows } from './audit-proof-rows.ts';
import { createAuditReads } from './audit-query.ts';
import { insertAuditEvents, selectAuditEvents } from './audit-rows.ts';
import { createAuditSinkRows } from './audit-sink-rows.ts';
import { appendChange, createChangeSet, readChangeHead, readSnapshotRecords } from './change-feed.ts';
import { createClusterRows } from './cluster-rows.ts';
import type { Store, Transaction } from './contracts.ts';
import { createCredentialRows } from './credential-rows.ts';
import { selectEndedStreams } from './ended-streams.ts';
import { createEnvelope, ENCRYPTION_KEY_BYTES, type Envelope } from './envelope.ts';
import { StoreError, toStoreError } from './errors.ts';
import { createKeyReads } from './keys.ts';
import { createLeases, type LeaseTime } from './lease.ts';
import { createLimitShareRows } from './limit-share-rows.ts';
import { createProviderTokenRows } from './login-rows.ts';
import { migrate } from './migrations/index.ts';
import { createNotificationRows } from './notification-rows.ts';
import { createOauthRows } from './oauth-rows.ts';
import { selectObservedAccess } from './observed-access.ts';
import { createPastRows } from './past-rows.ts';
import { type OpenPglite, openPgliteFolder } from './pglite/open.ts';
import { type OpenPostgres, openPostgres, type PostgresLocation } from './postgres/open.ts';
import { createRecordingReads } from './recording-rows.ts';
import { createRecordingBlobRows } from './recording-writes.ts';
import { createReplicaRows } from './replica-rows.ts';
import { createRetentionRows } from './retention-rows.ts';
import { rewrapDatabase } from './rewrap.ts';
import { openClientSecret } from './rows.ts';
import type { Database } from './schema.ts';
import { createSessionSearchRows } from './session-rows.ts';
import { createTerminalRows } from './terminal-rows.ts';
import { createTransaction, type WrittenRows } from './transaction.ts';

/** Where a store keeps its state. */
export type StoreLocation =
  /** The embedded database in a folder of this machine, for one server; `memory://` keeps nothing. */
  | { readonly kind: 'pglite'; readonly dataDir: string }
  /** PostgreSQL 15 or newer, for any number of servers. */
  | ({ readonly kind: 'postgres' } & PostgresLocation);

/** Options of {@link openStore}. */
export interface StoreOptions {
  /** 32 bytes that secrets are encrypted with. Bound to the database when it is first opened. */
  readonly encryptionKey: Secret<Buffer>;
  /** Former encryption keys, under which secrets can still be read. Defaults to none. */
  readonly formerEncryptionKeys?: readonly Secret<Buffer>[];
  /** Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Defaults to silence. */
  readonly logger?: Logger;
}

/**
 * Opens the store, brings its schema up to date and checks the encryption key.
 * @throws StoreError `ERR_STORE_LOCKED`, `ERR_STORE_FOLDER`, `ERR_STORE_UNREACHABLE`, `ERR_STORE_STANDBY`, `ERR_STORE_POOLED`,
 * `ERR_STORE_MIGRATION`, `ERR_STORE_ENCRYPTION_KEY`
 */
export async function openStore(location: StoreLocation, options: StoreOptions): Promise<Store> {
  return createStore(await openDatabase(location, options));
}

/** An open database with its schema in place. */
export interface StoreDatabase {
  readonly db: Kysely<Database>;
  readonly envelope: Envelope;
  readonly clock: Clock;
  readonly leaseTime: LeaseTime;
  /** Listeners of {@link Store.changes}. */
  readonly watchers: Set<(seq: number) => void>;
  /** Asks for the head of the change feed where that does not go through `db`. */
  readonly head?: () => Promise<number>;
  close(): Promise<void>;
}

/** The first half of {@link openStore}: everything but the contract. */
export async function openDatabase(location: StoreLocation, options: StoreOptions): Promise<StoreDatabase> {
  const { encryptionKey, formerEncryptionKeys = [], clock = systemClock, logger } = options;
  const encryptionKeys = [encryptionKey, ...formerEncryptionKeys] as const;
  // Made before anything is opened, so that a key of a wrong length is told first.
  const sealing = createEnvelope(encryptionKeys);
  const watchers = new Set<(seq: number) => void>();
  const onChange = (seq: number) => {
    for (const watcher of watchers) watcher(seq);
  };
  const database: OpenPglite & Partial<OpenPostgres> =
    location.kind === 'pglite'
      ? await openPgliteFolder(location.dataDir)
      : await openPostgres(location, { onChange, ...(logger && { logger }) });
  const db = new Kysely<Database>({ dialect: database.dialect });
  let envelope: Envelope;
  try {
    await migrateDatabase(db, database.migrationDialect);
    await checkEncryptionKey(db, sealing);
    envelope = createEnvelope(encryptionKeys, await establishMarkKey(db, sealing));
  } catch (error) {
    await database.close();
    throw toStoreError(error);
  }
  return {
    db,
    envelope,
    clock,
    leaseTime: location.kind === 'pglite' ? 'own' : 'database',
    watchers,
    ...(database.feed && { head: database.feed.head }),
    close: database.close,
  };
}

async function migrateDatabase(db: Kysely<Database>, dialect: Dialect | undefined): Promise<void> {
  if (dialect === undefined) return migrate(db);
  const migrating = new Kysely<Database>({ dialect });
  try {
    await migrate(migrating);
  } finally {
    await migrating.destroy();
  }
}

/** The contract over an open database. */
export function createStore({ db, envelope, clock, leaseTime, watchers, head, close }: StoreDatabase): Store {
  const inside = new AsyncLocalStorage<{ active: boolean }>();
  let closing: Promise<void> | undefined;

  /** Runs one access to the database, outside of any transaction, and translates its failure. */
  async function access<Result>(work: () => Promise<Result>): Promise<Result> {
    if (inside.getStore()?.active) {
      throw new StoreError({
        code: 'ERR_STORE_NESTED',
        message: 'the store was called inside one of its own transactions, which would wait for itself',
      });
    }
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** Runs one transaction; yields the number of its change when it made one. */
  function attempt<Result>(
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<{ result: Result; seq?: number; written: ReadonlySet<WrittenRows> }> {
    const written = new Set<WrittenRows>();
    const onWritten = (rows: WrittenRows) => void written.add(rows);
    return db.transaction().execute(async (tx) => {
      const changes = createChangeSet();
      const scope = { active: true };
      try {
        const result = await inside.run(scope, () =>
          work(createTransaction({ db: tx, clock, envelope, changes, onWritten })),
        );
        if (Object.keys(changes.entry).length === 0) return { result, written };
        return { result, seq: await appendChange(tx, changes, new Date(clock.now())), written };
      } finally {
        scope.active = false;
      }
    });
  }

  const oauth = createOauthRows(db, envelope);
  const providerTokens = createProviderTokenRows(db, envelope);
  const keys = createKeyReads(db, envelope);
  const leases = createLeases(db, clock.now, leaseTime);
  const limitShares = createLimitShareRows(db);
  const clusters = createClusterRows(db, clock.now);
  const credentials = createCredentialRows(db);
  const notifications = createNotificationRows(db, envelope, clock);
  const rowWatchers: Readonly<Record<WrittenRows, Set<() => void>>> = {
    notifications: new Set(),
    access: new Set(),
    accessReviews: new Set(),
    audit: new Set(),
    auditLog: new Set(),
    recordings: new Set(),
  };
  const recordings = createRecordingReads(db, envelope);
  const sessionSearch = createSessionSearchRows(db, envelope);
  const recordingBlobs = createRecordingBlobRows(db);
  const accessRows = createAccessRows(db);
  const accessReviews = createAccessReviewRows(db);
  const auditReads = createAuditReads(db);
  const auditProof = createAuditProofRows(db);
  const replicas = createReplicaRows(db);
  const terminals = createTerminalRows(db);
  const auditSinks = createAuditSinkRows(db, envelope);
  const retention = createRetentionRows(db);
  const past = createPastRows(db);
  return {
    transact: (work) =>
      access(async () => {
        const { result, seq, written } = await untilNotInTheWay(() => attempt(work));
        if (seq !== undefined) for (const watcher of watchers) watcher(seq);
        for (const rows of written) for (const watcher of rowWatchers[rows]) watcher();
        return result;
      }),
    clientSecret: (id) =>
      access(async () => {
        const row = await db.selectFrom('identity_providers').selectAll().where('id', '=', id).executeTakeFirst();
        return row && openClientSecret(row, envelope);
      }),
    clusters: {
      joinTokens: (clusterId) => access(() => clusters.joinTokens(clusterId)),
      agent: (id) => access(() => clusters.agent(id)),
      agents: (clusterId) => access(() => clusters.agents(clusterId)),
      inventory: (clusterId) => access(() => clusters.inventory(clusterId)),
      inventories: () => access(() => clusters.inventories()),
      sightings: () => access(() => clusters.sightings()),
      putSightings: (replicaId, sightings) => access(() => clusters.putSightings(replicaId, sightings)),
      routes: (replicaId) => access(() => clusters.routes(replicaId)),
      health: () => access(() => clusters.health()),
      deregistered: (clusterId, since) => access(() => clusters.deregistered(clusterId, since)),
    },
    credentials: {
      list: (selection, page) => access(() => credentials.list(selection, page)),
      sweep: (at) => access(() => credentials.sweep(at)),
    },
    access: {
      findRequest: (organizationId, id) => access(() => accessRows.findRequest(organizationId, id)),
      findRequests: (organizationId, ids) => access(() => accessRows.findRequests(organizationId, ids)),
      listRequests: (selection, page) => access(() => accessRows.listRequests(selection, page)),
      findGrant: (organizationId, id) => access(() => accessRows.findGrant(organizationId, id)),
      findGrants: (organizationId, ids) => access(() => accessRows.findGrants(organizationId, ids)),
      listGrants: (selection, page) => access(() => accessRows.listGrants(selection, page)),
      nextDueAt: () => access(() => accessRows.nextDueAt()),
      watch(listener) {
        rowWatchers.access.add(listener);
        return () => void rowWatchers.access.delete(listener);
      },
    },
    accessReviews: {
      find: (organizationId, idOrName) => access(() => accessReviews.find(organizationId, idOrName)),
      list: (selection, page) => access(() => accessReviews.list(selection, page)),
      counts: (ids) => access(() => accessReviews.counts(ids)),
      listItems: (selection, page) => access(() => accessReviews.listItems(selection, page)),
      findItem: (reviewId, id) => access(() => accessReviews.findItem(reviewId, id)),
      nextDueAt: () => access(() => accessReviews.nextDueAt()),
      listDue: (at, limit) => access(() => accessReviews.listDue(at, limit)),
      watch(listener) {
        rowWatchers.accessReviews.add(listener);
        return () => void rowWatchers.accessReviews.delete(listener);
      },
    },
    notifications: {
      due: (at, limit, except) => access(() => notifications.due(at, limit, except)),
      list: (channelId, selection, page) => access(() => notifications.list(channelId, selection, page)),
      health: (organizationId) => access(() => notifications.health(organizationId)),
      secrets: (channelId) => access(() => notifications.secrets(channelId)),
      reference: (channelId, subjectId) => access(() => notifications.reference(channelId, subjectId)),
      watch(listener) {
        rowWatchers.notifications.add(listener);
        return () => void rowWatchers.notifications.delete(listener);
      },
    },
    recordings: {
      list: (selection, page) => access(() => recordings.list(selection, page)),
      find: (organizationId, id) => access(() => recordings.find(organizationId, id)),
      key: (id) => access(() => recordings.key(id)),
      chunks: (id, from, limit) => access(() => recordings.chunks(id, from, limit)),
      abandoned: (limit) => access(() => recordings.abandoned(limit)),
      deleted: (limit, after) => access(() => recordings.deleted(limit, after)),
      watch(listener) {
        rowWatchers.recordings.add(listener);
        return () => void rowWatchers.recordings.delete(listener);
      },
      blobs: {
        put: (key, body) => access(() => recordingBlobs.put(key, body)),
        get: (key) => access(() => recordingBlobs.get(key)),
        list: (prefix, page) => access(() => recordingBlobs.list(prefix, page)),
        delete: (key) => access(() => recordingBlobs.delete(key)),
      },
    },
    sessionSearch: {
      unindexed: (limit, after) => access(() => sessionSearch.unindexed(limit, after)),
      index: (recording, number, words) => access(() => sessionSearch.index(recording, number, words)),
      search: (selection, phrases, page) => access(() => sessionSearch.search(selection, phrases, page)),
      chunksWith: (organizationId, id, phrases, limit) =>
        access(() => sessionSearch.chunksWith(organizationId, id, phrases, limit)),
    },
    changes: {
      head: () => access(head ?? (() => readChangeHead(db))),
      watch(listener) {
        watchers.add(listener);
        return () => void watchers.delete(listener);
      },
      read: (since) => access(() => readSnapshotRecords(db, since, new Date(clock.now()))),
    },
    auditReads: {
      list: (selection, page) => access(() => auditReads.list(selection, page)),
      find: (selection, id) => access(() => auditReads.find(selection, id)),
      few: (selection, most) => access(() => auditReads.few(selection, most)),
      findAll: (selection, ids) => access(() => auditReads.findAll(selection, ids)),
      count: (selection) => access(() => auditReads.count(selection)),
      logSize: (selection) => access(() => auditReads.logSize(selection)),
      logged: (selection, range) => access(() => auditReads.logged(selection, range)),
      counts: (selection, counting) => access(() => countAuditEvents(db, selection, counting)),
    },
    past: {
      read: () => access(() => past.read()),
      changeTime: (seq) => access(() => past.changeTime(seq)),
    },
    keys: {
      versions: () => access(() => keys.versions()),
      list: (purpose) => access(() => keys.list(purpose)),
      establish: (key) => access(() => keys.establish(key)),
    },
    leases: {
      acquire: (name, holder, ttlMs) => access(() => leases.acquire(name, holder, ttlMs)),
      release: (lease) => access(() => leases.release(lease)),
    },
    limitShares: {
      renew: (replicaId, ttlMs, asks, released) => access(() => limitShares.renew(replicaId, ttlMs, asks, released)),
      leave: (replicaId) => access(() => limitShares.leave(replicaId)),
    },
    rewrap: () => access(() => rewrapDatabase(db, envelope)),
    providerTokens: {
      claimDue: (at, until, limit) => access(() => providerTokens.claimDue(at, until, limit)),
      claim: (id, at, until) => access(() => providerTokens.claim(id, at, until)),
      find: (id) => access(() => providerTokens.find(id)),
    },
    appendAudit: (events, origin) =>
      access(async () => {
        await insertAuditEvents(db, events, origin);
        for (const watcher of rowWatchers.audit) watcher();
      }),
    listEndedStreams: (filter) => access(() => selectEndedStreams(db, filter)),
    listObservedAccess: (filter) => access(() => selectObservedAccess(db, filter)),
    auditSinks: {
      cursors: (organizationId) => access(() => auditSinks.cursors(organizationId)),
      logs: () => access(() => auditSinks.logs()),
      entries: (log, fromIndex, limit) => access(() => auditSinks.entries(log, fromIndex, limit)),
      indexAt: (log, fromIndex, at) => access(() => auditSinks.indexAt(log, fromIndex, at)),
      secrets: (id) => access(() => auditSinks.secrets(id)),
      watch(listener) {
        rowWatchers.auditLog.add(listener);
        return () => void rowWatchers.auditLog.delete(listener);
      },
    },
    watchAudit(listener) {
      rowWatchers.audit.add(listener);
      return () => void rowWatchers.audit.delete(listener);
    },
    terminals: {
      open: (of) => access(() => terminals.open(of)),
      ended: (of) => access(() => terminals.ended(of)),
      toEnd: (replicaId) => access(() => terminals.toEnd(replicaId)),
    },
    replicas: {
      renew: (replicaId, ttlMs, peerAddress) => access(() => replicas.renew(replicaId, ttlMs, peerAddress)),
      live: () => access(() => replicas.live()),
      isLive: (replicaId) => access(() => replicas.isLive(replicaId)),
      expireOthers: (replicaId) => access(() => replicas.expireOthers(replicaId)),
      leave: (replicaId) => access(() => replicas.leave(replicaId)),
    },
    retention: {
      logs: () => access(() => retention.logs()),
      find: (log) => access(() => retention.find(log)),
      holds: (organizationId, withReleased) => access(() => retention.holds(organizationId, withReleased)),
      countHeld: (selection) => access(() => retention.countHeld(selection)),
      dueRecordings: (organizationId, before, limit) =>
        access(() => retention.dueRecordings(organizationId, before, limit)),
    },
    auditProof: {
      keys: () => access(() => auditProof.keys()),
      logs: () => access(() => auditProof.logs()),
      newestCheckpoint: (log) => access(() => auditProof.newestCheckpoint(log)),
      checkpoints: (log, range) => access(() => auditProof.checkpoints(log, range)),
      tiles: (log, positions) => access(() => auditProof.tiles(log, positions)),
      placeOf: (log, eventId) => access(() => auditProof.placeOf(log, eventId)),
      entries: (log, from, to) => access(() => auditProof.entries(log, from, to)),
      witnessed: () => access(() => auditProof.witnessed()),
    },
    listAudit: (filter) => access(() => selectAuditEvents(db, filter)),
    oauth: {
      upsert: (row) => access(() => oauth.upsert(row)),
      find: (model, id) => access(() => oauth.find(model, id)),
      findBy: (model, key, value) => access(() => oauth.findBy(model, key, value)),
      consume: (model, id, at) => access(() => oauth.consume(model, id, at)),
      destroy: (model, id) => access(() => oauth.destroy(model, id)),
      revokeByGrantId: (grantId) => access(() => oauth.revokeByGrantId(grantId)),
      sweep: (at) => access(() => oauth.sweep(at)),
    },
    close() {
      watchers.clear();
      for (const rows of Object.values(rowWatchers)) rows.clear();
      closing ??= close();
      return closing;
    },
  };
}

/** Transactions that may be in one another's way before a caller hears of it. */
const MAX_ATTEMPTS = 4;

/**
 * Runs a transaction again when the database ended it in favour of another: a deadlock (40P01) or a serialization failure
 * (40001). Nothing of it was kept, and the other one has gone on.
 */
async function untilNotInTheWay<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await transaction();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if ((code !== '40P01' && code !== '40001') || attempts === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Name of the setting that holds what the encryption key must open. */
export const KEY_CHECK = 'encryptionKeyCheck';
const MARK_KEY = 'lookupMarkKey';

/** Refuses a key other than the one that the database was set up with, before anything is written under it. */
async function checkEncryptionKey(db: Kysely<Database>, envelope: Envelope): Promise<void> {
  envelope.open(await establishSetting(db, KEY_CHECK, envelope.seal(KEY_CHECK, KEY_CHECK)), KEY_CHECK);
}

/** The key of lookup marks, made with the database: marks must not change when the encryption key does. */
async function establishMarkKey(db: Kysely<Database>, envelope: Envelope): Promise<Secret<Buffer>> {
  const made = envelope.seal(randomBytes(ENCRYPTION_KEY_BYTES).toString('base64url'), MARK_KEY);
  const sealed = await establishSetting(db, MARK_KEY, made);
  return new Secret(Buffer.from(envelope.open(sealed, MARK_KEY).reveal(), 'base64url'));
}

/** Stores a setting unless it is there; yields the one that stands. */
async function establishSetting(db: Kysely<Database>, name: string, value: string): Promise<string> {
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return (await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirstOrThrow()).value;
}
