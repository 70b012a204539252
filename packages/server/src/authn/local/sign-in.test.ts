import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESS, createLocalUsersFixture, ORIGIN, PASSWORD } from '../testing/local-users-fixture.ts';
import { createSoftwareAuthenticator } from '../testing/software-authenticator.ts';

type Fixture = Awaited<ReturnType<typeof createLocalUsersFixture>>;

describe('a login by password and code', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createLocalUsersFixture({ limits: { maxAddressFailures: 1_000 } });
  });
  afterAll(() => fixture.close());

  const tryIt = (given: { userName: string; password?: string; code?: string }) =>
    fixture.signIn.byPassword({
      organizationId: fixture.organization.id,
      sourceAddress: ADDRESS,
      password: PASSWORD,
      code: '000000',
      ...given,
    });

  it('proves the person, by two factors', async () => {
    const { person, totpSecret } = await fixture.enrol();
    expect(await tryIt({ userName: person.userName, code: fixture.codeOf(totpSecret) })).toMatchObject({
      principal: person,
      amr: ['pwd', 'otp', 'mfa'],
      mustChangePassword: false,
    });
  });

  it('takes the name in any letter case and with space around it', async () => {
    const { person, totpSecret } = await fixture.enrol({ userName: 'Ada.Byron@Example.com' });
    const proof = await tryIt({ userName: ' ada.byron@EXAMPLE.com ', code: fixture.codeOf(totpSecret) });
    expect(proof.principal.id).toBe(person.id);
  });

  it('SEC-E20 takes a code once, also side by side and on two replicas', async () => {
    const { person, totpSecret } = await fixture.enrol();
    const code = fixture.codeOf(totpSecret);
    const given = {
      organizationId: fixture.organization.id,
      sourceAddress: ADDRESS,
      userName: person.userName,
      password: PASSWORD,
      code,
    };
    const other = fixture.createReplica();
    const outcomes = await Promise.allSettled([fixture.signIn.byPassword(given), other.signIn.byPassword(given)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(tryIt(given)).rejects.toMatchObject({ code: 'ERR_LOGIN_LOCAL_REFUSED' });
    fixture.clock.advance(30_000);
    await expect(tryIt(given)).rejects.toMatchObject({ code: 'ERR_LOGIN_LOCAL_REFUSED' });
  });

  it('takes each recovery code once in place of a code', async () => {
    const { person, recoveryCodes } = await fixture.enrol();
    const [first = '', second = ''] = recoveryCodes;
    await tryIt({ userName: person.userName, code: first });
    await expect(tryIt({ userName: person.userName, code: first })).rejects.toMatchObject({
      code: 'ERR_LOGIN_LOCAL_REFUSED',
    });
    await tryIt({ userName: person.userName, code: second.replaceAll('-', '').toUpperCase() });
    expect(await fixture.store.transact(({ localUsers }) => localUsers.countRecoveryCodes(person.id))).toBe(8);
  });

  it('does not use a code up when the password is wrong', async () => {
    const { person, totpSecret } = await fixture.enrol();
    const code = fixture.codeOf(totpSecret);
    await expect(tryIt({ userName: person.userName, password: 'another one', code })).rejects.toThrow();
    await expect(tryIt({ userName: person.userName, code })).resolves.toMatchObject({ principal: person });
  });

  it('SEC-E20 answers every wrong try alike: unknown name, wrong password, wrong code, foreign organization', async () => {
    const { person, totpSecret } = await fixture.enrol();
    const foreign = await fixture.enrol({ organizationId: fixture.otherOrganization.id });
    const passkeyOnly = await fixture.invite();
    const code = fixture.codeOf(totpSecret);
    const outcomes = await Promise.allSettled([
      tryIt({ userName: 'nobody@example.com', code }),
      tryIt({ userName: person.userName, password: 'wrong password', code }),
      tryIt({ userName: person.userName, code: '000000' }),
      tryIt({ userName: person.userName, code: '' }),
      tryIt({ userName: foreign.person.userName, code: fixture.codeOf(foreign.totpSecret) }),
      tryIt({ userName: passkeyOnly.person.userName, password: '', code }),
      tryIt({ userName: '', password: '', code: '' }),
    ]);
    const told = outcomes.map((outcome) => {
      if (outcome.status === 'fulfilled') throw new Error('should be refused');
      const { code: errorCode, message, nextStep } = outcome.reason as Record<string, unknown>;
      return JSON.stringify({ errorCode, message, nextStep });
    });
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toContain('ERR_LOGIN_LOCAL_REFUSED');
  });

  it('refuses somebody who is disabled', async () => {
    const { person, totpSecret } = await fixture.enrol();
    await fixture.store.transact((tx) => tx.put('Principal', { ...person, isDisabled: true, spec: {} }));
    await fixture.snapshots.refresh();
    await expect(tryIt({ userName: person.userName, code: fixture.codeOf(totpSecret) })).rejects.toMatchObject({
      code: 'ERR_LOGIN_LOCAL_REFUSED',
    });
  });

  it('SEC-E03 refuses a person of an identity provider, even one with rows of a local user', async () => {
    const { person, totpSecret } = await fixture.enrol();
    const taken = { ...person, issuer: 'https://login.example.com' };
    await fixture.store.transact((tx) => tx.putPrincipal(taken));
    await fixture.snapshots.refresh();
    await expect(tryIt({ userName: person.userName, code: fixture.codeOf(totpSecret) })).rejects.toMatchObject({
      code: 'ERR_LOGIN_LOCAL_REFUSED',
    });
  });

  it('audits a failure with the person where it is known, and never what was typed', async () => {
    const { person } = await fixture.enrol();
    await expect(tryIt({ userName: person.userName, password: 'my secret typo' })).rejects.toThrow();
    await expect(tryIt({ userName: 'typed-my-password-here' })).rejects.toThrow();
    const [unknown, known] = await fixture.audited('login.failed');
    expect(known).toMatchObject({
      organizationId: fixture.organization.id,
      principal: { id: person.id },
      sourceAddress: ADDRESS,
      details: { code: 'ERR_LOGIN_LOCAL_REFUSED', method: 'password' },
    });
    expect(unknown).not.toHaveProperty('principal');
    expect(JSON.stringify([known, unknown])).not.toMatch(/typo|typed-my/);
  });

  it('asks for a new password where one is demanded, and takes no old one for new', async () => {
    const { person, totpSecret } = await fixture.enrol();
    const hash = await fixture.hasher.hash(PASSWORD);
    await fixture.store.transact(({ localUsers }) => localUsers.setPassword(person.id, hash, true));
    const proof = await tryIt({ userName: person.userName, code: fixture.codeOf(totpSecret) });
    expect(proof.mustChangePassword).toBe(true);
    const change = (password: string) => fixture.signIn.changePassword(person.id, password, ADDRESS);
    await expect(change('short')).rejects.toMatchObject({ code: 'ERR_LOGIN_PASSWORD_REFUSED' });
    await expect(change(PASSWORD)).rejects.toMatchObject({ code: 'ERR_LOGIN_PASSWORD_REFUSED' });
    await change('nine tall ships');
    fixture.clock.advance(30_000);
    const code = fixture.codeOf(totpSecret);
    await expect(tryIt({ userName: person.userName, code })).rejects.toThrow();
    const after = await tryIt({ userName: person.userName, password: 'nine tall ships', code });
    expect(after.mustChangePassword).toBe(false);
    expect(await fixture.audited('user.password.changed')).toMatchObject([{ principal: { id: person.id } }]);
  });
});

