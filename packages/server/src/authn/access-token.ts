import type { Clock } from '@sallyport/core';
import type { VerificationKeys } from '@sallyport/core/credentials';
import { errors, jwtVerify } from 'jose';
import { checkDpopProof, DPOP_WINDOW_SECONDS } from './dpop.ts';
import type { LiveLogin, LoginSessions } from './login-sessions.ts';
import { createReplayCache } from './replay-cache.ts';

/** The parts of a request that say who makes it. */
export interface AuthenticatedRequest {
  readonly method: string;
  /** Path and query as requested. */
  readonly target: string;
  /** Values of all `Authorization` lines. */
  readonly authorization: readonly string[];
  /** Values of all `DPoP` lines. */
  readonly dpop: readonly string[];
}

/** Says who makes a request, or `undefined` when nothing on it proves that. */
export type AccessTokenVerifier = (request: AuthenticatedRequest) => Promise<LiveLogin | undefined>;

/** What {@link createAccessTokenVerifier} needs. */
export interface AccessTokenVerifierOptions {
  readonly publicUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly verificationKeys: VerificationKeys;
  readonly loginSessions: LoginSessions;
  readonly clock: Clock;
}

const MAX_TOKEN_CHARACTERS = 4_096;
/** Room for 800 proofs a second through a whole window; beyond that requests are refused. */
const MAX_REMEMBERED_PROOFS = 200_000;

/**
 * Creates the check of REST access tokens: an ES256 `at+jwt` of ours for the REST API, with a fresh DPoP proof by the
 * key it is bound to. Signature and claims are not enough: the login session must be live in the snapshot now.
 *
 * Kube credentials, ID tokens and join tokens are refused by type, issuer and audience; a cookie is never looked at.
 */
export function createAccessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  const { clock, loginSessions } = options;
  const replays = createReplayCache({
    windowMs: 2 * DPOP_WINDOW_SECONDS * 1000,
    maxKeys: MAX_REMEMBERED_PROOFS,
    clock,
  });

  return async ({ method, target, authorization, dpop }) => {
    const [header] = authorization;
    const [proof] = dpop;
    if (header === undefined || proof === undefined || authorization.length > 1 || dpop.length > 1) return undefined;
    const accessToken = /^DPoP ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header)?.[1];
    if (accessToken === undefined || accessToken.length > MAX_TOKEN_CHARACTERS) return undefined;

    const at = new Date(clock.now());
    const claims = await verify(accessToken, at);
    if (claims === undefined) return undefined;
    const checked = await checkDpopProof({ proof, method, url: `${options.publicUrl}${target}`, accessToken, at });
    if (checked === undefined || checked.jkt !== claims.jkt) return undefined;
    if (!replays.take(`${checked.jkt} ${checked.jti}`)) return undefined;

    await loginSessions.settle(claims.loginSessionId);
    const login = loginSessions.use(claims.loginSessionId);
    return login?.principal.id === claims.principalId ? login : undefined;
  };

  function findKey({ kid }: { readonly kid?: string }) {
    const key = kid === undefined ? undefined : options.verificationKeys.find(kid);
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  }

  async function verify(accessToken: string, at: Date) {
    try {
      const { payload } = await jwtVerify(accessToken, findKey, {
        typ: 'at+jwt',
        algorithms: ['ES256'],
        issuer: options.issuer,
        audience: options.audience,
        requiredClaims: ['exp', 'sub', 'sid', 'cnf'],
        currentDate: at,
      });
      const jkt = (payload['cnf'] as { readonly jkt?: unknown } | null)?.jkt;
      if (typeof jkt !== 'string' || typeof payload['sid'] !== 'string') return undefined;
      return { jkt, principalId: payload.sub, loginSessionId: payload['sid'] };
    } catch {
      // Expired, foreign, altered: whatever is wrong with it, the answer is the same 401.
      return undefined;
    }
  }
}
