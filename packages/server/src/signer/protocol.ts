import type { CapabilityClaims, SigningJwks } from '@sallyport/core/credentials';
import { formatCapabilityClaims } from '@sallyport/core/credentials';
import { z } from 'zod';

/** Path that capabilities are asked for at, by POST. */
export const CAPABILITIES_PATH = '/v1/capabilities';
/** Path that the signer's keys are asked for at, by GET. */
export const KEYS_PATH = '/v1/keys';
/** Largest body of either side, in bytes; an identity of 500 groups takes about 32 KiB. */
export const MAX_BODY_BYTES = 262_144;

const signRequest = z.strictObject({
  /** In the form in which they are signed. */
  claims: z.record(z.string(), z.unknown()),
  /** End of what the access rests on, in milliseconds since 1970. */
  notAfter: z.number().optional(),
  /** The server's clock, in milliseconds since 1970. */
  now: z.number(),
});

/** What a server asks a signer for. */
export type SignRequest = z.infer<typeof signRequest>;

const capability = z.object({ token: z.string(), expiresAt: z.coerce.date(), keyId: z.string() });

const keys = z.object({
  activeKeyId: z.string(),
  jwks: z.custom<SigningJwks>((value) => Array.isArray((value as SigningJwks | undefined)?.keys)),
  statements: z.array(z.string()),
});

/** The signer's public keys, and what its keys say of one another. */
export interface KeysAnswer {
  readonly activeKeyId: string;
  readonly jwks: SigningJwks;
  readonly statements: readonly string[];
}

const failure = z.object({ code: z.string(), message: z.string() });

/** Puts a request together. */
export function formatSignRequest(claims: CapabilityClaims, notAfter: Date | undefined, now: number): string {
  const request: SignRequest = {
    claims: { ...formatCapabilityClaims(claims) },
    ...(notAfter !== undefined && { notAfter: notAfter.getTime() }),
    now,
  };
  return JSON.stringify(request);
}

/** Readers of what the other side sent; each throws on anything else. */
export const parseSignRequest = (body: string): SignRequest => signRequest.parse(JSON.parse(body));
/** See {@link parseSignRequest}. */
export const parseCapability = (body: string): z.infer<typeof capability> => capability.parse(JSON.parse(body));
/** See {@link parseSignRequest}. */
export const parseKeys = (body: string): KeysAnswer => keys.parse(JSON.parse(body));
/** See {@link parseSignRequest}. */
export const parseFailure = (body: string): z.infer<typeof failure> => failure.parse(JSON.parse(body));
