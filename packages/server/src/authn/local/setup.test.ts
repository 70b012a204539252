import { Secret } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESS, createLocalUsersFixture, ORIGIN, PASSWORD } from '../testing/local-users-fixture.ts';
import { createSoftwareAuthenticator } from '../testing/software-authenticator.ts';
import { INVITATION_LIFETIME_MS, inviteLocalUser, linkAddress, RECOVERY_LIFETIME_MS, resetLocalUser } from './setup.ts';

type Fixture = Awaited<ReturnType<typeof createLocalUsersFixture>>;

describe('links of local users', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createLocalUsersFixture({ limits: { maxAddressFailures: 6 } });
  });
  afterAll(() => fixture.close());

  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );

  it('SEC-E20 hold 256 random bits, in the fragment, and are stored hashed', async () => {
    const [one, other] = [await fixture.invite(), await fixture.invite()];
    expect(one.token).toMatch(/^sil_[\w-]{43}$/);
    expect(other.token).not.toBe(one.token);
    const address = new URL(linkAddress(ORIGIN, new Secret(one.token)).reveal());
    expect(address.hash).toBe(`#${one.token}`);
    expect(address.href.split('#')[0]).not.toContain(one.token);
    expect(String(linkAddress(ORIGIN, new Secret(one.token)))).toBe('[redacted]');
  });

  it('lead to a password with a code app, and are good once', async () => {
    const { person, token } = await fixture.invite();
    const setup = await fixture.setup.open(token, ADDRESS);
    expect(setup).toMatchObject({ principal: person, kind: 'invitation' });
    const given = { password: PASSWORD, code: fixture.codeOf(setup.totpSecret) };
    expect(await fixture.setup.withPassword(setup.handle, given)).toHaveLength(10);
    expect(await refusal(fixture.setup.withPassword(setup.handle, given))).toBe('ERR_LOGIN_LINK_REFUSED');
    expect(await refusal(fixture.setup.open(token, ADDRESS))).toBe('ERR_LOGIN_LINK_REFUSED');
    const [enrolled] = await fixture.audited('user.enrolled');
    expect(enrolled).toMatchObject({
      principal: { id: person.id },
      details: { link: 'invitation', factor: 'password' },
    });
  });

  it('that two people opened set up the factors of the first to finish, and of nobody else', async () => {
    const { person, token } = await fixture.invite();
    const [one, other] = [await fixture.setup.open(token, ADDRESS), await fixture.setup.open(token, ADDRESS)];
    expect(one.totpSecret.reveal()).not.toBe(other.totpSecret.reveal());
    const outcomes = await Promise.all(
      [one, other].map((setup) =>
        refusal(
          fixture.setup.withPassword(setup.handle, { password: PASSWORD, code: fixture.codeOf(setup.totpSecret) }),
        ),
      ),
    );
    expect([...outcomes].sort()).toEqual(['ERR_LOGIN_LINK_REFUSED', 'taken']);
    const winner = outcomes[0] === 'taken' ? one : other;
    const account = await fixture.store.transact(({ localUsers }) => localUsers.account(person.id));
    expect(account?.totpSecret?.reveal()).toBe(winner.totpSecret.reveal());
  });

  it('stay good while the password or the code is refused', async () => {
    const { token } = await fixture.invite();
    const { handle, totpSecret } = await fixture.setup.open(token, ADDRESS);
    const code = fixture.codeOf(totpSecret);
    expect(await refusal(fixture.setup.withPassword(handle, { password: 'short', code }))).toBe(
      'ERR_LOGIN_PASSWORD_REFUSED',
    );
    expect(await refusal(fixture.setup.withPassword(handle, { password: PASSWORD, code: '000000' }))).toBe(
      'ERR_LOGIN_FACTOR_REFUSED',
    );
    expect(await refusal(fixture.setup.withPassword(handle, { password: PASSWORD, code }))).toBe('taken');
  });

  it('lead to a passkey', async () => {
    const { person, token } = await fixture.invite();
    const { handle } = await fixture.setup.open(token, ADDRESS);
    const { options } = await fixture.setup.beginPasskey(handle);
    expect(options).toMatchObject({ user: { name: person.userName } });
    const answer = createSoftwareAuthenticator(ORIGIN).create(options);
    await fixture.setup.withPasskey(handle, { answer, displayName: '' });
    expect(await fixture.store.transact(({ localUsers }) => localUsers.passkeys(person.id))).toMatchObject([
      { displayName: 'Passkey' },
    ]);
    expect(await refusal(fixture.setup.open(token, ADDRESS))).toBe('ERR_LOGIN_LINK_REFUSED');
  });

  it('expire, and what was opened by them with them', async () => {
    const { token, expiresAt } = await fixture.invite();
    expect(expiresAt.getTime() - fixture.clock.now()).toBe(INVITATION_LIFETIME_MS);
    fixture.clock.advance(INVITATION_LIFETIME_MS - 60_000);
    const { handle, totpSecret } = await fixture.setup.open(token, ADDRESS);
    fixture.clock.advance(60_000);
    const given = { password: PASSWORD, code: fixture.codeOf(totpSecret) };
    expect(await refusal(fixture.setup.withPassword(handle, given))).toBe('ERR_LOGIN_LINK_REFUSED');
    expect(await refusal(fixture.setup.open(token, ADDRESS))).toBe('ERR_LOGIN_LINK_REFUSED');
  });

  it('end when a newer one is issued', async () => {
    const { person, token } = await fixture.invite();
    await fixture.store.transact((tx) => inviteLocalUser(tx, person, new Date(fixture.clock.now())));
    expect(await refusal(fixture.setup.open(token, ADDRESS))).toBe('ERR_LOGIN_LINK_REFUSED');
  });

  it('of a reset take every factor away at once, and replace them', async () => {
    const { person, totpSecret, recoveryCodes } = await fixture.enrol();
    const link = await fixture.store.transact((tx) => resetLocalUser(tx, person, new Date(fixture.clock.now())));
    expect(link.expiresAt.getTime() - fixture.clock.now()).toBe(RECOVERY_LIFETIME_MS);
    const signIn = (password: string, code: string) =>
      refusal(
        fixture.signIn.byPassword({
          organizationId: person.organizationId,
          sourceAddress: '192.0.2.99',
          userName: person.userName,
          password,
          code,
        }),
      );
    expect(await signIn(PASSWORD, fixture.codeOf(totpSecret))).toBe('ERR_LOGIN_LOCAL_REFUSED');
    expect(await signIn(PASSWORD, recoveryCodes[0] ?? '')).toBe('ERR_LOGIN_LOCAL_REFUSED');
    const setup = await fixture.setup.open(link.token.reveal(), ADDRESS);
    expect(setup.kind).toBe('recovery');
    await fixture.setup.withPassword(setup.handle, {
      password: 'nine tall ships',
      code: fixture.codeOf(setup.totpSecret),
    });
    fixture.clock.advance(30_000);
    expect(await signIn('nine tall ships', fixture.codeOf(setup.totpSecret))).toBe('taken');
  });

  it('SEC-E03 are not issued for a person of an identity provider', async () => {
    const person = await fixture.putPerson({ issuer: 'https://login.example.com' });
    const at = new Date(fixture.clock.now());
    expect(await refusal(fixture.store.transact((tx) => inviteLocalUser(tx, person, at)))).toBe('ERR_LOGIN_NOT_LOCAL');
    expect(await refusal(fixture.store.transact((tx) => resetLocalUser(tx, person, at)))).toBe('ERR_LOGIN_NOT_LOCAL');
  });

  it('SEC-E03 are refused once a provider vouches for the person, opened or not', async () => {
    const { person, token } = await fixture.invite();
    const { handle, totpSecret } = await fixture.setup.open(token, ADDRESS);
    await fixture.store.transact((tx) => tx.putPrincipal({ ...person, issuer: 'https://login.example.com' }));
    const given = { password: PASSWORD, code: fixture.codeOf(totpSecret) };
    expect(await refusal(fixture.setup.withPassword(handle, given))).toBe('ERR_LOGIN_LINK_REFUSED');
    expect(await refusal(fixture.setup.open(token, ADDRESS))).toBe('ERR_LOGIN_LINK_REFUSED');
  });

  it('SEC-E20 can be guessed a few times only, from one address', async () => {
    const { token } = await fixture.invite();
    const from = '203.0.113.77';
    const outcomes: string[] = [];
    const guesses = [...'abcdefgh'].filter((end) => !token.endsWith(end)).slice(0, 7);
    for (const end of guesses) outcomes.push(await refusal(fixture.setup.open(token.slice(0, -1) + end, from)));
    expect(outcomes.at(0)).toBe('ERR_LOGIN_LINK_REFUSED');
    expect(outcomes.at(-1)).toBe('ERR_LOGIN_TOO_MANY_ATTEMPTS');
    expect(await refusal(fixture.setup.open(token, from))).toBe('ERR_LOGIN_TOO_MANY_ATTEMPTS');
    expect(await refusal(fixture.setup.open(token, ADDRESS))).toBe('taken');
  });

  it('SEC-E20 leave nothing in the database that could be presented', async () => {
    const { person, totpSecret, recoveryCodes } = await fixture.enrol();
    const { token } = await fixture.invite();
    const { handle } = await fixture.setup.open(token, ADDRESS);
    const dump = await fixture.dump();
    expect(dump).toContain(person.id);
    for (const secret of [PASSWORD, '$scrypt$', totpSecret.reveal(), ...recoveryCodes, token, handle]) {
      expect(dump).not.toContain(secret);
    }
  });
});
