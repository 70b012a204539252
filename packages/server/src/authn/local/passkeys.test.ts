import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { createSoftwareAuthenticator } from '../testing/software-authenticator.ts';
import { beginAssertion, beginRegistration, finishAssertion, finishRegistration, relyingPartyOf } from './passkeys.ts';

const ORIGIN = 'https://sallyport.example.com:7443';
const AT = new Date('2026-01-01T00:00:00Z');
const person = { id: createId('principal'), userName: 'ada@example.com', displayName: 'Ada' };
const forged = (signature: Buffer) =>
  Buffer.concat([signature.subarray(0, -1), Buffer.from([(signature.at(-1) ?? 0) ^ 1])]);

function party() {
  const found = relyingPartyOf(ORIGIN);
  if (found === undefined) throw new Error('no relying party');
  return found;
}

async function register(authenticator = createSoftwareAuthenticator(ORIGIN), lies = {}) {
  const { challenge, options } = await beginRegistration(party(), person, []);
  const answer = authenticator.create(options, lies);
  return finishRegistration(party(), { challenge, answer, principalId: person.id, displayName: 'Laptop', at: AT });
}

describe('passkeys', () => {
  it('belong to the host name of the public address; a bare IP address has none', () => {
    expect(party()).toEqual({ id: 'sallyport.example.com', origin: ORIGIN });
    expect(relyingPartyOf('https://localhost:7443')).toEqual({ id: 'localhost', origin: 'https://localhost:7443' });
    expect(relyingPartyOf('https://192.0.2.1')).toBeUndefined();
    expect(relyingPartyOf('https://[2001:db8::1]:7443')).toBeUndefined();
  });

  it('are asked to be discoverable and to verify their user', async () => {
    const { options } = await beginRegistration(party(), person, []);
    expect(options).toMatchObject({
      rp: { id: 'sallyport.example.com' },
      user: { name: 'ada@example.com' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    expect((await beginAssertion(party())).options).toMatchObject({ userVerification: 'required' });
    expect((await beginAssertion(party())).options).toMatchObject({ allowCredentials: undefined });
  });

  it('are stored by public key, with what is known of them', async () => {
    expect(await register()).toMatchObject({
      principalId: person.id,
      counter: 1,
      transports: ['internal'],
      isSynced: false,
      displayName: 'Laptop',
      createdAt: AT,
    });
    expect(await register(createSoftwareAuthenticator(ORIGIN, { isSynced: true }))).toMatchObject({ isSynced: true });
  });

  for (const [name, lies] of [
    ['at another origin', { origin: 'https://evil.example.com' }],
    ['for another relying party', { rpId: 'evil.example.com' }],
    ['to another challenge', { challenge: 'AAAA' }],
    ['as an assertion', { type: 'webauthn.get' }],
    ['without having verified its user', { isUserVerified: false }],
  ] as const) {
    it(`refuses one made ${name}`, async () => {
      await expect(register(undefined, lies)).rejects.toMatchObject({ code: 'ERR_LOGIN_FACTOR_REFUSED' });
    });
  }

  it('prove their person', async () => {
    const authenticator = createSoftwareAuthenticator(ORIGIN);
    const passkey = await register(authenticator);
    const { challenge, options } = await beginAssertion(party());
    expect(await finishAssertion(party(), { challenge, answer: authenticator.get(options), passkey })).toEqual({
      counter: 2,
      amr: ['hwk', 'user', 'mfa'],
    });
  });

  it('that can leave their device are called software-held, and have no counter', async () => {
    const authenticator = createSoftwareAuthenticator(ORIGIN, { isSynced: true });
    const passkey = await register(authenticator);
    const { challenge, options } = await beginAssertion(party());
    expect(await finishAssertion(party(), { challenge, answer: authenticator.get(options), passkey })).toEqual({
      counter: 0,
      amr: ['swk', 'user', 'mfa'],
    });
  });

  for (const [name, lies] of [
    ['of another origin', { origin: 'https://evil.example.com' }],
    ['of another relying party', { rpId: 'evil.example.com' }],
    ['to another challenge', { challenge: 'AAAA' }],
    ['of a registration', { type: 'webauthn.create' }],
    ['without having verified its user', { isUserVerified: false }],
    ['with a counter that stands still: a copy', { counter: 1 }],
    ['with a counter that is gone: a copy', { counter: 0 }],
    ['for another person', { userHandle: Buffer.from(createId('principal')).toString('base64url') }],
    ['for nobody', { userHandle: '' }],
    ['with another signature', { forge: forged }],
  ] as const) {
    it(`refuses an answer ${name}`, async () => {
      const authenticator = createSoftwareAuthenticator(ORIGIN);
      const passkey = await register(authenticator);
      const { challenge, options } = await beginAssertion(party());
      const answer = authenticator.get(options, lies);
      expect(await finishAssertion(party(), { challenge, answer, passkey })).toBeUndefined();
    });
  }

  for (const answer of [undefined, null, 7, 'x', [], {}, { id: 'x', response: null }, { id: {}, response: {} }]) {
    it(`refuses ${JSON.stringify(answer)} for an answer`, async () => {
      const passkey = await register();
      const { challenge } = await beginAssertion(party());
      expect(await finishAssertion(party(), { challenge, answer, passkey })).toBeUndefined();
      await expect(
        finishRegistration(party(), { challenge, answer, principalId: person.id, displayName: '', at: AT }),
      ).rejects.toMatchObject({ code: 'ERR_LOGIN_FACTOR_REFUSED' });
    });
  }
});
