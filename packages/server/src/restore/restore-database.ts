import { createAuditEvent } from '@sallyport/audit';
import { type Clock, type Logger, silentLogger, systemClock } from '@sallyport/core';
import type { ServerConfig } from '../config.ts';
import { ServerError } from '../errors.ts';
import { storeLocationOf, storeOptionsOf } from '../key-management.ts';
import { administerKeys } from '../pki/key-administration.ts';
import { PURPOSES_BESIDE_SIGNER } from '../pki/trust-roots.ts';
import type { Transaction } from '../stores/contracts.ts';
import { openStore } from '../stores/index.ts';
import { KEY_PURPOSES, type KeyKind } from '../stores/key-contracts.ts';
import type { DatabasePast } from '../stores/past-contracts.ts';
import type { RecordKind, RecordOf, Writable } from '../stores/records.ts';
import { type NotedRecord, noteKey, type PastNotes, pastFolderOf, readAllNotes } from './past-notes.ts';

/** Options of {@link restoreDatabase}. */
export interface RestoreOptions {
  /**
   * Goes on where no state folder knows what was changed since the backup. Standing records stay as the backup has them then: it is
   * for people to find out who lost access since.
   */
  readonly withoutNotes?: boolean;
  /** What was not taken away since the backup, on the word of whoever restores, and stays. */
  readonly keep?: readonly RestoreKeeps[];
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** What a restore can leave as it is: the CA of the front door, or what local users sign in with. */
export type RestoreKeeps = (typeof RESTORE_KEEPS)[number];

/** See {@link RestoreKeeps}. */
export const RESTORE_KEEPS = ['frontTls', 'localFactors'] as const;

/** What a restore did. */
export interface RestoreReport {
  /** Number of the last change that the backup held. */
  readonly backupChange: number;
  /** When that one was made, where the backup says. */
  readonly backupAt?: Date;
  /** Standing records that were brought to what they were last, from the notes. */
  readonly broughtUpToDate: number;
  /** Records that hold secrets, changed since, and were therefore removed: to be applied again. `Kind/name`. */
  readonly removed: readonly string[];
  readonly endedLoginSessions: number;
  readonly endedGrants: number;
  /** Kinds of keys that were replaced. */
  readonly replacedKeys: readonly KeyKind[];
}

/**
 * Numbers between a restore and the changes after it: enough that what servers saw beyond the notes never comes into the range in
 * which changes go on.
 */
const GAP = 1_000_000;

/** Deleted in this order, and put in the other one: nothing refers to what comes after it. */
const ORDER: readonly RecordKind[] = [
  'AuditSink',
  'NotificationChannel',
  'RequestPolicy',
  'AccessPolicy',
  'Binding',
  'Group',
  'Role',
  'Principal',
  'IdentityProvider',
  'Cluster',
  'Project',
  'Organization',
  'Installation',
];

/** Their secrets are not noted, and those of the backup may be ones that were replaced since. */
const WITH_SECRETS: readonly RecordKind[] = ['AuditSink', 'NotificationChannel'];

/**
 * Makes a database that was restored from a backup fit to be served again: ends all that was issued and may have been revoked since,
 * replaces every key that signs, and brings standing records to what the state folder's notes say they were last. May be repeated;
 * servers refuse the database until it has finished.
 * @throws ServerError `ERR_RESTORE_REFUSED`; StoreError
 */
export async function restoreDatabase(config: ServerConfig, options: RestoreOptions = {}): Promise<RestoreReport> {
  const { withoutNotes = false, keep = [], clock = systemClock, logger = silentLogger } = options;
  const notes = await readAllNotes(pastFolderOf(config));
  const store = await openStore(storeLocationOf(config), storeOptionsOf(config, clock, logger));
  try {
    const past = await store.past.read();
    const plan = planRestore(notes, past, withoutNotes);
    const backupAt = await store.past.changeTime(past.head);
    const kinds: readonly KeyKind[] = config.signer ? PURPOSES_BESIDE_SIGNER : [...KEY_PURPOSES, 'userCa'];
    const replacedKeys = kinds.filter((kind) => kind !== 'frontTls' || !keep.includes('frontTls'));
    const keys = administerKeys({ store, clock, ...(config.signer && { purposes: PURPOSES_BESIDE_SIGNER }) });
    for (const kind of replacedKeys) await keys.rotate(kind, 'emergency');
    return await store.transact(async (tx) => {
      const removed = await bringUpToDate(tx, plan.records);
      const ended = await tx.restore.endIssued({ localFactors: keep.includes('localFactors') });
      await tx.restore.finish({ notedUpTo: plan.notedUpTo, continuesAt: plan.notedUpTo + GAP });
      const facts = {
        backupChange: past.head,
        ...(backupAt && { backupAt: backupAt.toISOString() }),
        endedLoginSessions: ended.loginSessions,
        endedGrants: ended.grants,
        broughtUpToDate: plan.records.length,
        withoutNotes: plan.isBlind,
        removed,
      };
      await tx.appendAudit(createAuditEvent('server.restored', clock.now(), { details: facts }));
      return {
        backupChange: past.head,
        ...(backupAt && { backupAt }),
        broughtUpToDate: plan.records.length,
        removed,
        endedLoginSessions: ended.loginSessions,
        endedGrants: ended.grants,
        replacedKeys,
      };
    });
  } finally {
    await store.close();
  }
}

/** What is to be put over a backup. */
export interface RestorePlan {
  /** The newest change that anybody is known to have seen. */
  readonly notedUpTo: number;
  readonly records: readonly NotedRecord[];
  /** Whether changes since the backup are unknown. */
  readonly isBlind: boolean;
}

/**
 * Puts together what servers noted of the time since the backup.
 * @throws ServerError `ERR_RESTORE_REFUSED` when a part of that time is nobody's, unless that is said to be so
 */
export function planRestore(all: readonly PastNotes[], past: DatabasePast, withoutNotes: boolean): RestorePlan {
  const notes = all.filter(({ database }) => database === past.databaseId);
  const seen = Math.max(past.head, ...notes.map(({ seq }) => seq));
  // After a restore, its end is the past of those that it did not know of.
  const base = notes.reduce(
    (lowest, { seq }) =>
      past.restore !== undefined && seq < past.restore.continuesAt && seq > past.restore.notedUpTo
        ? Math.min(lowest, past.restore.notedUpTo)
        : lowest,
    past.head,
  );
  let covered = base;
  for (const { since, seq } of [...notes].sort((a, b) => a.since - b.since)) {
    if (since <= covered) covered = Math.max(covered, seq);
  }
  const isBlind = notes.length === 0 || covered < seen;
  if (isBlind && !withoutNotes) {
    throw new ServerError({
      code: 'ERR_RESTORE_REFUSED',
      message:
        notes.length === 0
          ? 'no server noted in this state folder what it has seen of the database'
          : `what changed after change ${covered} is not noted in this state folder, the last one was ${seen}`,
      nextStep:
        'Run it with the state folder of a server that ran until the end. Where there is none left, give --without-notes, and go through people, bindings and policies afterwards.',
    });
  }
  const newest = new Map<string, NotedRecord>();
  for (const record of notes.flatMap(({ records }) => records)) {
    if (record.seq <= base || record.seq <= (newest.get(noteKey(record))?.seq ?? 0)) continue;
    newest.set(noteKey(record), record);
  }
  return { notedUpTo: seen, records: [...newest.values()], isBlind };
}

/** Makes standing records what they were last; yields those that were removed for their secrets. */
async function bringUpToDate(tx: Transaction, records: readonly NotedRecord[]): Promise<readonly string[]> {
  const removed: string[] = [];
  const of = (kind: RecordKind) => records.filter((record) => record.kind === kind);
  for (const kind of ORDER) {
    for (const { id, record } of of(kind)) {
      const isRemoved = WITH_SECRETS.includes(kind);
      if (record !== null && !isRemoved) continue;
      await tx.remove(kind, id as RecordOf[RecordKind]['id']);
      if (record !== null) removed.push(`${kind}/${String(record['name'])}`);
    }
  }
  for (const kind of [...ORDER].reverse()) {
    if (WITH_SECRETS.includes(kind)) continue;
    for (const { record } of of(kind)) {
      if (record !== null) await tx.put(kind, record as unknown as Writable<RecordOf[typeof kind]>);
    }
  }
  return removed;
}
