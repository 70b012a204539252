import { z } from 'zod';
import { claimMappingSchema } from '../kinds/identity-provider.ts';
import type { Operation } from './operation.ts';

const PROVIDER = '/organizations/{organization}/identity-providers/{name}' as const;

/** What testing the connection to an identity provider came to. */
export const providerTestSchema = z.object({
  /** Whether people can sign in, as far as that can be told without a person. */
  isUsable: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      /** `warning`: people can sign in, and something is missing. `failed`: they can't. */
      outcome: z.enum(['ok', 'warning', 'failed']),
      message: z.string(),
    }),
  ),
});

/** A token to be read as a login would read it. */
export const dryRunSchema = z.strictObject({
  /** An ID token of the provider. It may have expired; its signature must hold. */
  token: z.string().min(1).max(65_536),
  /** A mapping to be tried instead of the provider's own. */
  claims: claimMappingSchema.optional(),
});

/** What a token came to under a mapping. */
export const dryRunReportSchema = z.object({
  /** Whether a login with these claims would be taken. */
  isAccepted: z.boolean(),
  fields: z.array(
    z.object({
      field: z.enum(['subject', 'userName', 'groups', 'displayName', 'email']),
      /** Where it was read from. */
      source: z.string(),
      value: z.union([z.string(), z.array(z.string())]).optional(),
      /** Why there is no value. */
      problem: z.string().optional(),
    }),
  ),
  /** What else would keep the token from being taken: that it has expired, or is for another client. */
  notes: z.array(z.string()),
});

/** What testing a provider came to; see {@link providerTestSchema}. */
export type ProviderTest = z.infer<typeof providerTestSchema>;
/** What a dry run takes; see {@link dryRunSchema}. */
export type DryRun = z.infer<typeof dryRunSchema>;
/** What a dry run came to; see {@link dryRunReportSchema}. */
export type DryRunReport = z.infer<typeof dryRunReportSchema>;

/** Operations on identity providers beside those of every resource. */
export const identityOperations = {
  testIdentityProvider: {
    method: 'POST',
    path: `${PROVIDER}/test`,
    summary:
      'Tests the connection to an OpenID Connect provider: discovery, keys, and what live groups and logout need',
    permission: 'identityProviders.update',
    response: providerTestSchema,
    status: 200,
  },
  dryRunIdentityProvider: {
    method: 'POST',
    path: `${PROVIDER}/dry-run`,
    summary: 'Reads a token of an OpenID Connect provider as a login would, and tells what each part came to',
    permission: 'identityProviders.update',
    body: dryRunSchema,
    response: dryRunReportSchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