describe('the lock-out of local users', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createLocalUsersFixture({ limits: { maxAddressFailures: 8 } });
  });
  afterAll(() => fixture.close());

  const fail = (userName: string, sourceAddress: string, replica: Pick<Fixture, 'signIn'> = fixture) =>
    replica.signIn
      .byPassword({
        organizationId: fixture.organization.id,
        sourceAddress,
        userName,
        password: 'wrong password',
        code: '000000',
      })
      .then(
        () => 'signed in',
        (error: { code: string }) => error.code,
      );

  for (const isKnown of [true, false]) {
    it(`SEC-E20 locks ${isKnown ? 'an account' : 'a name that nobody has'} after five tries, on every replica, tried side by side`, async () => {
      const { person, totpSecret } = await fixture.enrol();
      const userName = isKnown ? person.userName : 'unknown@example.com';
      const replicas = [fixture, fixture.createReplica()];
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, i) => fail(userName, `198.51.100.${i + (isKnown ? 1 : 101)}`, replicas[i % 2])),
      );
      expect(outcomes.filter((code) => code === 'ERR_LOGIN_LOCAL_REFUSED')).toHaveLength(5);
      expect(outcomes.filter((code) => code === 'ERR_LOGIN_TOO_MANY_ATTEMPTS')).toHaveLength(7);
      // The right password doesn't open it either, and a minute later it does.
      const right = () =>
        fixture.signIn.byPassword({
          organizationId: fixture.organization.id,
          sourceAddress: ADDRESS,
          userName,
          password: PASSWORD,
          code: fixture.codeOf(totpSecret),
        });
      await expect(right()).rejects.toMatchObject({ code: 'ERR_LOGIN_TOO_MANY_ATTEMPTS' });
      fixture.clock.advance(60_000);
      if (isKnown) await expect(right()).resolves.toMatchObject({ principal: person });
      else await expect(right()).rejects.toMatchObject({ code: 'ERR_LOGIN_LOCAL_REFUSED' });
      const [locked] = await fixture.audited('login.locked');
      expect(locked).toMatchObject({ details: { what: 'account' }, severity: 'warning' });
    });
  }

  it('begins anew after a success', async () => {
    const { person, totpSecret } = await fixture.enrol();
    for (let i = 0; i < 4; i++) await fail(person.userName, `203.0.113.${i}`);
    await fixture.signIn.byPassword({
      organizationId: fixture.organization.id,
      sourceAddress: ADDRESS,
      userName: person.userName,
      password: PASSWORD,
      code: fixture.codeOf(totpSecret),
    });
    for (let i = 0; i < 4; i++) {
      expect(await fail(person.userName, `203.0.113.1${i}`)).toBe('ERR_LOGIN_LOCAL_REFUSED');
    }
  });

  it('SEC-E20 locks an address that tries many names; an own account in between does not reset it', async () => {
    const { person, totpSecret } = await fixture.enrol();
    const address = '2001:db8::1';
    const neighbour = '2001:db8::ffff:1';
    for (let i = 0; i < 4; i++) expect(await fail(`a${i}@example.com`, address)).toBe('ERR_LOGIN_LOCAL_REFUSED');
    await fixture.signIn.byPassword({
      organizationId: fixture.organization.id,
      sourceAddress: address,
      userName: person.userName,
      password: PASSWORD,
      code: fixture.codeOf(totpSecret),
    });
    for (let i = 4; i < 8; i++) expect(await fail(`a${i}@example.com`, neighbour)).toBe('ERR_LOGIN_LOCAL_REFUSED');
    expect(await fail('a9@example.com', address)).toBe('ERR_LOGIN_TOO_MANY_ATTEMPTS');
    expect(await fail('a9@example.com', '2001:db8:0:1::1')).toBe('ERR_LOGIN_LOCAL_REFUSED');
    const [locked] = await fixture.audited('login.locked');
    expect(locked).toMatchObject({ details: { what: 'address' } });
  });
});

