import { createHash } from 'node:crypto';
import { type Condition, compileCondition, createExpressionEnvironment } from '@sallyport/authz';
import type { Clock } from '@sallyport/core';
import {
  compactVerify,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWSHeaderParameters,
  type JWTPayload,
} from 'jose';
import { MachineError, refusedClaims, refusedToken } from './errors.ts';
import { type ForeignToken, readForeignToken, WORKLOAD_TOKEN_ALGORITHMS } from './foreign-token.ts';
import type { IssuerKeys } from './issuer-keys.ts';

/** What decides whether a token is one of a workload: the parts of its `WorkloadIdentity`. */
export interface WorkloadTerms {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Public keys of an issuer that the server can't reach. Absent: read by discovery. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined;
  /** CEL over `claims`; must be true. */
  readonly condition: string;
}

/** A token that proves a workload. */
export interface VerifiedWorkload {
  /** `sub` of the token: which run or pod it was. */
  readonly subjectClaim: string;
  readonly expiresAt: Date;
  /**
   * What is the same for every copy of this token: SHA-256, hex, of issuer and `jti`, or of the signed text when it has none.
   * Not of the signature, which can be written in several ways.
   */
  readonly mark: string;
}

/** Verifies tokens of foreign issuers. */
export interface WorkloadVerifier {
  /**
   * @throws MachineError `ERR_WORKLOAD_TOKEN_REFUSED`, `ERR_WORKLOAD_CLAIMS_REFUSED`, `ERR_WORKLOAD_CONDITION`,
   * `ERR_WORKLOAD_ISSUER_UNREACHABLE`
   */
  verify(terms: WorkloadTerms, token: string): Promise<VerifiedWorkload>;
}

/** How far the issuer's clock may be ahead of ours, in seconds. */
const CLOCK_SKEW_SECONDS = 60;
/** Longest life of a token that is taken, in seconds: one that works for weeks is a stored secret again. */
const MAX_LIFETIME_SECONDS = 24 * 60 * 60;
const MAX_SUBJECT_CHARACTERS = 1_024;

const ENVIRONMENT = createExpressionEnvironment({ claims: 'map<string, dyn>' });

/**
 * Compiles the condition of a workload identity: CEL that names nothing but `claims`.
 * @throws AuthzError `ERR_EXPRESSION_INVALID`
 */
export function compileWorkloadCondition(text: string): Condition {
  return compileCondition(text, ENVIRONMENT);
}

/** Creates the verifier. Compiled conditions and given keys are held as long as the terms they belong to. */
export function createWorkloadVerifier(options: {
  readonly issuerKeys: IssuerKeys;
  readonly clock: Clock;
}): WorkloadVerifier {
  const { issuerKeys, clock } = options;
  const compiled = new WeakMap<WorkloadTerms, ReturnType<typeof compileTerms>>();

  function termsOf(terms: WorkloadTerms) {
    let found = compiled.get(terms);
    if (found === undefined) {
      found = compileTerms(terms);
      compiled.set(terms, found);
    }
    return found;
  }

  return {
    async verify(terms, text) {
      const token = readForeignToken(text);
      // Before any key is asked for: a token of somebody else must not cause traffic to this issuer.
      if (token.claims.iss !== terms.issuer) throw refusedToken('it is of another issuer');
      const { condition, givenKeys } = termsOf(terms);
      await verifySignature(token, givenKeys ?? ((header) => issuerKeys.find(terms.issuer, header)));
      const { subjectClaim, expiresAt } = checkClaims(token.claims, terms, clock.now() / 1_000);
      const outcome = condition.evaluate({ claims: token.claims });
      if (!outcome.holds) {
        throw new MachineError({
          code: 'ERR_WORKLOAD_CONDITION',
          message: `the condition of the workload identity does not hold${outcome.problem === undefined ? '' : `: ${outcome.problem}`}`,
          nextStep: 'Compare the claims of the token with the condition of the workload identity.',
        });
      }
      return { subjectClaim, expiresAt, mark: markOf(token) };
    },
  };
}

function compileTerms({ condition, jwks }: WorkloadTerms) {
  return {
    condition: compileWorkloadCondition(condition),
    givenKeys: jwks && createLocalJWKSet(jwks as unknown as JSONWebKeySet),
  };
}

async function verifySignature(
  { text }: ForeignToken,
  find: (header: JWSHeaderParameters) => ReturnType<IssuerKeys['find']>,
): Promise<void> {
  try {
    await compactVerify(text, find, { algorithms: [...WORKLOAD_TOKEN_ALGORITHMS] });
  } catch (error) {
    if (error instanceof MachineError) throw error;
    const isUnknownKey = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
    throw refusedToken(isUnknownKey ? 'its key is none of the issuer’s' : 'its signature does not verify', error);
  }
}

function checkClaims(claims: JWTPayload, terms: WorkloadTerms, nowSeconds: number) {
  const { sub, aud, exp, iat, nbf } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_CHARACTERS) {
    throw refusedClaims('it states no usable subject ("sub")');
  }
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.some((audience) => typeof audience === 'string' && terms.audiences.includes(audience))) {
    throw refusedClaims('it is for another audience');
  }
  if (!isSeconds(exp) || !isSeconds(iat)) throw refusedClaims('it does not state when it was issued and when it ends');
  if (exp <= nowSeconds) throw refusedClaims('it has expired');
  if (iat > nowSeconds + CLOCK_SKEW_SECONDS) throw refusedClaims('it was issued in the future');
  if (nbf !== undefined && (!isSeconds(nbf) || nbf > nowSeconds + CLOCK_SKEW_SECONDS)) {
    throw refusedClaims('it is not valid yet');
  }
  if (exp - iat > MAX_LIFETIME_SECONDS) {
    throw refusedClaims(`it lives ${Math.ceil(exp - iat)} seconds, limit is ${MAX_LIFETIME_SECONDS}`);
  }
  return { subjectClaim: sub, expiresAt: new Date(exp * 1_000) };
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e11;
}

function markOf({ claims, signedPart }: ForeignToken): string {
  const hash = createHash('sha256');
  if (typeof claims.jti === 'string' && claims.jti !== '') {
    hash.update(JSON.stringify(['jti', claims.iss, claims.jti]));
  } else hash.update(JSON.stringify(['text', signedPart]));
  return hash.digest('hex');
}
