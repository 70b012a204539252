import { inspect } from 'node:util';
import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import {
  hashMachineSecret,
  isSameHash,
  MACHINE_SECRET_CHARACTERS,
  mintMachineSecret,
  parseMachineSecret,
} from './machine-secret.ts';

const keyId = createId('loginSession').slice('ses_'.length);

describe('machine secrets', () => {
  it('name their kind and their record, and are found again by hash', () => {
    const { secret, sha256 } = mintMachineSecret('apiKey', keyId);
    expect(secret.reveal()).toMatch(new RegExp(`^sak_${keyId}_[0-9A-Za-z]{49}$`));
    expect(secret.reveal()).toHaveLength(MACHINE_SECRET_CHARACTERS);
    expect(parseMachineSecret('apiKey', secret.reveal())).toEqual({ keyId, sha256 });
    expect(sha256).toBe(hashMachineSecret(secret.reveal()));
  });

  it('print as redacted', () => {
    const minted = mintMachineSecret('apiKey', keyId);
    expect(`${JSON.stringify(minted)} ${inspect(minted)}`).not.toContain(minted.secret.reveal());
  });

  it('SEC-E20 hold 256 bits that do not repeat and do not follow from earlier ones', () => {
    const secrets = Array.from({ length: 2_000 }, () =>
      mintMachineSecret('apiKey', keyId).secret.reveal().slice(31, 74),
    );
    expect(new Set(secrets).size).toBe(secrets.length);
    // Over 2,000 draws every character must come up at every place but the first, which 2^256 does not fill.
    for (let place = 1; place < 43; place++) {
      expect(new Set(secrets.map((secret) => secret[place])).size).toBeGreaterThan(55);
    }
  });

  it('SEC-E13 are of one kind only', () => {
    const key = mintMachineSecret('apiKey', keyId).secret.reveal();
    expect(parseMachineSecret('scimToken', key)).toBeUndefined();
    expect(parseMachineSecret('apiKey', key.replace('sak_', 'sct_'))).toBeUndefined();
    expect(parseMachineSecret('apiKey', mintMachineSecret('scimToken', keyId).secret.reveal())).toBeUndefined();
  });

  it('are refused after any change of one character', () => {
    const key = mintMachineSecret('apiKey', keyId).secret.reveal();
    for (let place = 0; place < key.length; place++) {
      const other = key[place] === '7' ? '8' : '7';
      expect(parseMachineSecret('apiKey', `${key.slice(0, place)}${other}${key.slice(place + 1)}`)).toBeUndefined();
    }
  });

  for (const text of ['', 'sak_', `sak_${keyId}_`, `sak_${'u'.repeat(26)}_${'a'.repeat(49)}`, 'x'.repeat(80)]) {
    it(`refuse ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(parseMachineSecret('apiKey', text)).toBeUndefined();
    });
  }

  it('refuse what surrounds a good one', () => {
    const key = mintMachineSecret('apiKey', keyId).secret.reveal();
    for (const text of [` ${key}`, `${key}\n`, `${key}${key}`]) {
      expect(parseMachineSecret('apiKey', text)).toBeUndefined();
    }
  });
});

describe('isSameHash', () => {
  const hash = hashMachineSecret('a');
  it('tells equal from different, and takes nothing for a hash that is none', () => {
    expect(isSameHash(hash, hash)).toBe(true);
    expect(isSameHash(hash, hashMachineSecret('b'))).toBe(false);
    expect(isSameHash('', '')).toBe(false);
    expect(isSameHash(hash, '')).toBe(false);
    expect(isSameHash(hash, hash.slice(2))).toBe(false);
  });
});
