import { createSigningKeyRing, generateSigningKey, type SigningKeyRecord } from '@sallyport/core/credentials';
import { type BrowserFetch, signIn } from '@sallyport/core/testing';
import { decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OauthKeys } from './oauth-keys.ts';
import { beginLogin, discover, finishLogin, logIn } from './testing/command-line.ts';
import { type Installation, startInstallation } from './testing/installation.ts';

const ADA = 'ada@example.com';

/** Keys of an OAuth server that rotate by hand; the first one signs. */
function createRotatingKeys() {
  const first = generateSigningKey();
  const ring = createSigningKeyRing({ keys: [first], activeKeyId: first.keyId });
  let records: readonly SigningKeyRecord[] = [first];
  const listeners = new Set<() => void>();
  const keys: OauthKeys = {
    find: ring.find,
    signing: () => records.map(({ keyId, privateKeyPem }) => ({ keyId, secret: privateKeyPem })),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    keys,
    first,
    use(...next: readonly [SigningKeyRecord, ...SigningKeyRecord[]]) {
      records = next;
      ring.update({ keys: next, activeKeyId: next[0].keyId });
      for (const listener of listeners) listener();
    },
  };
}

describe('the OAuth server, while its keys rotate', () => {
  const rotating = createRotatingKeys();
  let installation: Installation;
  beforeAll(async () => {
    for (const method of ['log', 'info', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => {});
    installation = await startInstallation({ oauthKeys: rotating.keys });
  });
  afterEach(() => rotating.use(rotating.first));
  afterAll(async () => {
    await installation.close();
    vi.restoreAllMocks();
  });

  async function publishedIds(): Promise<readonly (string | undefined)[]> {
    const answer = await installation.fetch(`${installation.publicUrl}/oauth/jwks`, {
      method: 'GET',
      headers: {},
      redirect: 'manual',
    });
    return (JSON.parse(await answer.text()) as { keys: { kid?: string; d?: string }[] }).keys.map(({ kid, d }) =>
      d === undefined ? kid : 'private',
    );
  }

  it('publishes an announced key without signing with it, then signs with it while the former one verifies', async () => {
    const next = generateSigningKey();
    rotating.use(rotating.first, next);
    expect(await publishedIds()).toEqual([rotating.first.keyId, next.keyId]);
    const ada = await logIn(installation, ADA);
    expect(decodeProtectedHeader(ada.tokens.accessToken).kid).toBe(rotating.first.keyId);

    rotating.use(next, { ...rotating.first, verifiesUntil: new Date(Date.now() + 60_000) });
    await expect(ada.api.whoAmI()).resolves.toBeDefined();
    await ada.refresh();
    expect(decodeProtectedHeader(ada.tokens.accessToken).kid).toBe(next.keyId);
    await expect(ada.api.whoAmI()).resolves.toBeDefined();
  });

  it('ends a login under the new keys that was begun under the former ones', async () => {
    const configuration = await discover(installation);
    const login = await beginLogin(configuration, installation.publicUrl);
    const next = generateSigningKey();
    let isRotated = false;
    const fetch: BrowserFetch = (url, init) => {
      if (!isRotated && url.toString().includes('/login/')) {
        isRotated = true;
        rotating.use(next, { ...rotating.first, verifiesUntil: new Date(Date.now() + 60_000) });
      }
      return installation.fetch(url, init);
    };
    const { authorizationUrl } = login;
    const redirect = await signIn({ authorizationUrl, user: ADA, password: installation.passwords[ADA] ?? '', fetch });
    const ada = await finishLogin(installation, configuration, login, redirect);
    expect(isRotated).toBe(true);
    expect(decodeProtectedHeader(ada.tokens.accessToken).kid).toBe(next.keyId);
  });

  it('SEC-E01 refuses a token at the end of the overlap, and at once when its key was voided', async () => {
    const ada = await logIn(installation, ADA);
    const next = generateSigningKey();
    rotating.use(next, { ...rotating.first, verifiesUntil: new Date(Date.now() - 1) });
    await expect(ada.api.whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
    rotating.use(next);
    await expect(ada.api.whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
    await ada.refresh();
    await expect(ada.api.whoAmI()).resolves.toBeDefined();
  });
});
