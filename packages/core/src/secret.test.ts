import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

describe('Secret', () => {
  it('SEC-G08 shows its value in no way of printing', () => {
    const secret = new Secret('canary');
    const printed = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
      format('%s %o %j', secret, secret, secret),
      Object.entries(secret).join(),
      new Error(`failed with ${secret}`).stack ?? '',
    ];
    for (const text of printed) expect(text).not.toContain('canary');
    expect(printed[0]).toBe('[redacted]');
  });

  it('gives its value on request, of any type', () => {
    expect(new Secret('value').reveal()).toBe('value');
    const bytes = new Uint8Array([1]);
    expect(new Secret(bytes).reveal()).toBe(bytes);
  });
});
