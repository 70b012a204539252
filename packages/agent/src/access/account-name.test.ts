import { describe, expect, it } from 'vitest';
import { accountName } from './account-name.ts';

/** What Kubernetes takes as the name of a ServiceAccount (RFC 1123 subdomain). */
const VALID = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

describe('names of ServiceAccounts', () => {
  it('SEC-A19 are valid and of one form for every user name', () => {
    const names = [
      'ada@example.com',
      `${'a'.repeat(242)}@example.com`,
      "o'brien+test@example.com",
      'Ødegård',
      '李小龍',
      '---',
      'x',
      ' / \\ % \u202e',
    ];
    for (const user of names) {
      const name = accountName('sallyport-agent', user);
      expect(name).toMatch(VALID);
      expect(name.length).toBeLessThanOrEqual(110);
    }
    expect(accountName('sallyport-agent', 'ada@example.com')).toBe(
      'sallyport-agent-p-ada-example-com-b5fc85e55755f9e0d030',
    );
  });

  it('SEC-A19 tell people apart whose names begin alike, or differ in signs that no name has', () => {
    const long = 'a'.repeat(250);
    const users = [
      `${long}-1`,
      `${long}-2`,
      'ada@example.com',
      'ada.example.com',
      'Ada@example.com',
      'ada-example-com',
      '李',
      '龍',
    ];
    expect(new Set(users.map((user) => accountName('agent', user))).size).toBe(users.length);
  });
});
