import { formatDuration, parseDuration } from '@sallyport/core';
import { z } from 'zod';
import type { LoginLimits } from './authn/authn.ts';
import { LOCK_OUT_DEFAULTS, type LockOutLimits } from './authn/local/lock-out.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds; NaN for what is not a duration. */
export function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    return Number.NaN;
  }
}

export function duration(minMs: number, maxMs: number) {
  return z
    .string()
    .refine(
      (text) => durationOf(text) >= minMs && durationOf(text) <= maxMs,
      `must be a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`,
    )
    .transform(durationOf)
    .optional();
}

/** What the configuration says about logins. */
export const loginsSchema = z.strictObject({
  sessionLifetime: duration(5 * MINUTE_MS, 30 * DAY_MS),
  unrefreshedLifetime: duration(5 * MINUTE_MS, 30 * DAY_MS),
  askInterval: duration(MINUTE_MS, DAY_MS),
  unreachableGrace: duration(0, DAY_MS),
  lockOut: z
    .strictObject({
      maxAccountFailures: z.int().min(1).max(100).optional(),
      maxAddressFailures: z.int().min(1).max(10_000).optional(),
      firstLock: duration(SECOND_MS, DAY_MS),
      // No more: whoever fails on purpose must not lock others out for good.
      maxLock: duration(SECOND_MS, DAY_MS),
      forget: duration(MINUTE_MS, 30 * DAY_MS),
    })
    .refine(
      ({ firstLock = LOCK_OUT_DEFAULTS.firstLockMs, maxLock = LOCK_OUT_DEFAULTS.maxLockMs }) => firstLock <= maxLock,
      { error: 'must not be longer than maxLock', path: ['firstLock'] },
    )
    .optional(),
});

/** The limits that a part of a configuration file sets; what it leaves out keeps its default. */
export function limitsOf({ lockOut, ...logins }: z.infer<typeof loginsSchema>): {
  readonly logins: LoginLimits;
  readonly lockOut: LockOutLimits;
} {
  return {
    logins: given({
      sessionLifetimeMs: logins.sessionLifetime,
      unrefreshedLifetimeMs: logins.unrefreshedLifetime,
      askIntervalMs: logins.askInterval,
      unreachableGraceMs: logins.unreachableGrace,
    }),
    lockOut: given({
      maxAccountFailures: lockOut?.maxAccountFailures,
      maxAddressFailures: lockOut?.maxAddressFailures,
      firstLockMs: lockOut?.firstLock,
      maxLockMs: lockOut?.maxLock,
      forgetMs: lockOut?.forget,
    }),
  };
}

/** The fields that have a value. */
function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
