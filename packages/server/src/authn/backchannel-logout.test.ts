import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scripted, startScripted } from './testing/scripted-login.ts';
import { jwtPart, signEs256 } from './testing/scripted-provider.ts';

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const seconds = () => Math.floor(Date.now() / 1000);

describe('back-channel logout', () => {
  let scripted: Scripted;
  beforeAll(async () => {
    scripted = await startScripted();
  });
  afterAll(() => scripted.close());

  async function post(token: string, path = 'acme/development') {
    const { publicUrl, fetch } = scripted.installation;
    const response = await fetch(`${publicUrl}/login/backchannel-logout/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
      redirect: 'manual',
    });
    await response.text();
    return { status: response.status, cacheControl: response.headers.get('cache-control') };
  }
  const live = () => [...scripted.installation.snapshots.current().loginSessions.keys()];
  const token = (claims: object, header?: object) =>
    scripted.provider.sign({ events: EVENTS, ...claims }, { typ: 'logout+jwt', ...header });

  it('ends the session that a token names, at once, and no other', async () => {
    const first = await scripted.logIn({ claims: { sid: 's-1' } });
    const second = await scripted.logIn({ claims: { sid: 's-2' } });
    expect(await post(token({ sid: 's-1' }))).toEqual({ status: 200, cacheControl: 'no-store' });
    await expect(first.api.whoAmI()).rejects.toMatchObject({ problem: { code: 'ERR_API_UNAUTHENTICATED' } });
    await expect(first.refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await second.api.whoAmI()).loginSession.id).toBe(second.sessionId);
    const events = await scripted.installation.store.listAudit({ limit: 10 });
    expect(events.find(({ loginSessionId }) => loginSessionId === first.sessionId)).toMatchObject({
      code: 'login.session.ended',
      details: { reason: 'providerLoggedOut' },
    });
  });

  it('ends every session of the person that a token names', async () => {
    const sessions = [await scripted.logIn(), await scripted.logIn({ claims: { sid: 's-3' } })];
    const other = await scripted.logIn({ claims: { sub: 'person-9', preferred_username: 'other' } });
    expect((await post(token({ sub: 'person-1' }))).status).toBe(200);
    for (const { sessionId } of sessions) expect(live()).not.toContain(sessionId);
    expect(live()).toContain(other.sessionId);
  });

  it('takes a token once', async () => {
    await scripted.logIn();
    const once = token({ sub: 'person-1' });
    expect((await post(once)).status).toBe(200);
    const again = await scripted.logIn();
    expect((await post(once)).status).toBe(400);
    expect(live()).toContain(again.sessionId);
  });

  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const forge = (head: object, sign: (input: string) => string) =>
    sign(
      `${jwtPart(head)}.${jwtPart({ iss: scripted.provider.issuer, aud: 'sallyport-at-idp', iat: seconds(), jti: 'j', sub: 'person-1', events: EVENTS })}`,
    );
  const refused: readonly [string, () => string][] = [
    ['with a nonce, as an ID token has one', () => token({ sub: 'person-1', nonce: 'n' })],
    ['without the event', () => token({ sub: 'person-1', events: {} })],
    ['without events', () => token({ sub: 'person-1', events: undefined })],
    ['whose event is no object', () => token({ sub: 'person-1', events: { [Object.keys(EVENTS)[0] ?? '']: true } })],
    ['that names nobody', () => token({})],
    ['without an id', () => token({ sub: 'person-1', jti: undefined })],
    ['for another client', () => token({ sub: 'person-1', aud: 'another' })],
    ['of another issuer', () => token({ sub: 'person-1', iss: 'https://evil.example.com' })],
    ['that is old', () => token({ sub: 'person-1', iat: seconds() - 600, exp: seconds() + 600 })],
    ['that has expired', () => token({ sub: 'person-1', iat: seconds() - 100, exp: seconds() - 90 })],
    ['from the future', () => token({ sub: 'person-1', iat: seconds() + 600, exp: seconds() + 900 })],
    ['without a time', () => token({ sub: 'person-1', iat: undefined })],
    ['of another type', () => token({ sub: 'person-1' }, { typ: 'at+jwt' })],
    ['unsigned', () => forge({ alg: 'none', typ: 'logout+jwt' }, (input) => `${input}.`)],
    [
      'signed with another key',
      () => forge({ alg: 'ES256', kid: 'k1' }, (input) => signEs256(input, foreign.privateKey)),
    ],
    [
      'signed with the client secret',
      () =>
        forge(
          { alg: 'HS256' },
          (input) => `${input}.${createHmac('sha256', 'a secret').update(input).digest('base64url')}`,
        ),
    ],
    ['that is no token', () => 'x'],
    ['that is huge', () => 'a'.repeat(100_000)],
  ];
  for (const [what, make] of refused) {
    it(`SEC-E01 refuses a token ${what}`, async () => {
      const { sessionId } = await scripted.logIn();
      expect((await post(make())).status).toBe(400);
      expect(live()).toContain(sessionId);
    });
  }

  it('knows no provider that is not there', async () => {
    const { sessionId } = await scripted.logIn();
    expect((await post(token({ sub: 'person-1' }), 'acme/nope')).status).toBe(400);
    expect((await post(token({ sub: 'person-1' }), 'other/development')).status).toBe(400);
    expect(live()).toContain(sessionId);
  });
});
