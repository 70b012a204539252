import type { Settings } from '@sallyport/core/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CommandLine } from './testing/command-line.ts';
import { type Scripted, startScripted } from './testing/scripted-login.ts';

const seconds = () => Math.floor(Date.now() / 1000);
const LIST = { organization: 'acme' };

describe('a step-up', () => {
  let scripted: Scripted;
  beforeAll(async () => {
    scripted = await startScripted();
  });
  afterAll(() => scripted.close());
  beforeEach(() => demand(undefined));

  async function demand(stepUp: Settings['stepUp']): Promise<void> {
    const { store, snapshots, organization } = scripted.installation;
    const record = snapshots.current().organizations.get(organization.id);
    if (record === undefined) throw new Error('there is no organization');
    const { id, name, labels } = record;
    const spec = stepUp === undefined ? {} : { settings: { stepUp } };
    await store.transact((tx) => tx.put('Organization', { id, name, labels, spec }));
    await snapshots.refresh();
  }

  const admin = { groups: ['admins'], amr: ['pwd'] };
  const raise = (person: CommandLine, claims: object, parameters: Record<string, string>) =>
    scripted.logIn({ claims: { ...admin, ...claims } }, { session: person.sessionId, step_up: '1', ...parameters });
  const sessionOf = ({ sessionId }: CommandLine) =>
    scripted.installation.snapshots.current().loginSessions.get(sessionId);

  it('is asked for by a challenge, and a fresh login raises the same session', async () => {
    const person = await scripted.logIn({ claims: { ...admin, auth_time: seconds() - 600 } });
    await demand({ maxAge: '5m' });
    const { fetch, publicUrl } = scripted.installation;
    await expect(person.api.listClusters(LIST)).rejects.toMatchObject({
      problem: {
        status: 401,
        code: 'ERR_API_STEP_UP_REQUIRED',
        nextStep: 'Prove who you are again with: sallyport login --step-up --max-age 300s',
      },
    });
    // Who must sign in again still sees who they are.
    await person.api.whoAmI();
    expect((await fetch(`${publicUrl}/api/v1/me`, { method: 'GET', headers: {}, redirect: 'manual' })).status).toBe(
      401,
    );

    const raised = await raise(person, { auth_time: seconds() }, { step_up_max_age: '300' });
    const { authorization } = scripted.provider;
    expect([authorization.get('max_age'), authorization.get('prompt')]).toEqual(['300', 'login']);
    expect(raised.sessionId).toBe(person.sessionId);
    // Also under the access token of before: the session is what counts.
    expect((await person.api.listClusters(LIST)).items).toEqual([]);
    const events = await scripted.installation.store.listAudit({ limit: 5 });
    expect(events.find(({ code }) => code === 'login.session.raised')).toMatchObject({
      loginSessionId: person.sessionId,
      details: { method: 'oidc', amr: ['pwd'] },
    });
  });

  it('asks for the class, and is met by nothing less', async () => {
    const person = await scripted.logIn({ claims: { ...admin, acr: 'urn:low' } });
    await demand({ acr: ['urn:mfa'], amr: ['otp'] });
    await expect(person.api.listClusters(LIST)).rejects.toMatchObject({
      problem: { detail: 'the login is not of the class urn:mfa' },
    });
    await expect(raise(person, { acr: 'urn:low' }, { step_up_acr: 'urn:mfa' })).rejects.toThrow(
      'ERR_LOGIN_STEP_UP_MISSED',
    );
    expect(sessionOf(person)?.acr).toBe('urn:low');
    await raise(person, { acr: 'urn:mfa' }, { step_up_acr: 'urn:mfa' });
    await expect(person.api.listClusters(LIST)).rejects.toMatchObject({
      problem: { detail: 'the login was made without otp' },
    });
    await raise(person, { acr: 'urn:mfa', amr: ['pwd', 'otp'] }, { step_up_acr: 'urn:mfa' });
    expect((await person.api.listClusters(LIST)).items).toEqual([]);
  });

  it('takes no word of a provider that does not say when the person signed in', async () => {
    const person = await scripted.logIn({ claims: admin });
    await demand({ maxAge: '1h' });
    await expect(person.api.listClusters(LIST)).rejects.toMatchObject({
      problem: { code: 'ERR_API_STEP_UP_REQUIRED' },
    });
    for (const auth_time of [undefined, seconds() - 7_200, 'now']) {
      await expect(raise(person, { auth_time }, { step_up_max_age: '3600' })).rejects.toThrow(
        /ERR_LOGIN_(STEP_UP_MISSED|RESPONSE_INVALID)/,
      );
    }
    // A clock that is ahead makes no login that stays fresh for longer.
    await raise(person, { auth_time: seconds() + 600 }, { step_up_max_age: '3600' });
    expect(sessionOf(person)?.authenticatedAt?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('raises the session of nobody else', async () => {
    const person = await scripted.logIn({ claims: { ...admin, acr: 'urn:low' } });
    const other = { sub: 'person-2', preferred_username: 'other', acr: 'urn:mfa', auth_time: seconds() };
    await expect(raise(person, other, { step_up_acr: 'urn:mfa' })).rejects.toThrow('ERR_LOGIN_STEP_UP_MISSED');
    expect(sessionOf(person)?.acr).toBe('urn:low');
  });

  it('SEC-E04 raises nothing until the code is redeemed by whoever asked', async () => {
    const person = await scripted.logIn({ claims: { ...admin, acr: 'urn:low' } });
    // The browser comes back with a code; a client without the verifier can do nothing with it.
    const { createBrowser } = await import('@sallyport/core/testing');
    const { beginLogin, discover, REDIRECT_URI } = await import('./testing/command-line.ts');
    scripted.provider.script = { claims: { ...admin, acr: 'urn:mfa' } };
    const { installation } = scripted;
    const { authorizationUrl } = await beginLogin(await discover(installation), installation.publicUrl);
    const url = new URL(authorizationUrl);
    url.searchParams.set('session', person.sessionId);
    url.searchParams.set('step_up_acr', 'urn:mfa');
    const browser = createBrowser({ fetch: installation.fetch, leaveAt: (at) => at.startsWith(REDIRECT_URI) });
    await browser.open(url.href);
    expect(new URL(browser.location).search).toContain('code=');
    expect(sessionOf(person)?.acr).toBe('urn:low');
  });

  it('begins a new session when the one to raise is over', async () => {
    const person = await scripted.logIn({ claims: admin });
    await person.api.logOut();
    const raised = await raise(person, { auth_time: seconds() }, { step_up_max_age: '300' });
    expect(raised.sessionId).not.toBe(person.sessionId);
    expect((await raised.api.whoAmI()).loginSession.id).toBe(raised.sessionId);
  });
});
