import type { LoginSessionId } from '@sallyport/core';
import { createBrowser } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBearer } from '../proxy/authenticate.ts';
import { type Scripted, startScripted } from './testing/scripted-login.ts';
import { csrfTokenOf, readCookie, SESSION_COOKIE } from './web-session.ts';

const ADMIN = { claims: { groups: ['admins'] } };

describe('a session of a browser', () => {
  let scripted: Scripted;
  let publicUrl: string;
  beforeAll(async () => {
    scripted = await startScripted();
    publicUrl = scripted.installation.publicUrl;
  });
  afterAll(() => scripted.close());

  /** A browser whose `Set-Cookie` lines can be looked at. */
  function aBrowser() {
    const lines: string[] = [];
    const { fetch } = scripted.installation;
    const browser = createBrowser({
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (url.startsWith(publicUrl)) lines.push(...response.headers.getSetCookie());
        return response;
      },
    });
    const cookie = (name: string) =>
      lines
        .findLast((line) => line.startsWith(`${name}=`))
        ?.split(';')[0]
        ?.slice(name.length + 1) ?? '';
    return { browser, lines, cookie };
  }

  async function signIn(query = 'returnTo=/nowhere') {
    scripted.provider.script = ADMIN;
    const { browser, lines, cookie } = aBrowser();
    await browser.open(`${publicUrl}/session/login?${query}`);
    const value = cookie(SESSION_COOKIE);
    return {
      browser,
      lines,
      value,
      csrf: csrfTokenOf(value.split('.')[1] ?? ''),
      sessionId: value.split('.')[0] ?? '',
    };
  }

  async function ask(path: string, method: string, headers: Record<string, string>) {
    const response = await scripted.installation.fetch(`${publicUrl}${path}`, { method, headers, redirect: 'manual' });
    const text = await response.text();
    return {
      status: response.status,
      setCookie: response.headers.getSetCookie(),
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  }
  const withCookie = (value: string) => ({ cookie: `${SESSION_COOKIE}=${value}` });
  const live = () => [...scripted.installation.snapshots.current().loginSessions.keys()];

  it('SEC-H05 is a cookie of this host that no script reads and no foreign page sends', async () => {
    const { browser, lines, value } = await signIn();
    expect(browser.location).toBe(`${publicUrl}/nowhere`);
    for (const line of lines) {
      const [pair, ...flags] = line.split('; ');
      expect(pair).toMatch(/^__Host-/);
      expect(flags).toEqual(expect.arrayContaining(['Path=/', 'Secure', 'HttpOnly']));
      expect(line).not.toMatch(/domain=/i);
    }
    expect(lines.findLast((line) => line.startsWith(SESSION_COOKIE))).toContain('SameSite=Strict');
    const { body } = await ask('/session', 'GET', withCookie(value));
    expect(body).toMatchObject({
      principal: { userName: 'person', groups: ['admins'] },
      organization: { name: 'acme' },
    });
    expect(JSON.stringify(body)).not.toContain(value.split('.')[1]);
    // What the database has of it opens nothing.
    const { id } = body['loginSession'] as { readonly id: LoginSessionId };
    const session = scripted.installation.snapshots.current().loginSessions.get(id);
    expect(session?.cookieSha256).not.toContain(value.split('.')[1]);
  });

  it('reads the API', async () => {
    const { value } = await signIn();
    const { status, body } = await ask('/api/v1/me', 'GET', { ...withCookie(value), 'sec-fetch-site': 'same-origin' });
    expect([status, body['principal']]).toMatchObject([200, { userName: 'person' }]);
  });

  const changes = (csrf: string) => ({ origin: publicUrl, 'sec-fetch-site': 'same-origin', 'x-sallyport-csrf': csrf });
  const attacks: readonly [string, string, (csrf: string, other: string) => Record<string, string | undefined>][] = [
    ['without the token', 'DELETE', () => ({ 'x-sallyport-csrf': undefined })],
    ['with the token of another session', 'DELETE', (_, other) => ({ 'x-sallyport-csrf': other })],
    ['from a foreign origin', 'DELETE', () => ({ origin: 'https://evil.example.com' })],
    ['from the origin "null"', 'DELETE', () => ({ origin: 'null' })],
    ['from a sibling site', 'DELETE', () => ({ 'sec-fetch-site': 'same-site' })],
    ['from a foreign site', 'DELETE', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['that does not say where it comes from', 'DELETE', () => ({ origin: undefined, 'sec-fetch-site': undefined })],
    ['that was typed', 'DELETE', () => ({ origin: undefined, 'sec-fetch-site': 'none' })],
    ['that reads, from a foreign site', 'GET', () => ({ origin: undefined, 'sec-fetch-site': 'cross-site' })],
    ['that reads, from a foreign origin', 'GET', () => ({ origin: 'https://evil.example.com' })],
  ];
  for (const [what, method, spoil] of attacks) {
    it(`SEC-H04 is of no use to a request ${what}`, async () => {
      const [mine, other] = [await signIn(), await signIn()];
      const headers = { ...withCookie(mine.value), ...changes(mine.csrf), ...spoil(mine.csrf, other.csrf) };
      const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >;
      for (const path of method === 'GET' ? ['/api/v1/me', '/session'] : ['/api/v1/me/session']) {
        expect(await ask(path, method, sent)).toMatchObject({ status: 403, body: { code: 'ERR_API_CROSS_SITE' } });
      }
      expect(live()).toContain(mine.sessionId);
    });
  }

  it('SEC-H04 lets nothing be changed by a GET', async () => {
    const { value, sessionId } = await signIn();
    expect((await ask('/session/logout', 'GET', withCookie(value))).status).toBe(404);
    expect((await ask('/api/v1/me/session', 'GET', withCookie(value))).status).toBe(405);
    expect(live()).toContain(sessionId);
  });

  it('changes with cookie, token and origin', async () => {
    const { value, csrf, sessionId } = await signIn();
    const { status } = await ask('/api/v1/me/session', 'DELETE', { ...withCookie(value), ...changes(csrf) });
    expect(status).toBe(204);
    expect(live()).not.toContain(sessionId);
  });

  it('ends here and at the provider when the person logs out', async () => {
    const { value, csrf, sessionId } = await signIn();
    const { status, body, setCookie } = await ask('/session/logout', 'POST', {
      ...withCookie(value),
      ...changes(csrf),
    });
    expect(status).toBe(200);
    const url = new URL(String(body['logoutUrl']));
    expect(url.origin + url.pathname).toBe(`${scripted.provider.issuer}/logout`);
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${publicUrl}/`);
    expect(url.searchParams.get('id_token_hint')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(setCookie[0]).toContain('Expires=Thu, 01 Jan 1970');
    expect(live()).not.toContain(sessionId);
    expect((await ask('/session', 'GET', withCookie(value))).status).toBe(401);
  });

  for (const [what, forge] of [
    ['of another secret', (value: string) => `${value.split('.')[0]}.${'A'.repeat(43)}`],
    ['without a secret', (value: string) => `${value.split('.')[0]}.`],
    ['with more to it', (value: string) => `${value}.x`],
    ['that stands twice', (value: string) => `${value}; ${SESSION_COOKIE}=${value}`],
    ['of nothing', () => ''],
  ] as const) {
    it(`is not a cookie ${what}`, async () => {
      const { value } = await signIn();
      expect((await ask('/session', 'GET', withCookie(forge(value)))).status).toBe(401);
      expect((await ask('/api/v1/me', 'GET', withCookie(forge(value)))).status).toBe(401);
    });
  }

  it('is not that of a command line, whose session has no cookie', async () => {
    const { sessionId } = await scripted.logIn(ADMIN);
    expect((await ask('/session', 'GET', withCookie(`${sessionId}.undefined`))).status).toBe(401);
  });

  it('gets a new secret with each login, and leaves no session behind', async () => {
    const first = await signIn();
    await first.browser.open(`${publicUrl}/session/login`);
    const again = first.lines.findLast((line) => line.startsWith(`${SESSION_COOKIE}=`));
    expect(again).not.toContain(first.value);
    expect(live()).not.toContain(first.sessionId);
  });

  it('SEC-E04 leads nowhere else after the login', async () => {
    for (const returnTo of ['https://evil.example.com/', '//evil.example.com', '/\\evil.example.com']) {
      const { browser } = await signIn(`returnTo=${encodeURIComponent(returnTo)}`);
      expect(browser.location).toBe(`${publicUrl}/`);
    }
  });

  it('SEC-H04 is not given to a browser that did not begin the login', async () => {
    scripted.provider.script = ADMIN;
    const { fetch } = scripted.installation;
    // An attacker goes as far as the answer of the provider, and has the victim open it.
    let answer = '';
    const attacker = createBrowser({
      fetch,
      leaveAt: (url) => {
        if (url.includes('/login/callback/')) answer = url;
        return answer !== '';
      },
    });
    await attacker.open(`${publicUrl}/session/login`);
    const victim = aBrowser();
    const page = await victim.browser.open(answer);
    expect([page?.status, page?.body.match(/ERR_\w+/)?.[0]]).toEqual([400, 'ERR_LOGIN_NOT_FOUND']);
    expect(victim.cookie(SESSION_COOKIE)).toBe('');
    // Nor by a login of the victim's own that is under way.
    const own = aBrowser();
    await createBrowser({ fetch }).open(`${publicUrl}/session/login`);
    expect((await own.browser.open(answer))?.status).toBe(400);
  });

  it('is raised by a fresh login in the same browser', async () => {
    const { browser, sessionId } = await signIn();
    scripted.provider.script = {
      claims: { groups: ['admins'], acr: 'urn:mfa', auth_time: Math.floor(Date.now() / 1000) },
    };
    await browser.open(`${publicUrl}/session/login?step_up_max_age=300&step_up_acr=urn:mfa&returnTo=/back`);
    expect(browser.location).toBe(`${publicUrl}/back`);
    expect(scripted.installation.snapshots.current().loginSessions.get(sessionId as never)).toMatchObject({
      acr: 'urn:mfa',
    });
  });

  it('goes straight to the provider that is named', async () => {
    expect((await signIn('organization=acme&provider=development')).sessionId).toMatch(/^ses_/);
    const page = await aBrowser().browser.open(`${publicUrl}/session/login?organization=acme&provider=nope`);
    expect(page?.body).toContain('There is no such way to sign in');
  });

  it('SEC-H04 is begun for the sign-in page by a request of a page of this server alone', async () => {
    const begin = async (headers: Record<string, string>) => {
      const answer = await scripted.installation.fetch(`${publicUrl}/session/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: 'organization=acme&returnTo=%2Fback',
        redirect: 'manual',
      });
      return { answer, body: JSON.parse(await answer.text()) as Record<string, unknown> };
    };
    const { answer, body } = await begin({ origin: publicUrl });
    expect(body).toEqual({ location: expect.stringMatching(/^\/login\/web\.[\w-]{43}$/) });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-sallyport-web-login=web\./);
    expect((await begin({ origin: 'https://evil.example.com' })).body['code']).toBe('ERR_API_CROSS_SITE');
  });

  it('is nothing on the kube path', () => {
    expect(readBearer(['Cookie', `${SESSION_COOKIE}=ses_x.secret`])).toMatchObject({
      code: 'ERR_PROXY_CREDENTIAL_MISSING',
    });
  });
});

describe('a cookie line', () => {
  it('has a value when it names a cookie once', () => {
    expect(readCookie(['a=1; b=2', 'c=3'], 'b')).toBe('2');
    expect(readCookie(['a=1; a=2'], 'a')).toBeUndefined();
    expect(readCookie(['a=1', 'a=1'], 'a')).toBeUndefined();
    expect(readCookie(['xa=1; =a; a'], 'a')).toBeUndefined();
    expect(readCookie(['a=x=y'], 'a')).toBe('x=y');
  });
});
