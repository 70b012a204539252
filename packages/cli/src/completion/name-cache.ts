import { join } from 'node:path';
import { sleep } from '@sallyport/core';
import type { KindName } from '@sallyport/core/api';
import { readTextFile, writePrivateFile } from '../state/atomic-file.ts';
import { accountKey, type StateHome } from '../state/home.ts';
import type { Account } from '../state/profiles.ts';
import type { AccessList } from './access-lists.ts';
import type { CompletionContext } from './value-lookup.ts';

/** Names of one kind, as of some moment. */
interface NameList {
  /** When they were read, milliseconds since the epoch; 0 when they never were. */
  readonly at: number;
  /** When they were last asked for, whether that went well or not. */
  readonly triedAt: number;
  readonly names: readonly string[];
}

// Names change seldom, and whoever presses Tab twice wants the same answer.
const FRESH_MS = 30_000;
// Better an old name than none; older ones mislead.
const STALE_MS = 24 * 3_600_000;
// A server that is away is not asked at every Tab.
const RETRY_MS = 10_000;
// What a person waits for a list without wondering.
const WAIT_MS = 700;

/** What names are kept of: a kind of resources, or one of the lists of access requests and grants. */
export type Named = KindName | AccessList;

/** Whose names of which kind. */
export interface NameQuery {
  readonly home: StateHome;
  readonly profile: Account & { readonly name: string };
  readonly kind: Named;
}

/**
 * The names of a kind from a short-lived cache, one file for each account. Old names are renewed by a process of its own,
 * which is waited for shortly and then left to itself: refreshing a session must not be cut off in the middle, since a
 * refresh token is used up whether or not its answer arrives.
 */
export async function cachedNames(context: CompletionContext, query: NameQuery): Promise<readonly string[]> {
  const { clock } = context;
  const { home, profile, kind } = query;
  const cached = await readList(home, profile, kind);
  const now = clock.now();
  if (now - cached.at < FRESH_MS) return cached.names;
  if (now - cached.triedAt < RETRY_MS) return usable(cached, now);
  await writeList(home, profile, kind, { ...cached, triedAt: now });
  const update = context.runDetached(['complete', '--update', kind, '--profile', profile.name]);
  await Promise.race([update, sleep(clock, WAIT_MS)]);
  return usable(await readList(home, profile, kind), now);
}

/** Keeps the names of a kind. */
export async function storeNames(
  context: Pick<CompletionContext, 'clock'>,
  { home, profile, kind }: NameQuery,
  names: readonly string[],
): Promise<void> {
  const now = context.clock.now();
  await writeList(home, profile, kind, { at: now, triedAt: now, names });
}

function usable({ at, names }: NameList, now: number): readonly string[] {
  return now - at < STALE_MS ? names : [];
}

function fileOf(home: StateHome, account: Account, kind: Named): string {
  return join(home.folder, 'completion', accountKey(account), `${kind}.json`);
}

async function readList(home: StateHome, account: Account, kind: Named): Promise<NameList> {
  try {
    const list = JSON.parse((await readTextFile(fileOf(home, account, kind))) ?? 'null') as Partial<NameList> | null;
    const names = (list?.names ?? []).filter((name) => typeof name === 'string');
    return { at: Number(list?.at ?? 0), triedAt: Number(list?.triedAt ?? 0), names };
  } catch {
    // A cache that can't be read is an empty one.
    return { at: 0, triedAt: 0, names: [] };
  }
}

async function writeList(home: StateHome, account: Account, kind: Named, list: NameList): Promise<void> {
  await writePrivateFile(fileOf(home, account, kind), JSON.stringify(list));
}
