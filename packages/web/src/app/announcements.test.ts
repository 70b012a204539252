import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { announcementsOf, type KnownAccess } from './announcements.ts';

const NOW = new Date('2026-01-05T12:00:00Z');
const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const aGrant = (startsIn: number, endsIn: number) => ({
  id: createId('grant'),
  role: 'edit',
  scope: { kind: 'clusters' as const, clusters: ['prod-eu'] },
  startsAt: at(startsIn),
  endsAt: at(endsIn),
});
const known = (minutes: number, grants: KnownAccess['me']['grants'] = [], pendingReviews = 0): KnownAccess => ({
  me: { grants, pendingReviews },
  now: at(minutes),
});

describe('what is read out', () => {
  it('are requests that have come, and none that went', () => {
    expect(announcementsOf(known(0, [], 1), known(1, [], 2)).polite).toEqual(['1 more request waits for you']);
    expect(announcementsOf(known(0, [], 0), known(1, [], 3)).polite).toEqual(['3 more requests wait for you']);
    expect(announcementsOf(known(0, [], 2), known(1, [], 1))).toEqual({ polite: [], assertive: [] });
  });

  it('are windows at ten minutes and at two, once each', () => {
    const grants = [aGrant(-60, 11)];
    const told = [0, 1, 2, 8, 9, 10]
      .slice(1)
      .map(
        (minutes, index) => announcementsOf(known([0, 1, 2, 8, 9][index] ?? 0, grants), known(minutes, grants)).polite,
      );
    expect(told).toEqual([
      ['edit on prod-eu closes in 10 minutes'],
      [],
      [],
      ['edit on prod-eu closes in 2 minutes'],
      [],
    ]);
    expect(announcementsOf(known(0, [aGrant(8, 11)]), known(2, [aGrant(8, 11)])).polite).toEqual([]);
  });

  it('is a grant that is gone before its time at once, and none that ran out or had not begun', () => {
    expect(announcementsOf(known(0, [aGrant(-60, 60)]), known(1)).assertive).toEqual([
      'edit on prod-eu has ended before its time',
    ]);
    expect(announcementsOf(known(0, [aGrant(-60, 1)]), known(1)).assertive).toEqual([]);
    expect(announcementsOf(known(0, [aGrant(30, 60)]), known(1)).assertive).toEqual([]);
  });
});
