import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { PrincipalRecord } from '../stores/records.ts';
import { findProvisioned, pendingSubject } from './provisioned.ts';

function aPerson(overrides: Partial<PrincipalRecord>): PrincipalRecord {
  const id = createId('principal');
  return {
    id,
    organizationId: createId('organization'),
    kind: 'user',
    issuer: 'https://idp.example.com',
    subjectClaim: pendingSubject(id),
    userName: 'ada@example.com',
    displayName: 'Ada',
    groups: [],
    isDisabled: false,
    spec: {},
    labels: {},
    resourceVersion: 1,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    ...overrides,
  };
}

describe('findProvisioned', () => {
  const known = aPerson({ subjectClaim: 's-known', userName: 'known@example.com', externalId: 'e-known' });
  const waiting = aPerson({ userName: 'Waiting@example.com', externalId: 'e-waiting' });
  const nameless = aPerson({ userName: 'other@example.com' });
  const people = [known, waiting, nameless];
  const find = (subjectClaim: string, userName = 'nobody@example.com') =>
    findProvisioned(people, { subjectClaim, userName });

  it('finds a person by the subject of an earlier login, whatever else is said', () => {
    expect(find('s-known', 'waiting@example.com')).toBe(known);
  });
  it('finds who never signed in by external id, and else by user name in any letter case', () => {
    expect(find('e-waiting', 'other@example.com')).toBe(waiting);
    expect(find('s-new', 'waiting@EXAMPLE.com')).toBe(waiting);
    expect(find('s-new', 'other@example.com')).toBe(nameless);
  });
  it('gives nobody who has signed in to another subject', () => {
    expect(find('e-known', 'known@example.com')).toBeUndefined();
    expect(find('s-new', 'known@example.com')).toBeUndefined();
  });
  it('finds nobody for a stranger, and for a subject that stands for one not known yet', () => {
    expect(find('s-new')).toBeUndefined();
    expect(find(waiting.subjectClaim, waiting.userName)).toBeUndefined();
    expect(find('')).toBeUndefined();
  });
});
