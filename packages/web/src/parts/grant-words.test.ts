import { describe, expect, it } from 'vitest';
import { gateOfGrant, remainingOf } from './grant-words.ts';

const MINUTE = 60_000;
const now = new Date(2026, 7, 12, 14, 0);
const at = (minutes: number) => new Date(now.getTime() + minutes * MINUTE);

describe('a grant in words', () => {
  for (const { name, grant, gate, remaining } of [
    {
      name: 'open',
      grant: { state: 'active', startsAt: at(-10), endsAt: at(78) },
      gate: 'open',
      remaining: '1 h 18 min',
    },
    {
      name: 'in its last ten minutes',
      grant: { state: 'active', startsAt: at(-110), endsAt: at(10) },
      gate: 'closing',
      remaining: '10 min',
    },
    {
      name: 'short, in its last tenth',
      grant: { state: 'active', startsAt: at(-27), endsAt: at(3) },
      gate: 'closing',
      remaining: '3 min',
    },
    {
      name: 'short, before its last tenth',
      grant: { state: 'active', startsAt: at(-22), endsAt: at(8) },
      gate: 'open',
      remaining: '8 min',
    },
    {
      name: 'scheduled',
      grant: { state: 'scheduled', startsAt: at(420), endsAt: at(480) },
      gate: 'waiting',
      remaining: 'in 7 h',
    },
    {
      name: 'revoked',
      grant: { state: 'revoked', startsAt: at(-10), endsAt: at(10) },
      gate: 'ended',
      remaining: 'ended',
    },
    {
      name: 'over, though nobody has said so yet',
      grant: { state: 'active', startsAt: at(-10), endsAt: at(0) },
      gate: 'ended',
      remaining: 'ended',
    },
  ] as const) {
    it(`says what is ${name}`, () => {
      expect([gateOfGrant(grant, now), remainingOf(grant, now)]).toEqual([gate, remaining]);
    });
  }
});
