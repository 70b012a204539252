import { createId, type IdentityProviderId } from '@sallyport/core';
import { type BrowserPage, createBrowser } from '@sallyport/core/testing';
import type * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginLogin, discover, finishLogin, REDIRECT_URI } from '../testing/command-line.ts';
import { type Installation, startInstallation } from '../testing/installation.ts';
import {
  createSamlIdentityProvider,
  type SamlIdentityProvider,
  type SamlScript,
} from '../testing/saml-identity-provider.ts';
import { samlEndpoints } from './saml-provider.ts';

describe('signing in by SAML', () => {
  let installation: Installation;
  let configuration: client.Configuration;
  let idp: SamlIdentityProvider;
  const ids: Record<string, IdentityProviderId> = {};
  beforeAll(async () => {
    idp = await createSamlIdentityProvider();
    installation = await startInstallation();
    configuration = await discover(installation);
    await putProvider('company');
    await putProvider('second');
  });
  afterAll(() => installation.close());

  async function putProvider(name: string, isDisabled = false): Promise<void> {
    ids[name] ??= createId('identityProvider');
    const id = ids[name];
    await installation.store.transact((tx) =>
      tx.put('IdentityProvider', {
        id,
        organizationId: installation.organization.id,
        name,
        issuer: name === 'company' ? idp.issuer : `${idp.issuer}/${name}`,
        hasClientSecret: false,
        isFromConfiguration: false,
        spec: {
          displayName: 'Company',
          disabled: isDisabled,
          saml: {
            issuer: name === 'company' ? idp.issuer : `${idp.issuer}/${name}`,
            entryPoint: idp.entryPoint,
            certificates: [idp.certificate],
          },
          claims: { userName: 'mail', groups: 'memberOf', displayName: 'cn' },
        },
      }),
    );
    await installation.snapshots.refresh();
  }

  const browse = () =>
    createBrowser({
      fetch: installation.fetch,
      leaveAt: (url) => url.startsWith(REDIRECT_URI) || url.startsWith(idp.entryPoint),
    });

  /** Begins a login of the command line and goes on until the browser stands at the provider. */
  async function untilProvider(name = 'company') {
    const login = await beginLogin(configuration, installation.publicUrl);
    const browser = browse();
    const choice = await browser.open(login.authorizationUrl);
    const way = choice?.links.find((link) => link.includes(`/login/saml/acme/${name}/start/`)) ?? '';
    await browser.open(way);
    return { login, browser, request: idp.read(new URL(browser.location)) };
  }

  const person: SamlScript = {
    nameId: 'p-1',
    attributes: { mail: ['grace@example.com'], memberOf: ['admins', 'a,b'], cn: ['Grace'] },
    authnInstant: new Date(Date.now() - 5_000),
  };

  /** Posts an answer as the provider's page does: from another site, without our cookies. */
  async function post(relayState: string, samlResponse: string, name = 'company') {
    const answer = await installation.fetch(`${installation.publicUrl}/login/saml/acme/${name}/acs`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: new URL(idp.entryPoint).origin,
        'sec-fetch-site': 'cross-site',
      },
      body: new URLSearchParams({ SAMLResponse: samlResponse, RelayState: relayState }).toString(),
      redirect: 'manual',
    });
    const body = await answer.text();
    const path = /href="([^"]*\/continue\?handle=[^"]*)"/.exec(body)?.[1];
    return { status: answer.status, body, headers: answer.headers, path };
  }

  const answerTo = (request: { id: string; acsUrl: string }, script: SamlScript = {}, name = 'company') =>
    idp.answer({ ...request, audience: samlEndpoints(installation.publicUrl, 'acme', name).entityId }, new Date(), {
      ...person,
      ...script,
    });

  it('leads over the provider to a live login session, with the groups that it states', async () => {
    const { login, browser, request } = await untilProvider();
    const posted = await post(request.relayState, answerTo(request));
    expect(posted.status).toBe(200);
    expect(posted.headers.getSetCookie()).toEqual([]);
    expect(posted.headers.get('refresh')).toBe(`0;url=${posted.path}`);
    await browser.open(`${installation.publicUrl}${posted.path}`);
    const { api, sessionId } = await finishLogin(installation, configuration, login, browser.location);
    expect((await api.whoAmI()).principal).toMatchObject({
      issuer: idp.issuer,
      subjectClaim: 'p-1',
      userName: 'grace@example.com',
      displayName: 'Grace',
      groups: ['admins', 'a,b'],
    });
    expect(installation.snapshots.current().loginSessions.get(sessionId)).toMatchObject({
      method: 'saml',
      identityProviderId: ids['company'],
      acr: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
      authenticatedAt: person.authnInstant,
    });
  });

  it('SEC-E14 takes an empty group list for none at the next login', async () => {
    const { login, browser, request } = await untilProvider();
    const attributes = { mail: ['grace@example.com'] };
    const { path } = await post(request.relayState, answerTo(request, { attributes }));
    await browser.open(`${installation.publicUrl}${path}`);
    const { api } = await finishLogin(installation, configuration, login, browser.location);
    expect((await api.whoAmI()).principal.groups).toEqual([]);
  });

  it('SEC-E04 takes an answer once, and its handle once', async () => {
    const { browser, request } = await untilProvider();
    const answer = answerTo(request);
    const { path } = await post(request.relayState, answer);
    const again = await post(request.relayState, answer);
    expect([again.status, again.path]).toEqual([400, undefined]);
    expect(again.body).toContain('ERR_LOGIN_NOT_FOUND');
    await browser.open(`${installation.publicUrl}${path}`);
    expect(browser.location).toContain(REDIRECT_URI);
    const reused = shown(await browser.open(`${installation.publicUrl}${path}`));
    expect(reused.body).toContain('ERR_LOGIN_NOT_FOUND');
  });

  it('SEC-E04 takes an answer once when it comes ten times at once', async () => {
    const { request } = await untilProvider();
    const answer = answerTo(request);
    const posted = await Promise.all(Array.from({ length: 10 }, () => post(request.relayState, answer)));
    expect(posted.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
  });

  it('SEC-E04 does not try a second answer to a request whose first one was wrong', async () => {
    const { request } = await untilProvider();
    const wrong = await post(request.relayState, answerTo(request, { signs: 'nothing' }));
    expect(wrong.status).toBe(403);
    expect(wrong.body).toContain('ERR_LOGIN_RESPONSE_INVALID');
    expect((await post(request.relayState, answerTo(request))).status).toBe(400);
  });

  it('SEC-H04 signs nobody in with an answer that another browser asked for (login CSRF)', async () => {
    const attacker = await untilProvider();
    const { path } = await post(attacker.request.relayState, answerTo(attacker.request));
    const victim = await untilProvider();
    const led = shown(await victim.browser.open(`${installation.publicUrl}${path}`));
    expect([led.status, led.body.includes('ERR_LOGIN_NOT_FOUND')]).toEqual([400, true]);
    const stranger = shown(await browse().open(`${installation.publicUrl}${path}`));
    expect(stranger.status).toBe(400);
    // The answer is still good for the browser that asked.
    await attacker.browser.open(`${installation.publicUrl}${path}`);
    expect(attacker.browser.location).toContain(REDIRECT_URI);
  });

  it('SEC-E04 refuses answers that nobody asked for, or that another request was asked for', async () => {
    const [one, other] = [await untilProvider(), await untilProvider()];
    for (const [relayState, answer] of [
      ['', answerTo(one.request)],
      ['made-up', answerTo(one.request)],
      [one.request.relayState, answerTo(other.request)],
    ] as const) {
      expect((await post(relayState, answer)).path).toBeUndefined();
    }
  });

  it('SEC-E04 keeps providers apart (mix-up): an answer for one is nothing at another', async () => {
    const { request } = await untilProvider('second');
    expect((await post(request.relayState, answerTo(request), 'company')).body).toContain('ERR_LOGIN_NOT_FOUND');
    const again = await untilProvider('second');
    // The same key signs for both: issuer, audience and recipient tell them apart.
    expect((await post(again.request.relayState, answerTo(again.request, {}, 'second'), 'second')).body).toContain(
      'another issuer',
    );
  });

  it('refuses a disabled provider, before and after it was asked', async () => {
    const { browser, request } = await untilProvider();
    const { path } = await post(request.relayState, answerTo(request));
    const waiting = await untilProvider();
    await putProvider('company', true);
    try {
      const late = await post(waiting.request.relayState, answerTo(waiting.request));
      expect([late.status, late.body.includes('ERR_LOGIN_DISABLED')]).toEqual([403, true]);
      const back = shown(await browser.open(`${installation.publicUrl}${path}`));
      expect(back.status).toBe(400);
    } finally {
      await putProvider('company');
    }
  });

  it('audits refused answers with the provider and the code, and nothing of the answer', async () => {
    const { request } = await untilProvider();
    await post(request.relayState, answerTo(request, { isForeignKey: true }));
    const [failed] = (await installation.store.listAudit({ limit: 20 })).filter(({ code }) => code === 'login.failed');
    expect(failed).toMatchObject({
      organizationId: installation.organization.id,
      sourceAddress: '127.0.0.1',
      details: { code: 'ERR_LOGIN_RESPONSE_INVALID', identityProvider: 'company', issuer: idp.issuer },
    });
    expect(JSON.stringify(failed)).not.toContain('grace');
  });

  it('serves its metadata to everybody', async () => {
    const page = await browse().open(`${installation.publicUrl}/login/saml/acme/company/metadata`);
    expect(page?.status).toBe(200);
    expect(page?.headers.get('content-type')).toMatch(/^application\/samlmetadata\+xml/);
    expect(page?.body).toContain(`Location="${installation.publicUrl}/login/saml/acme/company/acs"`);
    const unknown = await browse().open(`${installation.publicUrl}/login/saml/acme/none/metadata`);
    expect(unknown?.status).toBe(400);
  });
});

function shown(page: BrowserPage | undefined): BrowserPage {
  if (page === undefined) throw new Error('the browser left');
  return page;
}
