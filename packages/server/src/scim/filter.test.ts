import { describe, expect, it } from 'vitest';
import { equalityOf, MAX_FILTER_CHARACTERS, matchesFilter, parseFilter } from './filter.ts';
import { GROUP, USER } from './schema.ts';

const ada = {
  id: 'prn_1',
  externalId: '00uA',
  userName: 'Ada@Example.com',
  name: { familyName: 'Byron' },
  emails: [
    { value: 'ada@example.com', type: 'work', primary: true },
    { value: 'ada@home.example', type: 'home' },
  ],
  active: false,
  meta: { lastModified: '2026-11-22T10:00:00.000Z' },
};
const matches = (text: string) => matchesFilter(USER, parseFilter(text), ada);

describe('filters', () => {
  const cases: readonly [string, boolean][] = [
    ['userName eq "ada@example.com"', true],
    ['USERNAME EQ "ada@example.com"', true],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@example.com"', true],
    ['userName eq "bob@example.com"', false],
    ['externalId eq "00uA"', true],
    ['externalId eq "00ua"', false],
    ['id eq "prn_1"', true],
    ['userName sw "ADA"', true],
    ['userName ew ".com"', true],
    ['userName co "@"', true],
    ['emails eq "ada@home.example"', true],
    ['emails.value eq "ada@home.example"', true],
    ['emails[type eq "work" and value co "@example.com"]', true],
    ['emails[type eq "work" and value co "@home"]', false],
    ['emails[type eq "work"].value eq "ada@example.com"', true],
    ['emails.type eq "work" and not (active eq true)', true],
    ['active eq false', true],
    ['active eq "False"', true],
    ['active eq true or userName eq "ada@example.com"', true],
    ['not (userName pr)', false],
    ['title pr', false],
    ['name pr', true],
    ['name.familyName eq "byron"', true],
    ['title ne "x"', true],
    ['userName ne "ada@example.com"', false],
    ['meta.lastModified gt "2026-11-22T09:59:59Z"', true],
    ['meta.lastModified gt "2026-11-22T12:00:00+02:00"', false],
    ['meta.lastModified ge "2026-11-22T12:00:00+02:00"', true],
    ['nosuch eq "x"', false],
    ['name.nosuch eq "x"', false],
    ['userName eq 3', false],
    ['userName eq null', false],
    ['constructor pr', false],
    ['__proto__ pr', false],
  ];
  for (const [text, want] of cases) {
    it(`${text} is ${want}`, () => {
      expect(matches(text)).toBe(want);
    });
  }

  it('binds "and" closer than "or"', () => {
    expect(matches('active eq false or active eq true and title pr')).toBe(true);
    expect(matches('(active eq false or active eq true) and title pr')).toBe(false);
  });

  it('reaches the members of groups', () => {
    const group = { displayName: 'admins', members: [{ value: 'prn_1' }] };
    expect(matchesFilter(GROUP, parseFilter('members eq "prn_1"'), group)).toBe(true);
    expect(matchesFilter(GROUP, parseFilter('members[value eq "prn_2"]'), group)).toBe(false);
  });

  for (const text of [
    '',
    'userName',
    'userName eq',
    'userName eq x',
    'userName eq "x',
    'userName like "x"',
    '(userName pr',
    'userName pr)',
    'userName eq "x" and',
    `userName eq "${'x'.repeat(MAX_FILTER_CHARACTERS)}"`,
    `userName eq "${'\n'.repeat(60)}`,
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))} at once`, () => {
      const begun = performance.now();
      expect(() => parseFilter(text)).toThrow(expect.objectContaining({ code: 'ERR_SCIM_INVALID_FILTER' }));
      expect(performance.now() - begun).toBeLessThan(1_000);
    });
  }

  it('tells when one equality is all that is asked', () => {
    expect(equalityOf(parseFilter('userName eq "x"'))).toEqual({ attribute: 'userName', value: 'x' });
    expect(equalityOf(parseFilter('userName eq "x" or active eq true'))).toBeUndefined();
    expect(equalityOf(parseFilter('active eq true'))).toBeUndefined();
  });
});
