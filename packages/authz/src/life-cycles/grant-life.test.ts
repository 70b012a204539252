import type { GrantId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import {
  ann,
  annAgain,
  aPolicy,
  ben,
  codeOf,
  edit,
  gone,
  HOUR,
  later,
  NOW,
  production,
  world,
} from '../properties/request-world.ts';
import { grantStateAt, type IssuedGrant } from './grant.ts';
import { expireGrant, type GrantDraft, issueGrant, revokeGrant, startGrant } from './grant-life.ts';

const grant: IssuedGrant = {
  id: 'gnt_1' as GrantId,
  organizationId: ann.organizationId,
  principalId: ann.id,
  roleId: edit.id,
  scope: { kind: 'organization' },
  startsAt: later(HOUR),
  endsAt: later(2 * HOUR),
  reason: 'an incident',
  createdAt: NOW,
  isBreakGlass: false,
};
const over = (state: 'expired' | 'revoked'): IssuedGrant => ({ ...grant, end: { at: later(HOUR), state } });

describe('the life of a grant', () => {
  it('is told by the clock until its end is written', () => {
    const states = [0, HOUR - 1, HOUR, 2 * HOUR - 1, 2 * HOUR].map((ms) => grantStateAt(grant, later(ms)));
    expect(states).toEqual(['scheduled', 'scheduled', 'active', 'active', 'expired']);
    expect(grantStateAt(over('revoked'), NOW)).toBe('revoked');
  });

  it('starts, ends by its time and is revoked in its states alone', () => {
    const at = { before: later(HOUR - 1), within: later(HOUR), after: later(2 * HOUR) };
    const steps = {
      start: (one: IssuedGrant, when: Date) => startGrant(one, when),
      expire: (one: IssuedGrant, when: Date) => expireGrant(one, when),
      revoke: (one: IssuedGrant, when: Date) => revokeGrant(one, { at: when }),
    };
    const table = Object.entries(steps).map(([name, step]) => [
      name,
      codeOf(step(grant, at.before)),
      codeOf(step(grant, at.within)),
      codeOf(step(grant, at.after)),
      codeOf(step(over('expired'), at.within)),
      codeOf(step(over('revoked'), at.within)),
    ]);
    expect(table).toEqual([
      ['start', 'notDue', 'changed', 'changed', 'wrongState', 'wrongState'],
      ['expire', 'notDue', 'notDue', 'changed', 'wrongState', 'wrongState'],
      ['revoke', 'changed', 'changed', 'overdue', 'wrongState', 'wrongState'],
    ]);
  });

  it('ends at its end, however late that is written', () => {
    expect(expireGrant(grant, later(9 * HOUR))).toMatchObject({
      grant: { end: { at: grant.endsAt, state: 'expired' } },
    });
  });

  it('is revoked by somebody, or with what it rests on', () => {
    const by = { at: later(HOUR), byId: ben.id, reason: 'done' };
    expect(revokeGrant(grant, by)).toMatchObject({ grant: { end: { ...by, state: 'revoked' } } });
    expect(revokeGrant(grant, { at: NOW })).toMatchObject({ grant: { end: { at: NOW, state: 'revoked' } } });
  });
});

describe('issueGrant', () => {
  const draft: GrantDraft = {
    id: 'gnt_2' as GrantId,
    principalId: ann.id,
    roleId: edit.id,
    scope: { kind: 'clusters', clusterIds: [production.id] },
    duration: '2h',
    reason: 'an audit',
  };
  const issue = (overrides: Partial<GrantDraft> = {}, grantor = ben) =>
    issueGrant({ ...draft, ...overrides }, { ...world([aPolicy()]), grantor, at: NOW });

  it('grants without a request', () => {
    expect(issue()).toMatchObject({ outcome: 'issued', grant: { startsAt: NOW, endsAt: later(2 * HOUR) } });
    expect(issue({ startsAt: later(HOUR) })).toMatchObject({ grant: { endsAt: later(3 * HOUR) } });
  });

  it('grants until a whole second, and never for nothing', () => {
    const endAfter = (startMs: number, duration: string) => {
      const issued = issue({ startsAt: later(startMs), duration });
      return issued.outcome === 'issued' ? issued.grant.endsAt.getTime() - NOW.getTime() : issued.code;
    };
    expect(NOW.getTime() % 1_000).toBe(0);
    expect(endAfter(1, '2h')).toBe(2 * HOUR);
    expect(endAfter(999, '1s')).toBe(1_000);
    expect(endAfter(1_000, '1s')).toBe(2_000);
    expect(endAfter(0, '1500ms')).toBe(1_000);
    // Too short for a whole second: all of it rather than nothing.
    expect(endAfter(100, '300ms')).toBe(400);
    expect(endAfter(900, '100ms')).toBe(1_000);
    expect(endAfter(900, '150ms')).toBe(1_000);
  });

  it('SEC-E06 grants nothing to oneself, under whatever account', () => {
    expect(codeOf(issue({}, ann))).toBe('ownRequest');
    expect(codeOf(issue({}, annAgain))).toBe('ownRequest');
  });

  it('SEC-E18 refuses what can not be', () => {
    const refused: readonly (readonly [Partial<GrantDraft>, string])[] = [
      [{ duration: '0s' }, 'durationInvalid'],
      [{ duration: '30d1s' }, 'durationInvalid'],
      [{ startsAt: later(-1) }, 'startInvalid'],
      [{ scope: { kind: 'installation' } }, 'placeInvalid'],
      [{ objects: [] }, 'placeInvalid'],
      [{ reason: '' }, 'reasonMissing'],
      [{ principalId: gone.id }, 'basisGone'],
      [{ principalId: 'prn_nobody' as never }, 'basisGone'],
      [{ roleId: 'rol_none' as never }, 'basisGone'],
    ];
    for (const [overrides, want] of refused) expect([overrides, codeOf(issue(overrides))]).toEqual([overrides, want]);
  });
});
