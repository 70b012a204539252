import { createDpopProof, generateDpopKeyPair } from '@sallyport/core/api';
import { createBrowser, typeUserCode } from '@sallyport/core/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CommandLine, discover, logIn, logInByDevice } from './testing/command-line.ts';
import { type Installation, startInstallation } from './testing/installation.ts';

const ADA = 'ada@example.com';
const VERA = 'vera@example.com';

describe('signing in', () => {
  let installation: Installation;
  const said: unknown[][] = [];
  beforeAll(async () => {
    installation = await startInstallation();
  });
  beforeEach(() => {
    for (const method of ['log', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation((...words) => void said.push(words));
    }
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => installation.close());

  async function isRefused(line: CommandLine): Promise<void> {
    await expect(line.api.whoAmI()).rejects.toMatchObject({
      problem: { status: 401, code: 'ERR_API_UNAUTHENTICATED' },
    });
    await expect(line.refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
  }

  async function auditOf(line: CommandLine): Promise<readonly string[]> {
    const events = await installation.store.listAudit({ limit: 1_000 });
    return events.filter(({ loginSessionId }) => loginSessionId === line.sessionId).map(({ code }) => code);
  }

  it('leads from the browser through the provider to a live login session', async () => {
    const ada = await logIn(installation, ADA);
    const who = await ada.api.whoAmI();
    expect(who.principal).toMatchObject({
      kind: 'user',
      issuer: installation.provider.issuer,
      subjectClaim: ADA,
      userName: ADA,
      displayName: 'Ada',
      email: ADA,
      groups: ['admins'],
    });
    expect(who.organization).toEqual(installation.organization);
    expect(who.loginSession.id).toBe(ada.sessionId);
    expect(who.loginSession.expiresAt.getTime() - who.loginSession.createdAt.getTime()).toBe(12 * 3_600_000);
    expect(await auditOf(ada)).toEqual(['login.succeeded']);
  });

  it('keeps the principal and makes a new session at each login', async () => {
    const first = await logIn(installation, ADA);
    const second = await logIn(installation, ADA);
    expect((await second.api.whoAmI()).principal.id).toBe((await first.api.whoAmI()).principal.id);
    expect(second.sessionId).not.toBe(first.sessionId);
  });

  it('mints access tokens that are bound, short, and name the login session', async () => {
    const { tokens } = await logIn(installation, ADA);
    const claims = decodeJwt(tokens.accessToken);
    expect(decodeProtectedHeader(tokens.accessToken)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(claims.aud).toBe(`${installation.publicUrl}/api`);
    expect(claims.iss).toBe(`${installation.publicUrl}/oauth`);
    expect(claims.sub).toMatch(/^prn_/);
    expect(claims['sid']).toMatch(/^ses_/);
    expect(claims['cnf']).toHaveProperty('jkt');
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600);
  });

  it('leads through the device page', async () => {
    const vera = await logInByDevice(installation, VERA);
    expect((await vera.api.whoAmI()).principal.userName).toBe(VERA);
  });

  it('SEC-E04 shows who asks, from where and what for, before a device is confirmed', async () => {
    const { confirmation } = await logInByDevice(installation, VERA);
    expect(confirmation).toEqual({
      client: 'Sallyport command line',
      address: '127.0.0.1',
      userAgent: expect.any(String),
      requestedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      userCode: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
    });
  });

  it('SEC-E04 does not take a user code out of a link', async () => {
    const configuration = await discover(installation);
    const device = await client.initiateDeviceAuthorization(configuration, { scope: 'sallyport' });
    const browser = createBrowser({ fetch: installation.fetch });
    await browser.open(device.verification_uri_complete ?? '');
    expect(browser.location).toBe(`${installation.publicUrl}/device`);
    const asked = await browser.ask(device.verification_uri_complete ?? '');
    expect(asked.body).toContain('xsrf');
    expect(asked.body).not.toContain(device.user_code);
  });

  it('ends a device login that the person refuses', async () => {
    const configuration = await discover(installation);
    const device = await client.initiateDeviceAuthorization(configuration, { scope: 'sallyport' });
    const browser = createBrowser({ fetch: installation.fetch });
    const { publicUrl } = installation;
    const { xsrf = '' } = await typeUserCode(browser, publicUrl, device.user_code);
    const refused = await browser.ask(`${publicUrl}/oauth/device`, { xsrf, user_code: device.user_code, abort: 'yes' });
    expect(JSON.parse(refused.body)).toMatchObject({ problem: 'refused' });
    expect(await typeUserCode(browser, publicUrl, device.user_code)).toMatchObject({ problem: 'used' });
    await expect(
      client.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0 }, undefined, {
        DPoP: client.getDPoPHandle(configuration, (await generateDpopKeyPair()) as never),
      }),
    ).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('rotates refresh tokens, and the session goes on under the new one', async () => {
    const ada = await logIn(installation, ADA);
    const before = { ...ada.tokens };
    await ada.refresh();
    expect(ada.tokens.refreshToken).not.toBe(before.refreshToken);
    expect(ada.tokens.accessToken).not.toBe(before.accessToken);
    expect((await ada.api.whoAmI()).loginSession.id).toBe(ada.sessionId);
  });

  it('ends the whole session when a rotated refresh token comes again', async () => {
    const ada = await logIn(installation, ADA);
    const old = ada.tokens.refreshToken;
    await ada.refresh();
    const current = { ...ada.tokens };
    ada.tokens.refreshToken = old;
    await expect(ada.refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    Object.assign(ada.tokens, current);
    await isRefused(ada);
    expect(await auditOf(ada)).toEqual(['login.session.ended', 'login.succeeded']);
  });

  it('SEC-E19 logging out refuses access and refresh at once', async () => {
    const ada = await logIn(installation, ADA);
    await ada.api.logOut();
    await isRefused(ada);
    expect(installation.snapshots.current().loginSessions.has(ada.sessionId)).toBe(false);
    expect(await auditOf(ada)).toEqual(['login.session.ended', 'login.succeeded']);
  });

  it('SEC-E19 revoking the refresh token ends the session, and no other one', async () => {
    const [ada, other] = [await logIn(installation, ADA), await logIn(installation, ADA)];
    await client.tokenRevocation(ada.configuration, ada.tokens.refreshToken);
    await isRefused(ada);
    expect((await other.api.whoAmI()).loginSession.id).toBe(other.sessionId);
  });

  it('SEC-E19 a deleted session is revoked, and a new login revives nothing of it', async () => {
    const ada = await logIn(installation, ADA);
    await installation.store.transact((tx) => tx.deleteLoginSession(ada.sessionId));
    await installation.snapshots.refresh();
    await isRefused(ada);
    await logIn(installation, ADA);
    await isRefused(ada);
  });

  it('binds refresh tokens to the key', async () => {
    const ada = await logIn(installation, ADA);
    const vera = await logIn(installation, VERA);
    const config = ada.configuration;
    const stolen = client.refreshTokenGrant(config, ada.tokens.refreshToken, undefined, {
      DPoP: client.getDPoPHandle(config, vera.keys),
    });
    await expect(stolen).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(client.refreshTokenGrant(config, ada.tokens.refreshToken)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('refuses an access token under another key', async () => {
    const ada = await logIn(installation, ADA);
    const vera = await logIn(installation, VERA);
    const url = `${installation.publicUrl}/api/v1/me`;
    const { accessToken } = ada.tokens;
    const proof = await createDpopProof({ keys: vera.keys, method: 'GET', url, accessToken });
    const answer = await installation.fetch(url, {
      method: 'GET',
      headers: { authorization: `DPoP ${accessToken}`, dpop: proof },
      redirect: 'manual',
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('DPoP algs="ES256"');
  });

  it('SEC-E20 gives an address few tries at user codes', async () => {
    const browser = createBrowser({ fetch: installation.fetch });
    const problems: (string | undefined)[] = [];
    while (problems.length <= 10 && problems.at(-1) !== 'tooMany') {
      problems.push((await typeUserCode(browser, installation.publicUrl, 'BBBB-BBBB')).problem);
    }
    expect(new Set(problems.slice(0, -1))).toEqual(new Set(['unknown']));
    expect(problems.at(-1)).toBe('tooMany');
  });

  it('says nothing on the console: standard output belongs to the program around it', () => {
    expect(said).toEqual([]);
  });
});
