import { createId, LOCAL_ISSUER, type Principal } from '@sallyport/core';
import { type Browser, type BrowserPage, createBrowser } from '@sallyport/core/testing';
import type * as client from 'openid-client';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginLogin, discover, finishLogin, REDIRECT_URI } from '../testing/command-line.ts';
import { type Installation, startInstallation } from '../testing/installation.ts';
import { inviteLocalUser, resetLocalUser } from './setup.ts';

const PASSWORD = 'seven small boats';

describe('signing in as a local user', () => {
  let installation: Installation;
  let configuration: client.Configuration;
  beforeAll(async () => {
    installation = await startInstallation();
    configuration = await discover(installation);
  });
  afterAll(() => installation.close());

  const browse = () => createBrowser({ fetch: installation.fetch, leaveAt: (url) => url.startsWith(REDIRECT_URI) });

  async function invite(userName: string): Promise<{ person: Principal; token: string }> {
    const id = createId('principal');
    const person: Principal = {
      id,
      organizationId: installation.organization.id,
      kind: 'user',
      issuer: LOCAL_ISSUER,
      subjectClaim: id,
      userName,
      displayName: 'Lin',
      groups: [],
    };
    const token = await installation.store.transact(async (tx) => {
      await tx.putPrincipal(person);
      return (await inviteLocalUser(tx, person, new Date())).token.reveal();
    });
    await installation.snapshots.refresh();
    return { person, token };
  }

  /** Opens a link as a browser without scripts does: the code is pasted. */
  async function openLink(token: string, browser = browse()): Promise<{ browser: Browser; page: BrowserPage }> {
    const asked = shown(await browser.open(`${installation.publicUrl}/login/local/link`));
    return { browser, page: shown(await browser.submit(formOf(asked), { token })) };
  }

  const secretOn = (page: BrowserPage) => /secret=([A-Z2-7]+)/.exec(page.body)?.[1] ?? '';
  const codeOf = (secret: string, steps = 0) =>
    new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 });

  async function enrol(userName: string) {
    const { person, token } = await invite(userName);
    const { browser, page } = await openLink(token);
    const secret = secretOn(page);
    const ready = shown(await browser.submit(formOf(page), { password: PASSWORD, code: codeOf(secret, -1) }));
    expect(ready.status).toBe(200);
    const recoveryCodes = [...ready.body.matchAll(/<li><code>([^<]+)<\/code>/g)].map(([, code = '']) => code);
    return { person, secret, recoveryCodes };
  }

  /** The sign-in page with its form for local users, in the middle of a login of the command line. */
  async function untilSignIn(browser = browse()) {
    const login = await beginLogin(configuration, installation.publicUrl);
    const page = shown(await browser.open(login.authorizationUrl));
    expect(new URL(page.url).pathname).toBe('/sign-in');
    expect(formOf(page).action).toContain('/login/local/in/acme/');
    return { login, browser, page };
  }

  /** Sends the form, and goes on where the page leads. */
  async function signIn(given: Readonly<Record<string, string>>) {
    const { login, browser, page } = await untilSignIn();
    const answer = shown(await browser.submit(formOf(page), given));
    return { login, browser, answer };
  }

  it('leads from a link over password and code to a live login session of that method', async () => {
    const { person, secret, recoveryCodes } = await enrol('lin@example.com');
    expect(recoveryCodes).toHaveLength(10);
    const { login, browser, answer } = await signIn({
      userName: 'lin@example.com',
      password: PASSWORD,
      code: codeOf(secret),
    });
    expect(answer.status).toBe(200);
    await browser.open(answer.links[0] ?? '');
    const { api, sessionId } = await finishLogin(installation, configuration, login, browser.location);
    expect((await api.whoAmI()).principal).toMatchObject({
      id: person.id,
      issuer: LOCAL_ISSUER,
      userName: 'lin@example.com',
    });
    expect(installation.snapshots.current().loginSessions.get(sessionId)).toMatchObject({
      method: 'local',
      amr: ['pwd', 'otp', 'mfa'],
      authenticatedAt: expect.any(Date),
    });
    expect(installation.snapshots.current().loginSessions.get(sessionId)).not.toHaveProperty('identityProviderId');
  });

  it('says the reason of a refusal, and nothing of what was typed', async () => {
    const { answer } = await signIn({ userName: '"><script>alert(1)</script>', password: 'x', code: 'y' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'ERR_LOGIN_LOCAL_REFUSED', detail: expect.any(String) });
    expect(answer.body).not.toContain('script');
  });

  it('asks for a new password first where that is demanded', async () => {
    const { person, secret } = await enrol('mo@example.com');
    const { passwordHash = '' } =
      (await installation.store.transact(({ localUsers }) => localUsers.account(person.id))) ?? {};
    await installation.store.transact(({ localUsers }) => localUsers.setPassword(person.id, passwordHash, true));
    const { login, browser, answer } = await signIn({
      userName: 'mo@example.com',
      password: PASSWORD,
      code: codeOf(secret),
    });
    expect(JSON.parse(answer.body)).toEqual({ mustChangePassword: true });
    const again = shown(await browser.submit(formOf(answer), { password: PASSWORD }));
    expect(again.status).toBe(422);
    expect(again.body).toContain('the old one');
    const done = shown(await browser.submit(formOf(answer), { password: 'nine tall ships' }));
    await browser.open(done.links[0] ?? '');
    const { api } = await finishLogin(installation, configuration, login, browser.location);
    expect((await api.whoAmI()).principal.id).toBe(person.id);
    // The proof of the old password was for one change.
    const once = shown(await browser.submit(formOf(answer), { password: 'eleven old barges' }));
    expect(once.body).toContain('ERR_LOGIN_NOT_FOUND');
  });

  it('SEC-E03 refuses logins and links at once when the organization switches local users off', async () => {
    const { secret } = await enrol('ny@example.com');
    const { token } = await invite('pi@example.com');
    const { page: opened, browser: setupBrowser } = await openLink(token);
    const { browser, page } = await untilSignIn();
    const { organization } = installation;
    const setLocalUsers = async (isDisabled: boolean) => {
      const spec = { settings: { disableLocalUsers: isDisabled } };
      await installation.store.transact((tx) => tx.put('Organization', { ...organization, spec }));
      await installation.snapshots.refresh();
    };
    await setLocalUsers(true);
    try {
      const answers = [
        shown(
          await browser.submit(formOf(page), { userName: 'ny@example.com', password: PASSWORD, code: codeOf(secret) }),
        ),
        (await openLink(token)).page,
        shown(await setupBrowser.submit(formOf(opened), { password: PASSWORD, code: codeOf(secretOn(opened)) })),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
      for (const { body } of answers) expect(body).toContain('ERR_LOGIN_LOCAL_DISABLED');
      const login = await beginLogin(configuration, installation.publicUrl);
      const choice = await browse().open(login.authorizationUrl);
      expect(choice?.body).not.toContain('/login/local/');
      const methods = await browse().ask(`${installation.publicUrl}/api/v1/sign-in-methods`);
      expect(methods.body).not.toContain('"local"');
    } finally {
      await setLocalUsers(false);
    }
  });

  it('SEC-H04 takes forms from its own origin, in the browser that began the login, and nowhere else', async () => {
    const { secret } = await enrol('oz@example.com');
    const given = { userName: 'oz@example.com', password: PASSWORD, code: codeOf(secret) };
    const { page } = await untilSignIn();
    // Login CSRF: another browser, led to a login that an attacker began.
    const victim = (await untilSignIn()).browser;
    const led = shown(await victim.submit(formOf(page), given));
    expect([led.status, led.body.includes('ERR_LOGIN_NOT_FOUND')]).toEqual([400, true]);
    for (const headers of [
      { origin: 'https://evil.example.com' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      for (const path of [new URL(formOf(page).action).pathname, '/login/local/link', '/login/local/setup/password']) {
        const answer = await installation.fetch(`${installation.publicUrl}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
          body: new URLSearchParams(given).toString(),
          redirect: 'manual',
        });
        expect(answer.status).toBe(403);
        expect(await answer.text()).toContain('ERR_API_CROSS_SITE');
      }
    }
  });

  it('SEC-H05 runs scripts of its own origin only, and keeps secrets out of addresses', async () => {
    const { token } = await invite('qi@example.com');
    const { page } = await openLink(token);
    expect(page.url).not.toContain(token);
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https:|\*/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.body).not.toMatch(/<script(?![^>]*\bsrc="\/login\/)|\son\w+=|<style|style=/);
    const link = await browse().open(`${installation.publicUrl}/login/local/link`);
    expect(link?.body).toContain('<script src="/login/local/link.js"');
    for (const script of ['webauthn.js', 'passkey.js', 'link.js']) {
      const served = await browse().open(`${installation.publicUrl}/login/local/${script}`);
      expect(served?.status).toBe(200);
      expect(served?.headers.get('content-type')).toMatch(/^text\/javascript/);
    }
  });

  it('SEC-E20 refuses a link after its use, in one sentence for all reasons, and audits that without the link', async () => {
    const { person, token } = await invite('ro@example.com');
    const { browser, page } = await openLink(token);
    const given = { password: PASSWORD, code: codeOf(secretOn(page)) };
    await browser.submit(formOf(page), given);
    const used = (await openLink(token)).page;
    const unknown = (await openLink(`sil_${'A'.repeat(43)}`)).page;
    expect(used.status).toBe(403);
    expect(used.body).toBe(unknown.body);
    const events = await installation.store.listAudit({ limit: 1_000 });
    expect(events.map(({ code }) => code)).toContain('user.enrolled');
    expect(JSON.stringify(events)).not.toContain(token.slice(8));
    await installation.store.transact((tx) => resetLocalUser(tx, person, new Date()));
  });

  it('tells a bare IP address from one with passkeys', async () => {
    const { page } = await untilSignIn();
    expect(JSON.parse(page.body)).toMatchObject({ hasPasskeys: false });
    const action = new URL(formOf(page).action).pathname;
    const answer = await installation.fetch(`${installation.publicUrl}${action}/passkey/options`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      redirect: 'manual',
    });
    expect(answer.status).toBe(400);
  });
});

function shown(page: BrowserPage | undefined): BrowserPage {
  if (page === undefined) throw new Error('the browser left');
  return page;
}

function formOf(page: BrowserPage): BrowserPage['forms'][number] {
  const [form] = page.forms;
  if (form === undefined) throw new Error(`no form at ${page.url}: ${page.body}`);
  return form;
}
