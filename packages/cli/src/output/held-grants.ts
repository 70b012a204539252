import type { WhoAmI } from '@sallyport/core/api';
import type { ProfileSelection } from '../state/profiles.ts';
import { commandLine } from './command-line.ts';
import { neutralise } from './neutralise.ts';
import { formatMoment, formatSpan, formatUntil } from './time.ts';

/** A grant that has not ended, as the server tells its holder. */
export type HeldGrant = WhoAmI['grants'][number];

// As long as it takes to notice, ask for more and be heard.
const SOON_MS = 5 * 60_000;

/** What somebody holds for a while: `developer until 15:04 (42m left), admin from 18:00`. */
export function heldText(grants: readonly HeldGrant[], now: number): string {
  const texts = grants
    .filter(({ endsAt }) => endsAt.getTime() > now)
    .map(({ role, startsAt, endsAt }) =>
      startsAt.getTime() > now ? `${role} from ${formatMoment(startsAt, now)}` : `${role} ${formatUntil(endsAt, now)}`,
    );
  return texts.join(', ') || '-';
}

/** Warnings about grants that end within five minutes, with the command that asks for more time. */
export function endingSoon(
  grants: readonly HeldGrant[],
  now: number,
  selection: ProfileSelection = {},
): readonly string[] {
  return grants.flatMap(({ id, role, startsAt, endsAt }) => {
    const leftMs = endsAt.getTime() - now;
    if (leftMs <= 0 || leftMs >= SOON_MS || startsAt.getTime() > now) return [];
    const command = commandLine(['access', 'renew', id, '--duration', '1h', '--reason', 'TEXT'], selection);
    return [`Warning: ${neutralise(role)} ends in ${formatSpan(leftMs)}. For more time:  ${command}`];
  });
}

/** Says how many access requests wait for one; nothing when none does. */
export function pendingReviewsText(count: number, selection: ProfileSelection = {}): readonly string[] {
  if (count === 0) return [];
  const what = count === 1 ? '1 access request waits' : `${count} access requests wait`;
  return [`${what} for your review:  ${commandLine(['access', 'list', '--to-review'], selection)}`];
}