describe('a login by passkey', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createLocalUsersFixture();
  });
  afterAll(() => fixture.close());

  async function enrolPasskey(overrides = {}) {
    const authenticator = createSoftwareAuthenticator(ORIGIN);
    const { person, token } = await fixture.invite(overrides);
    const { handle } = await fixture.setup.open(token, ADDRESS);
    const { options } = await fixture.setup.beginPasskey(handle);
    await fixture.setup.withPasskey(handle, { answer: authenticator.create(options), displayName: 'Key' });
    return { person, authenticator };
  }
  const begin = async (flowId: string) => {
    const begun = await fixture.signIn.beginPasskey(flowId, fixture.organization.id);
    if (begun === undefined) throw new Error('there are passkeys');
    return begun.options;
  };
  const finish = (flowId: string, answer: unknown) =>
    fixture.signIn.byPasskey({
      organizationId: fixture.organization.id,
      sourceAddress: ADDRESS,
      flowId,
      answer,
    });

  it('proves the person without a name being typed', async () => {
    const { person, authenticator } = await enrolPasskey();
    expect(await finish('one', authenticator.get(await begin('one')))).toMatchObject({
      principal: person,
      amr: ['hwk', 'user', 'mfa'],
      mustChangePassword: false,
    });
    const [passkey] = await fixture.store.transact(({ localUsers }) => localUsers.passkeys(person.id));
    expect(passkey).toMatchObject({ counter: 2, displayName: 'Key', lastUsedAt: new Date(fixture.clock.now()) });
  });

  it('takes an answer once, and only in the flow that asked for it', async () => {
    const { authenticator } = await enrolPasskey();
    const answer = authenticator.get(await begin('two'));
    await expect(finish('another', answer)).rejects.toMatchObject({ code: 'ERR_LOGIN_LOCAL_REFUSED' });
    await finish('two', answer);
    await expect(finish('two', answer)).rejects.toMatchObject({ code: 'ERR_LOGIN_LOCAL_REFUSED' });
  });

  it('refuses a copy of an authenticator: the second to use a count', async () => {
    const { authenticator } = await enrolPasskey();
    const [one, other] = [await begin('three'), await begin('four')];
    const answers = [authenticator.get(one, { counter: 7 }), authenticator.get(other, { counter: 7 })];
    await finish('three', answers[0]);
    await expect(finish('four', answers[1])).rejects.toMatchObject({ code: 'ERR_LOGIN_LOCAL_REFUSED' });
  });

  it('SEC-E10 refuses a passkey of another organization', async () => {
    const { authenticator } = await enrolPasskey({ organizationId: fixture.otherOrganization.id });
    await expect(finish('five', authenticator.get(await begin('five')))).rejects.toMatchObject({
      code: 'ERR_LOGIN_LOCAL_REFUSED',
    });
  });

  it('SEC-E03 refuses the passkey of somebody whom a provider vouches for by now', async () => {
    const { person, authenticator } = await enrolPasskey();
    await fixture.store.transact((tx) => tx.putPrincipal({ ...person, issuer: 'https://login.example.com' }));
    await fixture.snapshots.refresh();
    await expect(finish('six', authenticator.get(await begin('six')))).rejects.toMatchObject({
      code: 'ERR_LOGIN_LOCAL_REFUSED',
    });
  });

  it('is over after five minutes', async () => {
    const { authenticator } = await enrolPasskey();
    const answer = authenticator.get(await begin('seven'));
    fixture.clock.advance(300_001);
    await expect(finish('seven', answer)).rejects.toMatchObject({ code: 'ERR_LOGIN_LOCAL_REFUSED' });
  });
});
