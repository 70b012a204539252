import type { WhoAmI } from '@sallyport/core/api';
import { placeOf } from '../parts/place-words.ts';

/** What is known of the reader at an instant. */
export interface KnownAccess {
  readonly me: Pick<WhoAmI, 'grants' | 'pendingReviews'>;
  readonly now: Date;
}

/** What is read out to people who can't see it change. */
export interface Announcements {
  /** When what is being read out has ended. */
  readonly polite: readonly string[];
  /** At once. */
  readonly assertive: readonly string[];
}

const MINUTE_MS = 60_000;
/** Minutes before its end at which a window is spoken of, the last first. */
const CLOSING_MINUTES = [2, 10] as const;

/**
 * What happened by itself between two answers of the server: requests that wait, windows that close, and grants that are gone before
 * their time.
 */
export function announcementsOf(before: KnownAccess, after: KnownAccess): Announcements {
  const more = after.me.pendingReviews - before.me.pendingReviews;
  const waiting = more > 0 ? [`${more === 1 ? '1 more request waits' : `${more} more requests wait`} for you`] : [];
  const closing = after.me.grants.flatMap((grant) => {
    const left = (at: Date) => (grant.endsAt.getTime() - at.getTime()) / MINUTE_MS;
    const crossed = CLOSING_MINUTES.find((minutes) => left(before.now) > minutes && left(after.now) <= minutes);
    const isOpen = grant.startsAt <= after.now && left(after.now) > 0;
    return crossed === undefined || !isOpen ? [] : [`${wordsOf(grant)} closes in ${crossed} minutes`];
  });
  const still = new Set(after.me.grants.map(({ id }) => id));
  const lost = before.me.grants.filter(
    ({ id, startsAt, endsAt }) => !still.has(id) && startsAt <= before.now && endsAt > after.now,
  );
  return {
    polite: [...waiting, ...closing],
    assertive: lost.map((grant) => `${wordsOf(grant)} has ended before its time`),
  };
}

const wordsOf = ({ role, scope }: WhoAmI['grants'][number]) => `${role} on ${placeOf(scope).on.join(', ')}`;
