import { describe, expect, it } from 'vitest';
import {
  ACCESS_REQUEST_TRANSITIONS,
  ACCESS_REVIEW_ITEM_TRANSITIONS,
  ACCESS_REVIEW_TRANSITIONS,
  FOLLOW_UP_TRANSITIONS,
  GRANT_TRANSITIONS,
  nextState,
  type Transitions,
} from './transitions.ts';

/** Every cell; a dash is an event that is refused. */
const machines: Readonly<Record<string, readonly [Transitions<string, string>, readonly string[], string]>> = {
  'an access request': [
    ACCESS_REQUEST_TRANSITIONS,
    ['review', 'approve', 'deny', 'cancel', 'expire'],
    `pending   pending approved denied cancelled expired
     approved  -       -        -      -         -
     denied    -       -        -      -         -
     cancelled -       -        -      -         -
     expired   -       -        -      -         -`,
  ],
  'a grant': [
    GRANT_TRANSITIONS,
    ['start', 'expire', 'revoke'],
    `scheduled active expired revoked
     active    -      expired revoked
     expired   -      -       -
     revoked   -      -       -`,
  ],
  'a follow-up review': [
    FOLLOW_UP_TRANSITIONS,
    ['justify', 'reject'],
    `due         justified unjustified
     justified   -         -
     unjustified -         -`,
  ],
  'an access review': [ACCESS_REVIEW_TRANSITIONS, ['close'], 'open closed\nclosed -'],
  'a thing that is reviewed': [
    ACCESS_REVIEW_ITEM_TRANSITIONS,
    ['attest', 'remove', 'skip'],
    `pending  attested removed skipped
     attested -        -       -
     removed  -        -       -
     skipped  -        -       -`,
  ],
};

for (const [name, [transitions, events, table]] of Object.entries(machines)) {
  describe(`the life of ${name}`, () => {
    const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
    it('has these states', () => {
      expect(Object.keys(transitions).sort()).toEqual(rows.map(([state]) => state).sort());
      const named = Object.values(transitions).flatMap((row) => Object.keys(row));
      expect(named.filter((event) => !events.includes(event))).toEqual([]);
    });
    for (const [state = '', ...cells] of rows) {
      for (const [i, event] of events.entries()) {
        const want = cells[i] === '-' ? undefined : cells[i];
        it(`${state}: ${event} ${want === undefined ? 'is refused' : `leads to ${want}`}`, () => {
          expect(cells).toHaveLength(events.length);
          expect(nextState(transitions, state, event)).toBe(want);
        });
      }
    }
  });
}
