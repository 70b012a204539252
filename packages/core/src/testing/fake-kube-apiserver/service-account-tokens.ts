import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Json } from './objects.ts';
import { isJson, textAt, textsAt } from './objects.ts';
import { AUTHENTICATED, SERVICE_ACCOUNT_PREFIX, serviceAccountGroups, type UserInfo } from './user.ts';

/** Mints and checks the tokens of service accounts. */
export interface ServiceAccountTokens {
  readonly issuer: string;
  /** Key set as `/openid/v1/jwks` serves it. */
  readonly jwks: Json;
  mint(options: MintOptions): string;
  /** The user and audiences of a token that is signed by this cluster and alive; else `undefined`. */
  check(token: string): { readonly user: UserInfo; readonly audiences: readonly string[] } | undefined;
}

/** What a token says. */
export interface MintOptions {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expiresAtSeconds: number;
  readonly pod?: { readonly name: string; readonly uid: string };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Creates an issuer with a key of its own (ES256). */
export function createServiceAccountTokens(clock: Clock, issuer: string): ServiceAccountTokens {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url');
  const options = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const });

  return {
    issuer,
    jwks: { keys: [{ use: 'sig', alg: 'ES256', kid, ...jwk }] },
    mint({ namespace, name, uid, audiences, expiresAtSeconds, pod }) {
      const issuedAt = Math.floor(clock.now() / 1_000);
      const claims = {
        aud: audiences,
        exp: expiresAtSeconds,
        iat: issuedAt,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': { namespace, ...(pod && { pod }), serviceaccount: { name, uid } },
        nbf: issuedAt,
        sub: `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`,
      };
      const signed = `${encode({ alg: 'ES256', kid })}.${encode(claims)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), options(privateKey)).toString('base64url')}`;
    },
    check(token) {
      const [header, payload, signature, ...rest] = token.split('.');
      if (!header || !payload || !signature || rest.length > 0) return undefined;
      const bytes = Buffer.from(`${header}.${payload}`);
      if (!verify('sha256', bytes, options(publicKey), Buffer.from(signature, 'base64url'))) return undefined;
      const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
      if (!isJson(claims) || typeof claims['exp'] !== 'number' || claims['exp'] * 1_000 <= clock.now())
        return undefined;
      const bound = isJson(claims['kubernetes.io']) ? claims['kubernetes.io'] : {};
      const namespace = textAt(bound, 'namespace');
      return {
        audiences: textsAt(claims, 'aud'),
        user: {
          username: textAt(claims, 'sub'),
          uid: textAt(bound, 'serviceaccount.uid'),
          groups: [...serviceAccountGroups(namespace), AUTHENTICATED],
          extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${textAt(claims, 'jti')}`] },
        },
      };
    },
  };
}
