import type { LoginSessionId } from '@sallyport/core';
import { generateDpopKeyPair } from '@sallyport/core/api';
import { createBrowser, signIn, typeUserCode } from '@sallyport/core/testing';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginLogin, discover, logIn, REDIRECT_URI } from './testing/command-line.ts';
import { type Installation, startInstallation } from './testing/installation.ts';

const ADA = 'ada@example.com';

describe('hostile logins', () => {
  let installation: Installation;
  let configuration: client.Configuration;
  beforeAll(async () => {
    installation = await startInstallation();
    configuration = await discover(installation);
  });
  afterAll(() => installation.close());

  const browse = () => createBrowser({ fetch: installation.fetch, leaveAt: (url) => url.startsWith(REDIRECT_URI) });
  const begin = () => beginLogin(configuration, installation.publicUrl);
  const person = () => ({ user: ADA, password: installation.passwords[ADA] ?? '', fetch: installation.fetch });

  async function exchange(redirect: string, checks: client.AuthorizationCodeGrantChecks) {
    const keys = await generateDpopKeyPair();
    return client.authorizationCodeGrant(configuration, new URL(redirect), checks, undefined, {
      DPoP: client.getDPoPHandle(configuration, keys),
    });
  }

  /** Goes on until the provider sends the browser back, and stops there: the answer of the provider, unused. */
  async function untilCallback() {
    const { authorizationUrl } = await begin();
    let callback = '';
    const browser = createBrowser({
      fetch: installation.fetch,
      leaveAt: (url) => {
        const isCallback = url.includes('/login/callback/');
        if (isCallback) callback = url;
        return isCallback && callback !== '' && !isPassing;
      },
    });
    let isPassing = false;
    const form = (await browser.open(authorizationUrl))?.forms[0];
    if (form === undefined) throw new Error('no form');
    await browser.submit(form, { email: ADA, password: installation.passwords[ADA] ?? '' });
    isPassing = true;
    return { browser, callback: new URL(callback) };
  }

  for (const [name, redirectUri] of [
    ['of a foreign host', 'https://evil.example.com/callback'],
    ['with another path', 'http://127.0.0.1:49152/other'],
    ['below the path', 'http://127.0.0.1:49152/callback/x'],
    ['with a query', 'http://127.0.0.1:49152/callback?next=https://evil.example.com'],
    ['with a user part', 'http://127.0.0.1:49152@evil.example.com/callback'],
    ['on a name that only begins like loopback', 'http://127.0.0.1.evil.example.com/callback'],
    ['over https', 'https://127.0.0.1:49152/callback'],
    ['of no address', 'javascript:alert(1)'],
  ] as const) {
    it(`SEC-E04 refuses a redirect address ${name}, on a page of its own`, async () => {
      const url = new URL((await begin()).authorizationUrl);
      url.searchParams.set('redirect_uri', redirectUri);
      const page = await browse().open(url.href);
      expect(page?.status).toBe(400);
      expect(page?.body).toContain('redirect_uri');
      expect(page?.url).toContain(installation.publicUrl);
    });
  }

  for (const [name, change] of [
    ['without PKCE', (url: URL) => url.searchParams.delete('code_challenge')],
    ['with plain PKCE', (url: URL) => url.searchParams.set('code_challenge_method', 'plain')],
    ['for another resource', (url: URL) => url.searchParams.set('resource', 'https://evil.example.com/api')],
    ['for a token in the address', (url: URL) => url.searchParams.set('response_type', 'token')],
  ] as const) {
    it(`SEC-E04 refuses an authorization ${name}`, async () => {
      const url = new URL((await begin()).authorizationUrl);
      change(url);
      const browser = browse();
      await browser.open(url.href);
      const { search, hash } = new URL(browser.location);
      const answer = new URLSearchParams(search || hash.slice(1));
      expect(answer.get('error')).toMatch(/^(invalid_request|invalid_target|unsupported_response_type)$/);
      expect(answer.get('code')).toBeNull();
    });
  }

  it('SEC-E04 refuses a wrong PKCE verifier', async () => {
    const { authorizationUrl, state } = await begin();
    const redirect = await signIn({ authorizationUrl, ...person() });
    const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: state };
    await expect(exchange(redirect, checks)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('SEC-E04 refuses a code that comes again, and ends the session that it led to', async () => {
    const { authorizationUrl, state, codeVerifier } = await begin();
    const redirect = await signIn({ authorizationUrl, ...person() });
    const checks = { pkceCodeVerifier: codeVerifier, expectedState: state };
    const { access_token } = await exchange(redirect, checks);
    const sessionId = decodeJwt(access_token)['sid'] as LoginSessionId;
    expect(installation.snapshots.current().loginSessions.has(sessionId)).toBe(true);
    await expect(exchange(redirect, checks)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(installation.snapshots.current().loginSessions.has(sessionId)).toBe(false);
  });

  it('SEC-E04 refuses tokens without a DPoP proof', async () => {
    const { authorizationUrl, state, codeVerifier } = await begin();
    const redirect = await signIn({ authorizationUrl, ...person() });
    const checks = { pkceCodeVerifier: codeVerifier, expectedState: state };
    await expect(client.authorizationCodeGrant(configuration, new URL(redirect), checks)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('SEC-E04 finishes a login only in the browser that began it', async () => {
    const { callback } = await untilCallback();
    const page = await browse().open(callback.href);
    expect(page?.status).toBe(400);
    expect(page?.body).toContain('ERR_LOGIN_NOT_FOUND');
  });

  it('SEC-E04 refuses the answer of one login in the course of another', async () => {
    const [mine, theirs] = [await untilCallback(), await untilCallback()];
    const page = await mine.browser.open(theirs.callback.href);
    expect(page?.status).toBe(400);
    expect(page?.body).toContain('ERR_LOGIN_NOT_FOUND');
  });

  it('SEC-E04 a link to another login than the one that this browser is in leads nowhere', async () => {
    const visited: string[] = [];
    const browser = createBrowser({
      fetch: installation.fetch,
      leaveAt: (url) => {
        visited.push(url);
        return false;
      },
    });
    await browser.open((await begin()).authorizationUrl);
    const firstLogin = visited.find((url) => url.includes('/login/')) ?? '';
    await browser.open((await begin()).authorizationUrl);
    for (const path of ['', '/with/acme/development', '/abort']) {
      const page = await browser.open(firstLogin + path);
      expect(page?.status).toBe(400);
      expect(page?.body).toContain('a later one took its place');
    }
  });

  it('asks the identity provider anew at each login: no browser stays signed in here', async () => {
    const browser = browse();
    for (let login = 0; login < 2; login++) {
      const form = (await browser.open((await begin()).authorizationUrl))?.forms[0];
      expect(form?.fields.map(({ name }) => name)).toContain('password');
      if (form !== undefined) await browser.submit(form, { email: ADA, password: installation.passwords[ADA] ?? '' });
      expect(browser.location).toContain(`${REDIRECT_URI}?code=`);
    }
  });

  it('SEC-E04 takes the answer of a provider once', async () => {
    const { browser, callback } = await untilCallback();
    const failing = new URL(callback);
    failing.searchParams.set('code', 'x');
    expect((await browser.open(failing.href))?.body).toContain('ERR_LOGIN_PROVIDER_REFUSED');
    expect((await browser.open(callback.href))?.body).toContain('ERR_LOGIN_NOT_FOUND');
  });

  for (const [name, change] of [
    ['without state', (url: URL) => url.searchParams.delete('state')],
    ['with a foreign state', (url: URL) => url.searchParams.set('state', client.randomState())],
    ['with two states', (url: URL) => url.searchParams.append('state', client.randomState())],
    ['with the issuer of another provider', (url: URL) => url.searchParams.set('iss', 'https://evil.example.com')],
    ['without its issuer', (url: URL) => url.searchParams.delete('iss')],
    ['with a foreign code', (url: URL) => url.searchParams.set('code', client.randomState())],
  ] as const) {
    it(`SEC-E04 refuses an answer of the provider ${name}, and audits it`, async () => {
      const { browser, callback } = await untilCallback();
      change(callback);
      const page = await browser.open(callback.href);
      expect(page?.status).toBeGreaterThanOrEqual(400);
      expect(page?.body).toMatch(/ERR_LOGIN_(NOT_FOUND|RESPONSE_INVALID|PROVIDER_REFUSED)/);
      const [event] = await installation.store.listAudit({ limit: 1 });
      expect(event).toMatchObject({
        code: 'login.failed',
        organizationId: installation.organization.id,
        sourceAddress: '127.0.0.1',
        details: { identityProvider: 'development' },
      });
    });
  }

  it('SEC-E04 an answer at the address of another provider is refused', async () => {
    const { browser, callback } = await untilCallback();
    const page = await browser.open(callback.href.replace('/development?', '/other?'));
    expect(page?.body).toContain('ERR_LOGIN_NOT_FOUND');
  });

  it('tells the waiting client when a login is given up', async () => {
    const { browser, callback } = await untilCallback();
    callback.searchParams.set('code', 'x');
    const failed = await browser.open(callback.href);
    const back = failed?.links.find((link) => link.endsWith('/abort'));
    const leaving = await browser.open(back ?? '').catch(() => undefined);
    expect(leaving).toBeUndefined();
    expect(new URL(browser.location).searchParams.get('error')).toBe('access_denied');
  });

  it('SEC-H04 refuses the forms of a foreign page', async () => {
    for (const headers of [
      { origin: 'https://evil.example.com' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      for (const path of ['/oauth/device', '/dev-provider/login/x', '/oauth/token', '/api/v1/me/session']) {
        const answer = await installation.fetch(installation.publicUrl + path, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
          body: 'user_code=BBBB-BBBB',
          redirect: 'manual',
        });
        expect([path, answer.status]).toEqual([path, 403]);
        expect(await answer.text()).toContain('ERR_API_CROSS_SITE');
      }
    }
  });

  it('SEC-H05 pages forbid script and framing, and cookies are bound to the host', async () => {
    const setCookies: string[] = [];
    const browser = createBrowser({
      fetch: async (url, init) => {
        const response = await installation.fetch(url, init);
        setCookies.push(...response.headers.getSetCookie());
        return response;
      },
    });
    const device = await browser.ask(`${installation.publicUrl}/oauth/device`);
    const { authorizationUrl } = await begin();
    const login = await browser.open(authorizationUrl);
    for (const page of [device, login]) {
      const policy = page?.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(page?.headers.get('x-content-type-options')).toBe('nosniff');
      expect(page?.body).not.toMatch(/<script|\son\w+=|style=/i);
    }
    expect(setCookies.length).toBeGreaterThanOrEqual(4);
    for (const cookie of setCookies) {
      expect(cookie).toMatch(/^__Host-/);
      expect(cookie).toMatch(/; path=\/(;|$)/i);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
      expect(cookie).not.toMatch(/; domain=/i);
    }
  });

  it('SEC-A12 states its own addresses whatever host and forwarding headers say', async () => {
    const answer = await installation.fetch(`${installation.publicUrl}/oauth/.well-known/openid-configuration`, {
      method: 'GET',
      headers: {
        'x-forwarded-host': 'evil.example.com',
        'x-forwarded-proto': 'http',
        'x-forwarded-for': '203.0.113.9',
      },
      redirect: 'manual',
    });
    const metadata = JSON.parse(await answer.text()) as Record<string, string>;
    expect(metadata['issuer']).toBe(`${installation.publicUrl}/oauth`);
    expect(metadata['token_endpoint']).toBe(`${installation.publicUrl}/oauth/token`);
  });

  it('SEC-A12 shows the peer of the socket on the device page, not an address that a caller states', async () => {
    const answer = await installation.fetch(`${installation.publicUrl}/oauth/device/auth`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': '203.0.113.9',
        forwarded: 'for=203.0.113.9',
        'x-real-ip': '203.0.113.9',
      },
      body: 'client_id=sallyport-cli&scope=sallyport',
      redirect: 'manual',
    });
    const device = JSON.parse(await answer.text()) as { user_code: string; verification_uri: string };
    const browser = browse();
    const shown = await typeUserCode(browser, installation.publicUrl, device.user_code);
    expect(shown.device?.address).toBe('127.0.0.1');
    expect(JSON.stringify(shown)).not.toContain('203.0.113.9');
  });

  it('refuses a wrong password and an unknown person alike, and locks after ten tries', async () => {
    const tryOnce = async (user: string) => {
      const { authorizationUrl } = await begin();
      const browser = browse();
      const form = (await browser.open(authorizationUrl))?.forms[0];
      if (form === undefined) throw new Error('no form');
      return browser.submit(form, { email: user, password: 'wrong' });
    };
    const [known, unknown] = [await tryOnce('vera@example.com'), await tryOnce('mallory@example.com')];
    expect(known?.status).toBe(401);
    const text = (body = '') => body.replace(/login\/[\w-]+/g, '');
    expect(text(unknown?.body)).toBe(text(known?.body));
    for (let attempt = 0; attempt < 9; attempt++) expect((await tryOnce('vera@example.com'))?.status).toBe(401);
    expect((await tryOnce('vera@example.com'))?.status).toBe(429);
    expect((await logIn(installation, ADA)).sessionId).toMatch(/^ses_/);
  });
});
