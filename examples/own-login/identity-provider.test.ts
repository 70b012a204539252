import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIdentityProvider } from './identity-provider.ts';

// That Sallyport relies on it is shown where a portal does: examples/embed-in-express.
const server = createServer();
const client = { id: 'sallyport', secret: 'a secret', callbackUrl: 'https://sallyport.test/callback' };
const verifier = 'a'.repeat(43);
let issuer: string;
let isKnown = true;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const identityOf = () => (isKnown ? { email: 'ada@example.com', groups: ['admins'] } : undefined);
  server.on('request', express().use(await createIdentityProvider({ issuer, ...client }, identityOf, '/login?next=')));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function begin(changes: Readonly<Record<string, string>> = {}) {
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const asked = { client_id: client.id, redirect_uri: client.callbackUrl, state: 's', nonce: 'n', ...changes };
  const query = new URLSearchParams({ ...asked, code_challenge: challenge, code_challenge_method: 'S256' });
  const answer = await fetch(`${issuer}/code?${query}`, { redirect: 'manual' });
  return { status: answer.status, location: new URL(answer.headers.get('location') ?? issuer, issuer) };
}

async function redeem(code: string, changes: Readonly<Record<string, string>> = {}) {
  const form = { grant_type: 'authorization_code', code, client_secret: client.secret, code_verifier: verifier };
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams({ ...form, ...changes }) });
  return { status: answer.status, body: (await answer.json()) as { readonly id_token?: string } };
}

const aCode = async () => (await begin()).location.searchParams.get('code') ?? '';

it('says who is signed in, to its client, once', async () => {
  const { location } = await begin();
  expect([location.origin + location.pathname, location.searchParams.get('state')]).toEqual([client.callbackUrl, 's']);
  const code = location.searchParams.get('code') ?? '';
  const { status, body } = await redeem(code);
  expect(status).toBe(200);
  const keys = createRemoteJWKSet(new URL(`${issuer}/keys`));
  const { payload } = await jwtVerify(body.id_token ?? '', keys, { issuer, audience: client.id });
  expect(payload).toMatchObject({ sub: 'ada@example.com', groups: ['admins'], nonce: 'n' });
  expect((await redeem(code)).status).toBe(400);
});

it('sends whoever is not signed in to the login, and back', async () => {
  isKnown = false;
  const { status, location } = await begin();
  isKnown = true;
  expect([status, location.pathname]).toEqual([303, '/login']);
  expect(location.searchParams.get('next')).toMatch(/^\/code\?client_id=sallyport&/);
});

it('says nothing to anybody else', async () => {
  expect((await begin({ client_id: 'other' })).status).toBe(400);
  expect((await begin({ redirect_uri: 'https://evil.test/' })).status).toBe(400);
  for (const changes of [{ client_secret: 'a guess' }, { code_verifier: 'b'.repeat(43) }, { code: 'a guess' }]) {
    expect((await redeem(await aCode(), changes)).status).toBe(400);
  }
});
