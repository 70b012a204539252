import { describe, expect, it } from 'vitest';
import {
  describeUpstreamAccessProblem,
  encodeUpstreamAccess,
  hashUpstreamAccess,
  parseUpstreamAccess,
  type UpstreamAccess,
} from './upstream-access.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const NOW = AT.getTime() / 1_000;

const access: UpstreamAccess = {
  bindings: [
    {
      clusterRole: 'view',
      subjects: [
        { user: 'bob', expiresAt: NOW + 60 },
        { user: 'ada', expiresAt: NOW + 60 },
      ],
    },
    { clusterRole: 'edit', namespace: 'b', subjects: [{ user: 'ada', expiresAt: NOW + 60 }] },
    { clusterRole: 'edit', namespace: 'a', subjects: [{ user: 'ada', expiresAt: NOW + 60 }] },
    { clusterRole: 'admin', subjects: [] },
  ],
};

describe('an access that travels', () => {
  it('is read as it was written, in one order, without what binds nobody', () => {
    const { bytes, hash } = encodeUpstreamAccess(access);
    expect(hash).toBe(hashUpstreamAccess(bytes));
    expect(parseUpstreamAccess(bytes)).toEqual({
      bindings: [
        { clusterRole: 'edit', namespace: 'a', subjects: [{ user: 'ada', expiresAt: NOW + 60 }] },
        { clusterRole: 'edit', namespace: 'b', subjects: [{ user: 'ada', expiresAt: NOW + 60 }] },
        {
          clusterRole: 'view',
          subjects: [
            { user: 'ada', expiresAt: NOW + 60 },
            { user: 'bob', expiresAt: NOW + 60 },
          ],
        },
      ],
    });
    const turned = encodeUpstreamAccess({ bindings: [...access.bindings].reverse() });
    expect(turned.hash).toBe(hash);
  });

  for (const [what, text] of [
    ['what is no JSON', '{'],
    ['what is no object', '[]'],
    ['a list that is missing', '{}'],
    ['a binding without a ClusterRole', '{"bindings":[{"subjects":[]}]}'],
    ['a binding without subjects', '{"bindings":[{"clusterRole":"view"}]}'],
    ['a namespace that is no text', '{"bindings":[{"clusterRole":"view","namespace":1,"subjects":[]}]}'],
    ['a field that is not known', '{"bindings":[{"clusterRole":"view","subjects":[],"rules":[]}]}'],
    ['a subject without an end', '{"bindings":[{"clusterRole":"view","subjects":[["ada"]]}]}'],
    ['an end that is no whole number', '{"bindings":[{"clusterRole":"view","subjects":[["ada",1.5]]}]}'],
    ['a subject that is no list', '{"bindings":[{"clusterRole":"view","subjects":["ada"]}]}'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => parseUpstreamAccess(Buffer.from(text))).toThrow(
        expect.objectContaining({ code: 'ERR_UPSTREAM_ACCESS_MALFORMED' }),
      );
    });
  }
});

describe('the bounds of an access', () => {
  const bounds = { clusterRoles: ['view', 'edit', 'admin'], at: AT, byteCount: 100 };
  const problemOf = (bindings: UpstreamAccess['bindings'], more: Partial<typeof bounds> = {}) =>
    describeUpstreamAccessProblem({ bindings }, { ...bounds, ...more });
  const one = (user: string, expiresAt = NOW + 60) => [{ clusterRole: 'view', subjects: [{ user, expiresAt }] }];

  it('let through what is within them', () => {
    expect(problemOf(access.bindings)).toBeUndefined();
    expect(problemOf(one('ada', NOW + 7_200))).toBeUndefined();
  });

  it('SEC-A19 let through long names and all scripts', () => {
    for (const user of [`${'a'.repeat(242)}@example.com`, "o'brien+test@example.com", '李小龍', 'Ødegård']) {
      expect(problemOf(one(user))).toBeUndefined();
    }
  });

  it('say what is beyond them, with both numbers', () => {
    expect(problemOf(one('ada', NOW + 7_261))).toBe(
      `"ada" would be bound until ${NOW + 7_261}, limit is ${NOW + 7_260}`,
    );
    expect(problemOf(one('ada', Number.MAX_SAFE_INTEGER))).toMatch(/would be bound until/);
    expect(problemOf(one('SYSTEM:admin'))).toMatch(/reserved for the cluster/);
    expect(problemOf(one(''))).toMatch(/is empty/);
    expect(problemOf([{ clusterRole: 'cluster-admin', subjects: [] }])).toBe(
      'the ClusterRole "cluster-admin" is not one that may be bound',
    );
    for (const namespace of ['', '..', 'a/b', 'A', 'a'.repeat(64)]) {
      expect(problemOf([{ clusterRole: 'view', namespace, subjects: [] }])).toMatch(/is no namespace/);
    }
    expect(problemOf([...one('ada'), ...one('bob')])).toBe('it binds "view/" twice');
    expect(problemOf([], { byteCount: 786_433 })).toBe('it is 786433 bytes, limit is 786432');
    const many = Array.from({ length: 5_001 }, (_, i) => ({ user: `u${i}`, expiresAt: NOW }));
    expect(problemOf([{ clusterRole: 'view', subjects: many }])).toBe('it has 5001 subjects, limit is 5000');
  });
});
