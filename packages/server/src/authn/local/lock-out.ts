/** How many tries there are before a lock, and how long locks are. */
export interface LockOutLimits {
  /** Failures at one account after which it is locked. Default 5. */
  readonly maxAccountFailures?: number;
  /** Failures from one address (IPv6: one /64) after which it is locked. Default 20: people share addresses. */
  readonly maxAddressFailures?: number;
  /** First lock, in milliseconds; each further failure doubles it. Default 60,000. */
  readonly firstLockMs?: number;
  /** Longest lock, in milliseconds. Default 3,600,000: an account can't be locked for ever from outside. */
  readonly maxLockMs?: number;
  /** Time without a failure after which earlier ones are forgotten, in milliseconds. Default 86,400,000. */
  readonly forgetMs?: number;
}

/** Defaults of {@link LockOutLimits}. */
export const LOCK_OUT_DEFAULTS: Required<LockOutLimits> = {
  maxAccountFailures: 5,
  maxAddressFailures: 20,
  firstLockMs: 60_000,
  maxLockMs: 3_600_000,
  forgetMs: 86_400_000,
};

/** What is known about the tries at one account or from one address. */
export interface TryRecord {
  readonly failures: number;
  readonly lastAt: Date;
  readonly lockedUntil?: Date;
}

/** What a try leads to: the record to be kept, and whether it may go on. */
export type TryOutcome =
  | { readonly allowed: true; readonly record: TryRecord; readonly locksNow: boolean }
  | { readonly allowed: false; readonly lockedUntil: Date };

/**
 * Counts one try, before its outcome is known: tries side by side can't all slip in under the limit. A success forgets the
 * record again. The try that reaches the limit is still judged; what follows waits.
 */
export function countTry(
  record: TryRecord | undefined,
  maxFailures: number,
  limits: Required<LockOutLimits>,
  at: Date,
): TryOutcome {
  if (record?.lockedUntil !== undefined && record.lockedUntil > at) {
    return { allowed: false, lockedUntil: record.lockedUntil };
  }
  const isForgotten = record === undefined || at.getTime() - record.lastAt.getTime() >= limits.forgetMs;
  const failures = isForgotten ? 1 : record.failures + 1;
  const beyond = failures - maxFailures;
  if (beyond < 0) return { allowed: true, record: { failures, lastAt: at }, locksNow: false };
  const lockMs = Math.min(limits.firstLockMs * 2 ** Math.min(beyond, 30), limits.maxLockMs);
  const lockedUntil = new Date(at.getTime() + lockMs);
  return { allowed: true, record: { failures, lastAt: at, lockedUntil }, locksNow: true };
}

/**
 * The part of an address that one person commands, as tries are counted by: an IPv4 address as a whole, of IPv6 the /64 that
 * a line is given at least.
 */
export function tryAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::')
    ? Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
    : [];
  const groups = [...left, ...zeros, ...right].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}
