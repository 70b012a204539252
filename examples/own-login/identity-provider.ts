// Shows: the least that makes a login of one's own one that Sallyport relies on: an OpenID provider (code flow, PKCE, ES256) with
// one client. Whose people come from a company's provider names that to Sallyport instead, and needs none of this.
import { createHash, randomBytes } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What the login says of a person. */
export interface Identity {
  readonly email: string;
  readonly groups: readonly string[];
}

/** The one who relies on the portal's login. */
export interface Client {
  readonly issuer: string;
  readonly id: string;
  readonly secret: string;
  readonly callbackUrl: string;
}

/** Serves a login to `client`, below the path of its issuer. Whoever is not signed in yet is sent to `login`. */
export async function createIdentityProvider(
  { issuer, id, secret, callbackUrl }: Client,
  identityOf: (request: Request) => Identity | undefined,
  login: string,
): Promise<Router> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const codes = new Map<string, { readonly identity: Identity; readonly nonce: string; readonly challenge: string }>();
  const router = express.Router();
  router.get('/.well-known/openid-configuration', (_request, response) => {
    const places = {
      authorization_endpoint: `${issuer}/code`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
    };
    const forms = { response_types_supported: ['code'], id_token_signing_alg_values_supported: ['ES256'] };
    response.json({ issuer, ...places, ...forms, subject_types_supported: ['public'] });
  });
  router.get('/keys', async (_request, response) => {
    response.json({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] });
  });
  router.get('/code', (request, response) => {
    const identity = identityOf(request);
    if (identity === undefined) return response.redirect(303, login + encodeURIComponent(request.originalUrl));
    const { client_id, redirect_uri, state, nonce, code_challenge } = request.query as Record<string, string>;
    if (client_id !== id || redirect_uri !== callbackUrl) return void response.status(400).send('not our client');
    const code = randomBytes(32).toString('base64url');
    codes.set(code, { identity, nonce: `${nonce}`, challenge: `${code_challenge}` });
    setTimeout(() => codes.delete(code), 60_000).unref();
    response.redirect(303, `${callbackUrl}?${new URLSearchParams({ code, state: `${state}` })}`);
  });
  router.post('/token', express.urlencoded({ extended: false }), async (request, response) => {
    const { code = '', client_secret, code_verifier } = request.body as Record<string, string>;
    const found = codes.get(code);
    codes.delete(code);
    const proof = createHash('sha256').update(`${code_verifier}`).digest('base64url');
    if (client_secret !== secret || proof !== found?.challenge)
      return void response.status(400).json({ error: 'invalid_grant' });
    const { identity, nonce } = found;
    const token = new SignJWT({ ...identity, email_verified: true, nonce })
      .setProtectedHeader({ alg: 'ES256' })
      .setSubject(identity.email);
    const id_token = await token
      .setIssuer(issuer)
      .setAudience(id)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    response.json({ access_token: 'none', token_type: 'Bearer', id_token });
  });
  return router;
}
