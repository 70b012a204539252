import type { ClaimMapping } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { compileClaimMapping } from './claim-mapping.ts';
import { type Identity, MAX_GROUPS } from './identity.ts';

const ISSUER = 'https://idp.example.com';

function read(claims: Record<string, unknown>, mapping: ClaimMapping = {}): Identity {
  const { read } = compileClaimMapping({ userName: 'preferred_username', ...mapping }, ISSUER);
  return read({ sub: '248289', preferred_username: 'ada', ...claims });
}

function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'accepted';
}

describe('an identity', () => {
  it('takes subject, user name, display name, verified e-mail and groups', () => {
    expect(
      read({ name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true, groups: ['dev', 'ops'] }),
    ).toEqual({
      issuer: 'https://idp.example.com',
      subjectClaim: '248289',
      userName: 'ada',
      displayName: 'Ada Lovelace',
      email: 'ada@example.com',
      groups: ['dev', 'ops'],
    });
  });

  it('leaves out an e-mail address that is not verified', () => {
    expect(read({ email: 'ada@example.com', email_verified: false })).not.toHaveProperty('email');
    expect(read({ email: 'ada@example.com' })).not.toHaveProperty('email');
  });

  it('strips control characters from the display name', () => {
    expect(read({ name: 'Ada\u001b[2J\u202e\n' }).displayName).toBe('Ada[2J');
  });

  it('takes a user name of 254 characters, with plus, quote and letters of any script', () => {
    const long = `${'a'.repeat(240)}+o'brien@例え.jp`;
    expect(read({ preferred_username: long }).userName).toBe(long);
  });

  for (const value of [undefined, '', 7, ['a'], null]) {
    it(`refuses the subject ${JSON.stringify(value)}`, () => {
      expect(codeOf(() => read({ sub: value }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
    });
  }

  for (const [name, value] of [
    ['absent', undefined],
    ['empty', ''],
    ['blank', '   '],
    ['null', null],
    ['a list', ['ada']],
    ['a number', 7],
    ['an object', { toString: 'ada' }],
    ['with surrounding space', ' ada'],
    ['with a line break', 'ada\r\nImpersonate-Group: system:masters'],
    ['with a broken surrogate', 'ada\ud800'],
  ] as const) {
    it(`SEC-A09 refuses a user name that is ${name}`, () => {
      expect(codeOf(() => read({ preferred_username: value }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
    });
  }

  it('SEC-A09 never reads a user name from the prototype of the claims', () => {
    expect(codeOf(() => read({}, { userName: 'constructor' }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
    expect(codeOf(() => read({}, { userName: '__proto__' }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
    expect(read({}, { groups: 'constructor' }).groups).toEqual([]);
  });

  for (const separator of [',', ';', ' ', '|']) {
    it(`SEC-A06 keeps "dev${separator}system:masters" as one literal group`, () => {
      const group = `dev${separator}system:masters`;
      expect(read({ groups: group }).groups).toEqual([group]);
      expect(read({ groups: [group] }).groups).toEqual([group]);
    });
  }

  for (const group of ['dev\tsystem:masters', 'dev\nsystem:masters', 'dev\u0000system:masters']) {
    it(`SEC-A06 refuses the group ${JSON.stringify(group)}`, () => {
      expect(codeOf(() => read({ groups: group }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
    });
  }

  for (const value of [7, true, { a: 'b' }, ['dev', 7], ['dev', null], ['dev', ['ops']], [''], ['dev', ' ops']]) {
    it(`SEC-A06 refuses groups of the form ${JSON.stringify(value)}`, () => {
      expect(codeOf(() => read({ groups: value }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
    });
  }

  it('reads absent and null groups as none', () => {
    expect(read({}).groups).toEqual([]);
    expect(read({ groups: null }).groups).toEqual([]);
    expect(read({ groups: [] }).groups).toEqual([]);
  });

  it('refuses more groups than the limit, stating both numbers', () => {
    const groups = Array.from({ length: MAX_GROUPS + 1 }, (_, i) => `g${i}`);
    expect(() => read({ groups })).toThrow(`has ${MAX_GROUPS + 1} groups, limit is ${MAX_GROUPS}`);
    expect(read({ groups: groups.slice(1) }).groups).toHaveLength(MAX_GROUPS);
  });

  for (const name of [
    'system:masters',
    'system:node:x',
    'system:serviceaccount:kube-system:default',
    'system:kube-controller-manager',
    'system:anonymous',
    'System:Masters',
  ]) {
    it(`SEC-A10 refuses the name ${name} for user and group`, () => {
      expect(codeOf(() => read({ preferred_username: name }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
      expect(codeOf(() => read({ groups: ['dev', name] }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
      expect(codeOf(() => read({ groups: name }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
    });
  }

  for (const name of ['serviceaccount:ci', 'WORKLOAD:ci']) {
    it(`refuses a person the name ${name}, which is a machine's`, () => {
      expect(codeOf(() => read({ preferred_username: name }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
      expect(read({ groups: [name] }).groups).toEqual([name]);
    });
  }

  for (const verified of [false, undefined, null, 'true', 1]) {
    it(`SEC-A18 refuses an e-mail address as user name when email_verified is ${JSON.stringify(verified)}`, () => {
      const claims = { email: 'ada@example.com', email_verified: verified };
      expect(codeOf(() => read(claims, { userName: 'email' }))).toBe('ERR_LOGIN_CLAIMS_REFUSED');
    });
  }

  it('SEC-A18 takes a verified e-mail address as user name', () => {
    const claims = { email: 'ada@example.com', email_verified: true };
    expect(read(claims, { userName: 'email' }).userName).toBe('ada@example.com');
  });
});
