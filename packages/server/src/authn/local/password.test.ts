import { describe, expect, it } from 'vitest';
import { createPasswordHasher } from './password.ts';
import { describePasswordProblem } from './password-rule.ts';

const PASSWORD = 'seven small boats';

describe('password hashes', () => {
  const hasher = createPasswordHasher();

  it('tell the right password from any other', async () => {
    const hash = await hasher.hash(PASSWORD);
    expect(await hasher.verify(PASSWORD, hash)).toBe(true);
    expect(await hasher.verify(`${PASSWORD} `, hash)).toBe(false);
    expect(await hasher.verify('', hash)).toBe(false);
  });

  it('have a salt each, say how they were made, and hold nothing of the password', async () => {
    const [one, other] = [await hasher.hash(PASSWORD), await hasher.hash(PASSWORD)];
    expect(one).not.toBe(other);
    expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toContain('boats');
  });

  it('are compared under the parameters that they were made with', async () => {
    // N=2^10, r=8, p=1, made with another scrypt: Python's hashlib.
    const weaker = '$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$MV2k6-S4n2P7Ey7BA4j_khoYEuDZn3tri-FKZxWRbcI';
    expect(await hasher.verify(PASSWORD, weaker)).toBe(true);
    expect(await hasher.verify('seven small boots', weaker)).toBe(false);
  });

  it('take a password composed of other code points for the same', async () => {
    const hash = await hasher.hash('caf\u00e9 caf\u00e9 caf\u00e9');
    expect(await hasher.verify('cafe\u0301 cafe\u0301 cafe\u0301', hash)).toBe(true);
  });

  it('SEC-E20 cost an unknown name the same work, and the answer is no', async () => {
    const hash = await hasher.hash(PASSWORD);
    const cpu = async (stored: string | undefined) => {
      const before = process.cpuUsage();
      expect(await hasher.verify('wrong password', stored)).toBe(false);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await cpu(hash);
    const costs = { known: 0, unknown: 0 };
    for (let i = 0; i < 3; i++) {
      costs.known += await cpu(hash);
      costs.unknown += await cpu(undefined);
    }
    expect(costs.unknown / costs.known).toBeGreaterThan(0.6);
    expect(costs.unknown / costs.known).toBeLessThan(1.6);
  });

  it('are computed a few at a time; who would wait too long is refused', async () => {
    const small = createPasswordHasher({ maxConcurrent: 1, maxWaiting: 1 });
    const [first, second, third] = [small.hash(PASSWORD), small.hash(PASSWORD), small.hash(PASSWORD)];
    await expect(third).rejects.toMatchObject({ code: 'ERR_LOGIN_BUSY' });
    await Promise.all([first, second]);
    await expect(small.hash(PASSWORD)).resolves.toMatch(/^\$scrypt/);
  });
});

describe('the password rule', () => {
  const cases: readonly (readonly [string, string, RegExp | undefined])[] = [
    ['takes a passphrase', 'seven small boats', undefined],
    ['asks for no digits, capitals or signs', 'abcxyzmnoqrs', undefined],
    ['takes other scripts', 'семь маленьких лодок', undefined],
    ['counts characters, not code units', '🚣🛶⛵🚤🛥️⛴️🚢⚓', /has 10 characters, at least 12/],
    ['refuses a short one and says both numbers', 'eleven char', /has 11 characters, at least 12/],
    ['refuses one that would only cost work', 'x y'.repeat(100), /has 300 characters, limit is 256/],
    ['refuses one character over and over', 'aaaaaaaaaaaa', /over and over/],
    ['refuses a short piece over and over', 'abc1abc1abc1abc', /over and over/],
    ['refuses a run upwards', 'abcdefghijkl', /neighbouring/],
    ['refuses a run of digits that goes round', '678901234567', /neighbouring/],
    ['refuses a run downwards', '987654321098', /neighbouring/],
    ['refuses the user name with a year behind it', 'ada@example.com24', /user name/],
    ['refuses the local part of the user name, twice', 'Adabyron1Adabyron', /user name/],
    ['refuses a common word with something behind it', 'Password1234', /common word/],
    ['takes a common word within a long one', 'my password is nine boats', undefined],
  ];
  for (const [name, password, problem] of cases) {
    it(name, () => {
      const userName = name.includes('local part') ? 'adabyron@example.com' : 'ada@example.com';
      const found = describePasswordProblem(password, userName);
      if (problem === undefined) expect(found).toBeUndefined();
      else expect(found).toMatch(problem);
    });
  }
});
