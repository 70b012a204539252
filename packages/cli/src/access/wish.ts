import { Flags } from '@oclif/core';
import { parseDuration } from '@sallyport/core';
import type { CreateAccessRequest } from '@sallyport/core/api';
import { CliError } from '../errors.ts';
import { durationFlag } from './duration-flag.ts';
import { namesClusters, type PlaceChoice, placeFlags, placeOf } from './place-flags.ts';

/** Flags that say what is asked for, in an emergency too. */
export const wishFlags = {
  ...placeFlags,
  role: Flags.string({ char: 'r', summary: 'role to ask for', helpValue: 'NAME' }),
  duration: durationFlag({ char: 'd', summary: 'for how long, e.g. 1h' }),
  reason: Flags.string({ summary: 'why, for those who review it', helpValue: 'TEXT' }),
  ticket: Flags.string({ summary: 'id of a ticket', helpValue: 'ID' }),
  policy: Flags.string({
    summary: 'request policy to ask under; the one with the fewest approvals by default',
    helpValue: 'NAME',
  }),
};

/** Flags of requests that wait for their review. */
export const laterFlags = {
  start: Flags.string({
    summary: 'when it is to start; once it is approved by default',
    helpValue: '2026-12-24T18:00',
    exclusive: ['start-in'],
  }),
  'start-in': durationFlag({ summary: 'how long from now it is to start' }),
  reviewer: Flags.string({
    summary: 'user to be told in particular; may be repeated',
    helpValue: 'USER',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** What {@link wishFlags} and {@link laterFlags} parse to. */
export interface WishChoice extends PlaceChoice {
  readonly role?: string | undefined;
  readonly duration?: string | undefined;
  readonly reason?: string | undefined;
  readonly ticket?: string | undefined;
  readonly policy?: string | undefined;
  readonly start?: string | undefined;
  readonly 'start-in'?: string | undefined;
  readonly reviewer?: readonly string[] | undefined;
}

/** Flags that nothing can be asked for without, as far as they are missing. */
export function missingFlags(flags: WishChoice): readonly string[] {
  return [
    ...(namesClusters(flags) ? [] : ['--cluster']),
    ...(['role', 'duration', 'reason'] as const).filter((name) => !flags[name]?.trim()).map((name) => `--${name}`),
  ];
}

/**
 * The body of a request.
 * @throws CliError `ERR_CLI_USAGE` when flags are missing or don't fit together; all missing ones at once
 */
export function wishOf(flags: WishChoice, now: number): CreateAccessRequest {
  const { role, duration, reason, ticket, policy, reviewer } = flags;
  const missing = missingFlags(flags);
  if (role === undefined || duration === undefined || reason === undefined || missing.length > 0) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
      nextStep: 'Run "sallyport access roles" to see what you may ask for.',
    });
  }
  const startsAt = startOf(flags, now);
  return {
    ...placeOf(flags),
    role,
    duration,
    reason,
    ...(ticket !== undefined && { ticket }),
    ...(policy !== undefined && { policy }),
    ...(startsAt !== undefined && { startsAt }),
    ...(reviewer !== undefined && { suggestedReviewers: [...reviewer] }),
  };
}

const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/;

/** The instant that the flags name. Without a zone it is a time of this machine. */
function startOf(flags: WishChoice, now: number): string | undefined {
  const { start, 'start-in': startIn } = flags;
  if (startIn !== undefined) return new Date(now + parseDuration(startIn)).toISOString();
  if (start === undefined) return undefined;
  const at = MOMENT.test(start) ? Date.parse(start.replace(' ', 'T')) : Number.NaN;
  if (at > now) return new Date(at).toISOString();
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: Number.isNaN(at)
      ? `${JSON.stringify(start.slice(0, 64))} is no moment`
      : `${new Date(at).toISOString()} is over; it is ${new Date(now).toISOString()}`,
    nextStep: 'Write e.g. 2026-12-24T18:00 in your own time, or 2026-12-24T18:00Z; or give --start-in 2h.',
  });
}
