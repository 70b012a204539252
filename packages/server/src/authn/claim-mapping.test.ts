import type { ClaimMapping } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { compileClaimMapping, describeMappingProblems } from './claim-mapping.ts';

const ISSUER = 'https://idp.example.com';
const CLAIMS = { sub: '1', email: 'ada@example.com', email_verified: true };

function read(claims: Record<string, unknown>, mapping: ClaimMapping = {}) {
  return compileClaimMapping(mapping, ISSUER).read({ ...CLAIMS, ...claims });
}

describe('a claim mapping', () => {
  for (const { provider, mapping, claims, want } of [
    {
      provider: 'Keycloak',
      mapping: { userName: 'preferred_username', groups: 'realm_access.roles' },
      claims: { preferred_username: 'ada', realm_access: { roles: ['dev'] } },
      want: { userName: 'ada', groups: ['dev'] },
    },
    {
      provider: 'Auth0, which names claims by address',
      mapping: { groups: 'https://example.com/groups' },
      claims: { 'https://example.com/groups': ['dev'] },
      want: { userName: 'ada@example.com', groups: ['dev'] },
    },
    {
      provider: 'one whose claim has a dot in its name beside a path of the same text',
      mapping: { groups: 'a.b' },
      claims: { 'a.b': ['name'], a: { b: ['path'] } },
      want: { groups: ['name'] },
    },
    {
      provider: 'Keycloak with group paths',
      mapping: { groups: 'cel:claims.groups.map(g, g.startsWith("/") ? g.substring(1) : g)' },
      claims: { groups: ['/dev', 'ops'] },
      want: { groups: ['dev', 'ops'] },
    },
    {
      provider: 'one with too many groups',
      mapping: { groups: 'cel:claims.groups.filter(g, g.matches("^k8s-"))' },
      claims: { groups: ['k8s-dev', 'wiki'] },
      want: { groups: ['k8s-dev'] },
    },
    {
      provider: 'one that separates groups by spaces',
      mapping: { groups: 'cel:claims.groups.split(" ")' },
      claims: { groups: 'dev ops' },
      want: { groups: ['dev', 'ops'] },
    },
    {
      provider: 'Google, by hosted domain',
      mapping: { groups: 'cel:has(claims.hd) ? ["domain:" + claims.hd] : []', displayName: 'given_name' },
      claims: { hd: 'example.com', given_name: 'Ada' },
      want: { groups: ['domain:example.com'], displayName: 'Ada' },
    },
  ]) {
    it(`reads ${provider}`, () => {
      expect(read(claims, mapping)).toMatchObject(want);
    });
  }

  for (const [what, claims] of [
    ['absent', {}],
    ['null', { groups: null }],
    ['empty', { groups: [] }],
  ] as const) {
    for (const groups of [
      'groups',
      'cel:claims.groups',
      'cel:claims.groups.map(g, "p:" + g)',
      'cel:dyn(claims.groups)',
    ]) {
      it(`SEC-E14 takes ${what} groups for none under ${groups}`, () => {
        expect(read(claims, { groups }).groups).toEqual([]);
      });
    }
  }

  it('SEC-E14 refuses groups that the provider left out, rather than taking the login for one without groups', () => {
    const claims = {
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: 'https://graph.example' } },
    };
    expect(() => read(claims)).toThrow('left the claim "groups" out');
    expect(() => read(claims, { groups: 'cel:claims.groups' })).toThrow('left the claim "groups" out');
    expect(read(claims, { groups: 'roles' }).groups).toEqual([]);
  });

  for (const [mapping, claims] of [
    [{ userName: 'cel:"system:" + claims.sub' }, {}],
    [{ userName: 'cel:claims.nope' }, {}],
    [{ userName: 'cel:claims.sub + claims.n' }, { n: 3 }],
    [{ userName: 'cel:claims.list' }, { list: ['ada'] }],
    [{ groups: 'cel:claims.roles.map(g, "system:" + g)' }, { roles: ['masters'] }],
    [{ groups: 'cel:claims.roles.map(g, g + "x")' }, { roles: [1] }],
    [{ groups: 'cel:claims.roles' }, { roles: { dev: true } }],
    [{ groups: 'realm_access.roles' }, { realm_access: { roles: 7 } }],
  ] as const) {
    it(`SEC-A09 refuses what ${JSON.stringify(mapping)} yields`, () => {
      expect(() => read(claims, mapping)).toThrow(expect.objectContaining({ code: 'ERR_LOGIN_CLAIMS_REFUSED' }));
    });
  }

  for (const userName of ['email', 'cel:claims.email', 'cel:claims["email"]', 'cel:[claims.email][0]']) {
    it(`SEC-A18 takes no unverified e-mail address for a user name by ${userName}`, () => {
      expect(() => read({ email_verified: false }, { userName })).toThrow('has not verified the e-mail address');
      expect(read({}, { userName }).userName).toBe('ada@example.com');
    });
  }

  it('leaves it to an expression that reads email_verified itself', () => {
    const userName =
      'cel:has(claims.email_verified) && claims.email_verified == true ? claims.email : "u-" + claims.sub';
    expect(read({ email_verified: false }, { userName }).userName).toBe('u-1');
  });

  it('does without display name and e-mail address', () => {
    const mapping = { userName: 'sub', displayName: 'cel:claims.nope', email: 'cel:claims.nope' };
    expect(read({}, mapping)).toEqual({
      issuer: ISSUER,
      subjectClaim: '1',
      userName: '1',
      displayName: '1',
      groups: [],
    });
  });

  it('says which expression is wrong, and where', () => {
    expect(describeMappingProblems({ userName: 'cel:claims.', groups: 'cel:claims.groups', email: 'cel:3' })).toEqual([
      { field: 'userName', problem: expect.stringMatching(/^line 1, column 8: /) },
      { field: 'email', problem: expect.stringContaining('of type int, expected string') },
    ]);
  });
});

describe('explaining a mapping', () => {
  it('lists what each part came to', () => {
    const mapping = compileClaimMapping({ groups: 'cel:claims.roles.map(r, "x:" + r)', displayName: 'nick' }, ISSUER);
    expect(mapping.explain({ ...CLAIMS, roles: ['dev'] })).toEqual({
      fields: [
        { field: 'subject', source: 'claim "sub"', value: '1' },
        { field: 'userName', source: 'claim "email"', value: 'ada@example.com' },
        {
          field: 'groups',
          source: 'expression "claims.roles.map(r, \\"x:\\" + r)"',
          value: ['x:dev'],
        },
        { field: 'displayName', source: 'claim "nick"', problem: 'absent' },
        { field: 'email', source: 'claim "email"', value: 'ada@example.com' },
      ],
      identity: expect.objectContaining({ userName: 'ada@example.com', groups: ['x:dev'] }),
    });
  });

  it('says where it failed, and yields no identity then', () => {
    const mapping = compileClaimMapping({ userName: 'cel:claims.sub +\n claims.n', groups: 'roles' }, ISSUER);
    const report = mapping.explain({ ...CLAIMS, n: 3, email_verified: false, roles: [1] });
    expect(report).not.toHaveProperty('identity');
    expect(report.fields).toMatchObject([
      { field: 'subject', value: '1' },
      { field: 'userName', problem: expect.stringMatching(/line 1, column 1: no such overload: dyn<string>/) },
      { field: 'groups', problem: 'claim "roles" holds something that is not text' },
      { field: 'displayName', problem: 'absent' },
      { field: 'email', problem: 'not verified, or no text' },
    ]);
  });
});
