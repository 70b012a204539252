import { createPrivateKey, randomUUID } from 'node:crypto';
import type { Clock } from '@sallyport/core';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { LoginSession } from '../../stores/contracts.ts';
import type { LiveLogin, LoginSessions } from '../login-sessions.ts';
import type { OauthKeys } from '../oauth-keys.ts';

/** What machine access tokens are signed and verified with. */
export interface MachineAccessTokenOptions {
  /** Issuer of REST access tokens. */
  readonly issuer: string;
  /** Audience of REST access tokens. */
  readonly audience: string;
  readonly keys: OauthKeys;
  readonly clock: Clock;
}

const MAX_TOKEN_CHARACTERS = 4_096;
/** What stands where OAuth clients have their id; none of them has this one. */
const CLIENT_ID = 'workload';

/** Mints the REST access token (RFC 9068) of a machine's login session: good as long as that, bound to a key or to none. */
export async function mintMachineAccessToken(
  { issuer, audience, keys, clock }: MachineAccessTokenOptions,
  session: Pick<LoginSession, 'id' | 'principalId' | 'expiresAt'>,
  keyThumbprint: string | undefined,
): Promise<string> {
  const [key] = keys.signing();
  if (key === undefined) throw new errors.JWSInvalid('there is no signing key');
  return new SignJWT({
    sid: session.id,
    client_id: CLIENT_ID,
    ...(keyThumbprint !== undefined && { cnf: { jkt: keyThumbprint } }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.keyId })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(session.principalId)
    .setJti(randomUUID())
    .setIssuedAt(Math.floor(clock.now() / 1000))
    .setExpirationTime(Math.floor(session.expiresAt.getTime() / 1000))
    .sign(createPrivateKey(key.secret.reveal()));
}

/**
 * Creates the check of access tokens that are bound to no key. Only a workload's own live session makes one good: a person's
 * token always needs its proof of possession, and a bound one is never a bearer token.
 */
export function createMachineAccessTokenVerifier(
  options: MachineAccessTokenOptions & { readonly loginSessions: Pick<LoginSessions, 'find' | 'settle' | 'use'> },
): (text: string) => Promise<LiveLogin | undefined> {
  const { issuer, audience, keys, loginSessions, clock } = options;
  return async (text) => {
    if (text.length > MAX_TOKEN_CHARACTERS) return undefined;
    try {
      const { payload } = await jwtVerify(
        text,
        ({ kid }) => {
          const key = kid === undefined ? undefined : keys.find(kid);
          if (key === undefined) throw new errors.JWKSNoMatchingKey();
          return key;
        },
        {
          typ: 'at+jwt',
          algorithms: ['ES256'],
          issuer,
          audience,
          requiredClaims: ['exp', 'sub', 'sid'],
          currentDate: new Date(clock.now()),
        },
      );
      const id = payload['sid'];
      if (typeof id !== 'string' || payload['cnf'] !== undefined || payload['client_id'] !== CLIENT_ID)
        return undefined;
      await loginSessions.settle(id);
      const found = loginSessions.find(id);
      if (found?.loginSession.method !== 'workload' || found.principal.id !== payload.sub) return undefined;
      return loginSessions.use(id);
    } catch {
      // Expired, foreign, altered: whatever is wrong with it, the answer is the same 401.
      return undefined;
    }
  };
}
