import type { Clock } from '@sallyport/core';
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { CustomFetch } from 'openid-client';
import { LoginError } from '../errors.ts';
import type { Claims } from './claim-source.ts';
import { hasDuplicateKeys } from './duplicate-keys.ts';
import type { OidcProvider } from './oidc-provider-record.ts';
import { CLOCK_SKEW_SECONDS, type ProviderClients } from './provider-clients.ts';

/** Whom a provider logged out (OpenID Connect Back-Channel Logout 1.0, section 2.4). At least one of both is there. */
export interface LogoutNotice {
  readonly subjectClaim?: string;
  readonly providerSessionId?: string;
  /** What marks the token as used. */
  readonly tokenId: string;
}

/** A token that somebody pasted, after its signature and issuer were checked. */
export interface PastedToken {
  readonly claims: Claims;
  /** What would keep it from being taken at a login: that it is over, or for somebody else. */
  readonly notes: readonly string[];
}

/** Verifies tokens of identity providers that do not come with a login. */
export interface ProviderTokenVerifier {
  /** @throws LoginError `ERR_LOGIN_RESPONSE_INVALID`, `ERR_LOGIN_PROVIDER_UNREACHABLE` */
  verifyLogoutToken(provider: OidcProvider, token: string): Promise<LogoutNotice>;
  /** @throws LoginError `ERR_LOGIN_RESPONSE_INVALID`, `ERR_LOGIN_PROVIDER_UNREACHABLE` */
  verifyPastedToken(provider: OidcProvider, token: string): Promise<PastedToken>;
}

/** What {@link createProviderTokenVerifier} needs. */
export interface ProviderTokenVerifierOptions {
  readonly clients: ProviderClients;
  readonly fetch: CustomFetch;
  readonly clock: Clock;
}

/** How old a logout token may be, in seconds. */
export const LOGOUT_TOKEN_SECONDS = 120;

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Signatures by a key pair. A shared secret, or none, proves nothing of the provider. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const MAX_TOKEN_CHARACTERS = 65_536;
const MAX_KEY_SETS = 1_000;
/** However many unknown key ids come along, keys are read again this seldom. */
const KEY_COOLDOWN_MS = 30_000;
const KEY_TIMEOUT_MS = 10_000;

/** Creates the verifier. Keys are read at the first token of a provider. */
export function createProviderTokenVerifier(options: ProviderTokenVerifierOptions): ProviderTokenVerifier {
  const { clients, clock } = options;
  const keySets = new Map<string, JWTVerifyGetKey>();

  function keysAt(url: string): JWTVerifyGetKey {
    const known = keySets.get(url);
    if (known !== undefined) return known;
    if (keySets.size >= MAX_KEY_SETS) keySets.clear();
    const keys = createRemoteJWKSet(new URL(url), {
      [customFetch]: options.fetch as typeof fetch,
      cooldownDuration: KEY_COOLDOWN_MS,
      timeoutDuration: KEY_TIMEOUT_MS,
    });
    keySets.set(url, keys);
    return keys;
  }

  /** Signature, issuer and form; times and audience are the caller's. */
  async function verify(provider: OidcProvider, token: string) {
    if (token.length > MAX_TOKEN_CHARACTERS) throw invalid(`it has more than ${MAX_TOKEN_CHARACTERS} characters`);
    const metadata = (await clients.of(provider)).serverMetadata();
    if (metadata.jwks_uri === undefined) throw invalid('the provider publishes no keys');
    const parts = token.split('.').slice(0, 2);
    if (parts.some((part) => hasDuplicateKeys(Buffer.from(part, 'base64url').toString('utf8')))) {
      throw invalid('it states a claim twice');
    }
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keysAt(metadata.jwks_uri), {
        issuer: metadata.issuer,
        algorithms: ALGORITHMS,
        // The instant of its own making, so that its age is judged by whoever asks.
        currentDate: new Date(issuedAtOf(token) * 1000),
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
      return { payload, typ: protectedHeader.typ };
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || (error instanceof TypeError && error.message === 'fetch failed')) {
        throw new LoginError({
          code: 'ERR_LOGIN_PROVIDER_UNREACHABLE',
          message: `the keys of ${provider.displayName} can't be read`,
          cause: error,
        });
      }
      throw invalid(error instanceof errors.JOSEError ? error.message : 'it can not be read', error);
    }
  }

  return {
    async verifyLogoutToken(provider, token) {
      const { payload, typ } = await verify(provider, token);
      if (typ !== undefined && !['logout+jwt', 'jwt'].includes(typ.toLowerCase().replace(/^application\//, ''))) {
        throw invalid('it is a token of another type');
      }
      assertAudience(payload, provider);
      assertAge(payload, clock.now() / 1000);
      const event = (payload['events'] as Claims | null | undefined)?.[LOGOUT_EVENT];
      if (typeof event !== 'object' || event === null) throw invalid('it is about no logout');
      // Whoever has an ID token must not be able to log its person out with it.
      if (payload['nonce'] !== undefined) throw invalid('it has a nonce');
      const { sub, jti } = payload;
      const sid = payload['sid'];
      if (typeof jti !== 'string' || jti === '' || jti.length > 255) throw invalid('it has no usable "jti"');
      if (typeof sub !== 'string' && typeof sid !== 'string') throw invalid('it names neither a person nor a session');
      return {
        tokenId: jti,
        ...(typeof sub === 'string' && { subjectClaim: sub }),
        ...(typeof sid === 'string' && { providerSessionId: sid }),
      };
    },

    async verifyPastedToken(provider, token) {
      const { payload } = await verify(provider, token.trim());
      const notes: string[] = [];
      const audiences = payload.aud === undefined ? [] : [payload.aud].flat();
      if (!audiences.includes(provider.clientId)) notes.push('the token is for another client');
      if (payload.exp !== undefined && payload.exp < clock.now() / 1000) notes.push('the token has expired');
      return { claims: payload, notes };
    },
  };
}

function assertAudience({ aud }: JWTPayload, { clientId }: OidcProvider): void {
  if (aud === undefined || ![aud].flat().includes(clientId)) throw invalid('it is for another client');
}

function assertAge({ iat, exp }: JWTPayload, now: number): void {
  if (typeof iat !== 'number') throw invalid('it does not say when it was issued');
  if (iat > now + CLOCK_SKEW_SECONDS) throw invalid('it was issued in the future');
  const isOver = exp !== undefined && exp + CLOCK_SKEW_SECONDS <= now;
  if (isOver || iat + LOGOUT_TOKEN_SECONDS + CLOCK_SKEW_SECONDS < now) throw invalid('it is too old');
}

function issuedAtOf(token: string): number {
  try {
    const { iat } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as JWTPayload;
    return typeof iat === 'number' && Number.isFinite(iat) ? iat : 0;
  } catch {
    // What can't be read has no signature that holds either.
    return 0;
  }
}

function invalid(problem: string, cause?: unknown): LoginError {
  return new LoginError({ code: 'ERR_LOGIN_RESPONSE_INVALID', message: `the token is refused: ${problem}`, cause });
}
