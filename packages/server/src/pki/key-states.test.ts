import { Secret } from '@sallyport/core';
import { expect, it } from 'vitest';
import type { StoredKey } from '../stores/key-contracts.ts';
import { signingKeyOf, toSigningState, trustedKeysOf } from './key-states.ts';

const at = new Date(1_000);
const key = (keyId: string, phase: StoredKey['phase'], verifiesUntil?: Date): StoredKey => ({
  purpose: 'oauth',
  keyId,
  phase,
  secret: new Secret('x'),
  createdAt: new Date(0),
  signsFrom: new Date(0),
  ...(verifiesUntil !== undefined && { verifiesUntil }),
});

it('trusts the signing key first, then what is announced, and retired keys until their end', () => {
  const keys = [
    key('next', 'next'),
    key('over', 'retired', at),
    key('signs', 'current'),
    key('lately', 'retired', new Date(1_001)),
  ];
  expect(trustedKeysOf(keys, 'oauth', at).map(({ keyId }) => keyId)).toEqual(['signs', 'next', 'lately']);
  expect(toSigningState({ version: 1, keys }, 'oauth')).toMatchObject({
    activeKeyId: 'signs',
    keys: [{ keyId: 'next' }, { keyId: 'over', verifiesUntil: at }, { keyId: 'signs' }, { keyId: 'lately' }],
  });
});

it('signs with nothing when no key is current: a next or retired one never steps in', () => {
  expect(() => signingKeyOf([key('next', 'next'), key('old', 'retired', at)], 'oauth')).toThrow(
    expect.objectContaining({
      code: 'ERR_PKI_NO_SIGNING_KEY',
      message: 'none of the 2 keys of purpose oauth signs',
      nextStep: expect.stringContaining('rotate'),
    }),
  );
});
