import type { IssuedGrant } from '@sallyport/authz';
import { aPrincipal, aRole } from '@sallyport/authz/testing';
import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { type DerivedGrants, deriveGrants } from './derive-grants.ts';
import type { RecordPart } from './record-part.ts';
import { aGrant } from './testing/records.ts';

const { id: principalId, organizationId } = aPrincipal();
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000);
const grant = (starts: number, ends: number, rest: Partial<IssuedGrant> = {}) =>
  aGrant(
    { organizationId, principalId, roleId: aRole().id },
    { id: createId('grant'), startsAt: at(starts), endsAt: at(ends), ...rest },
  );
const part = (...grants: readonly IssuedGrant[]): RecordPart<IssuedGrant> => ({
  map: new Map(grants.map((one) => [one.id, one])),
  changed: 'all',
});
const told = ({ live, ended, nextAtMs }: DerivedGrants) => ({
  live: [...live.map.keys()],
  ended: [...ended.keys()],
  next: nextAtMs === undefined ? undefined : new Date(nextAtMs),
});

describe('grants at an instant', () => {
  it('are live until just before their end, scheduled ones too, and name the next start or end among them', () => {
    const running = grant(0, 60);
    const scheduled = grant(10, 20);
    const stored = part(running, scheduled);
    const first = deriveGrants(stored, at(0));
    expect(told(first)).toEqual({ live: [running.id, scheduled.id], ended: [], next: at(10) });
    const started = deriveGrants({ ...stored, changed: [] }, at(10), first);
    expect(told(started)).toEqual({ live: [running.id, scheduled.id], ended: [], next: at(20) });
    // What starts was in there already.
    expect(started.live).toEqual({ map: first.live.map, changed: [] });
    expect(started.live.map).toBe(first.live.map);
    const over = deriveGrants({ ...stored, changed: [] }, at(20), started);
    expect(told(over)).toEqual({ live: [running.id], ended: [scheduled.id], next: at(60) });
    expect(over.live.changed).toEqual([scheduled.id]);
  });

  it('are the same objects while nothing started, ended or changed', () => {
    const stored = part(grant(0, 60));
    const first = deriveGrants(stored, at(0));
    const later = deriveGrants({ ...stored, changed: [] }, at(59), first);
    expect(later.live.map).toBe(first.live.map);
    expect(later.live.changed).toEqual([]);
    expect(later.ended).toBe(first.ended);
  });

  it('that were revoked are ended, remembered for a while with their end, and then forgotten', () => {
    const other = grant(0, 600);
    const revoked = grant(0, 60, { end: { at: at(5), state: 'revoked', reason: 'no longer needed' } });
    const first = deriveGrants(part(other, revoked), at(6));
    expect(told(first)).toEqual({ live: [other.id], ended: [revoked.id], next: at(600) });
    const more = grant(14, 700);
    const later = deriveGrants(part(other, revoked, more), at(16), first);
    expect(told(later)).toEqual({ live: [other.id, more.id], ended: [], next: at(600) });
    expect([...later.stored.map.keys()]).toEqual([other.id, more.id]);
    expect(later.live.changed).toEqual([more.id]);
  });

  it('SEC-E11 do not come back when the clock is set back, unless their record changes', () => {
    const over = grant(0, 30);
    const stored = part(over);
    const first = deriveGrants(stored, at(30), deriveGrants(stored, at(0)));
    expect(told(first)).toMatchObject({ live: [], ended: [over.id] });
    const more = grant(0, 90);
    const back = deriveGrants(part(over, more), at(-30), first);
    expect(told(back)).toMatchObject({ live: [more.id], ended: [over.id] });
    const prolonged = { ...over, endsAt: at(120) };
    expect(told(deriveGrants(part(prolonged), at(-30), back))).toMatchObject({ live: [over.id], ended: [] });
  });
});
