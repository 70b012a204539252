import { describe, expect, it } from 'vitest';
import { assertImpersonation, describeNameProblem, impersonationHeaders } from './impersonation.ts';

const INVALID = expect.objectContaining({ code: 'ERR_IMPERSONATION_INVALID' });

describe('impersonationHeaders', () => {
  it('writes one line per group and per extra value, names as bytes', () => {
    expect(
      impersonationHeaders({
        user: 'søren@acme.test',
        groups: ['sallyport:view', 'team, with comma', '開発'],
        uid: 'u-1',
        extra: { 'sallyport.dev/session': ['ses_1', 'ses_2'] },
      }),
    ).toEqual([
      'Impersonate-User',
      's\u00c3\u00b8ren@acme.test',
      'Impersonate-Uid',
      'u-1',
      'Impersonate-Group',
      'sallyport:view',
      'Impersonate-Group',
      'team, with comma',
      'Impersonate-Group',
      Buffer.from('開発').toString('latin1'),
      'Impersonate-Extra-sallyport.dev%2Fsession',
      'ses_1',
      'Impersonate-Extra-sallyport.dev%2Fsession',
      'ses_2',
    ]);
  });

  it('refuses what assertImpersonation refuses', () => {
    expect(() => impersonationHeaders({ user: '', groups: [] })).toThrow(INVALID);
  });
});

describe('assertImpersonation', () => {
  it('takes an ordinary identity', () => {
    expect(() => assertImpersonation({ user: 'ada', groups: ['dev', 'not-system:masters', 'systems'] })).not.toThrow();
  });

  const names: [string, string][] = [
    ['nothing', ''],
    ['surrounding space', ' ada'],
    ['a user of the cluster itself', 'system:admin'],
    ['a group of the cluster itself', 'system:masters'],
    ['the same in another case', 'SYSTEM:Masters'],
    ['a line break', 'ada\r\nImpersonate-Group: system:masters'],
    ['a NUL', 'a\u0000'],
    ['a C1 control character', 'a\u0085b'],
    ['half a character', 'a\ud800'],
    ['more than a kibibyte', 'é'.repeat(513)],
  ];
  for (const [what, name] of names) {
    it(`refuses ${what} as user, group, uid and extra value`, () => {
      expect(describeNameProblem(name)).toBeTypeOf('string');
      expect(() => assertImpersonation({ user: name, groups: [] })).toThrow(INVALID);
      expect(() => assertImpersonation({ user: 'ada', groups: ['dev', name] })).toThrow(INVALID);
      expect(() => assertImpersonation({ user: 'ada', groups: [], uid: name })).toThrow(INVALID);
      expect(() => assertImpersonation({ user: 'ada', groups: [], extra: { a: [name] } })).toThrow(INVALID);
    });
  }

  it('says how long a long name is', () => {
    expect(describeNameProblem('é'.repeat(513))).toBe('is 1026 bytes, limit is 1024');
    expect(describeNameProblem('é'.repeat(512))).toBeUndefined();
  });

  for (const key of ['', 'Upper', 'a b', 'a:b', 'a\nb', 'é']) {
    it(`refuses ${JSON.stringify(key)} as an extra key`, () => {
      expect(() => assertImpersonation({ user: 'ada', groups: [], extra: { [key]: ['x'] } })).toThrow(INVALID);
    });
  }
});
