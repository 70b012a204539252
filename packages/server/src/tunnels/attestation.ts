import { type Clock, type ClusterId, type EnrolmentAttestation, tunnelTokenAudience } from '@sallyport/core';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { ServerError } from '../errors.ts';
import type { AgentAttestation, IssuerKeys } from '../stores/cluster-contracts.ts';

/** What Kubernetes signs service account tokens with, and nothing symmetric. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
const MAX_KEYS = 32;
const MAX_KEYS_CHARACTERS = 32_768;
const MAX_TOKEN_CHARACTERS = 8_192;
const CLOCK_TOLERANCE_S = 30;
const SERVICE_ACCOUNT = /^system:serviceaccount:[a-z0-9.-]{1,63}:[a-z0-9.-]{1,253}$/;
const PUBLIC_FIELDS = ['kty', 'kid', 'alg', 'use', 'n', 'e', 'crv', 'x', 'y'];

/**
 * Takes what an agent shows of its cluster when it enrols. The keys are believed on the word of whoever holds the join token;
 * from here on only tokens of the same issuer and service account count.
 * @throws ServerError `ERR_GATEWAY_ATTESTATION_REFUSED` when it does not hold together
 */
export async function readAttestation(
  shown: EnrolmentAttestation,
  clusterId: ClusterId,
  clock: Clock,
): Promise<AgentAttestation> {
  const jwks = readIssuerKeys(shown.jwks);
  if (jwks === undefined) throw refused('the keys of its issuer can not be read');
  const { iss, sub } = await verifyToken(shown.serviceAccountToken, jwks, clusterId, clock);
  if (iss === undefined || iss === '') throw refused('its token names no issuer');
  if (sub === undefined || !SERVICE_ACCOUNT.test(sub)) throw refused('its token is not that of a service account');
  return { issuer: iss, subject: sub, jwks };
}

/**
 * Checks that an agent runs in the cluster that it enrolled in, as the service account that it enrolled as: a copy of its
 * identity in another cluster can't get such a token (SEC-D02).
 * @throws ServerError `ERR_GATEWAY_ATTESTATION_REFUSED`
 */
export async function assertAttested(
  token: string,
  { issuer, subject, jwks }: AgentAttestation,
  clusterId: ClusterId,
  clock: Clock,
): Promise<void> {
  if (token === '') throw refused('it shows no service account token, and it did when it enrolled');
  const { iss, sub } = await verifyToken(token, jwks, clusterId, clock);
  if (iss !== issuer) throw refused(`its token is of the issuer ${quote(iss)}, it enrolled in ${quote(issuer)}`);
  if (sub !== subject) throw refused(`its token is that of ${quote(sub)}, it enrolled as ${quote(subject)}`);
}

/** Reads a JWK Set and keeps its public fields; `undefined` for what is none, or too large to be one. */
export function readIssuerKeys(value: unknown): IssuerKeys | undefined {
  const keys: unknown = (value as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS) return undefined;
  const read = keys.flatMap((key: unknown) => {
    if (typeof key !== 'object' || key === null) return [];
    const fields = Object.entries(key).filter(
      ([name, text]) => PUBLIC_FIELDS.includes(name) && typeof text === 'string',
    );
    return [Object.fromEntries(fields)];
  });
  return JSON.stringify(read).length <= MAX_KEYS_CHARACTERS ? { keys: read } : undefined;
}

async function verifyToken(token: string, jwks: IssuerKeys, clusterId: ClusterId, clock: Clock): Promise<JWTPayload> {
  if (token.length > MAX_TOKEN_CHARACTERS) {
    throw refused(`its token is ${token.length} characters, limit is ${MAX_TOKEN_CHARACTERS}`);
  }
  try {
    const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      audience: tunnelTokenAudience(clusterId),
      requiredClaims: ['exp', 'iss', 'sub'],
      currentDate: new Date(clock.now()),
      clockTolerance: CLOCK_TOLERANCE_S,
    });
    return payload;
  } catch (cause) {
    throw refused(describe(cause), cause);
  }
}

function describe(cause: unknown): string {
  if (cause instanceof errors.JWKSNoMatchingKey)
    return 'its token is signed with a key that its cluster did not hand out';
  if (cause instanceof errors.JWSSignatureVerificationFailed) return 'the signature of its token is wrong';
  if (cause instanceof errors.JWTExpired) return 'its token has expired';
  if (cause instanceof errors.JWTClaimValidationFailed) return `the ${cause.claim} of its token is not what is needed`;
  return 'its token can not be read';
}

function quote(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 200));
}

function refused(problem: string, cause?: unknown): ServerError {
  return new ServerError({
    code: 'ERR_GATEWAY_ATTESTATION_REFUSED',
    message: `the agent does not show that it runs in the cluster that it enrolled in: ${problem}`,
    cause,
    nextStep:
      'If the cluster changed its signing keys while no agent was connected, enrol the agent with a new join token.',
  });
}
