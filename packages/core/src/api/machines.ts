import { z } from 'zod';
import { instant } from './instant.ts';
import { dnsLabelSchema, durationSchema, idSchema as id, ipRangeSchema } from './names.ts';
import { PLATFORM_PERMISSIONS } from './permissions.ts';

const permissionSchema = z.enum(PLATFORM_PERMISSIONS);

/** What an API key is; never its secret. */
export const apiKeySchema = z.object({
  id: id('apiKey'),
  /** Unique among the keys of its service account. */
  name: z.string(),
  serviceAccount: z.string(),
  /** What it may be used for at the most. Absent: whatever its service account may do. */
  permissions: z.array(z.string()).optional(),
  /** Addresses that it may be used from. Absent: from everywhere. */
  ipRanges: z.array(z.string()).optional(),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant,
  /** To the minute. Absent: never used. */
  lastUsedAt: instant.optional(),
});

/** What creating an API key takes. */
export const createApiKeySchema = z.strictObject({
  name: dnsLabelSchema,
  /** Default 90d, at most 366d. */
  lifetime: durationSchema.optional(),
  /** Platform permissions that it is limited to. `credentials.create` lets it use what its account may do on clusters. */
  permissions: z.array(permissionSchema).max(PLATFORM_PERMISSIONS.length).optional(),
  /** Addresses and ranges (CIDR) that it may be used from. */
  ipRanges: z.array(ipRangeSchema).min(1).max(64).optional(),
});

/** An API key in clear: shown once, never again. */
export const createdApiKeySchema = z.object({ apiKey: apiKeySchema, secret: z.string() });

/** Live API keys of a service account, by name. */
export const apiKeyListSchema = z.object({ items: z.array(apiKeySchema) });

/** Grant type of token exchange (RFC 8693, section 2.1). */
export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** Type of the tokens that are exchanged (RFC 8693, section 3). */
export const JWT_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
/** Type of the tokens that are issued. */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** A token exchange (RFC 8693) in JSON. */
export const exchangeTokenSchema = z.strictObject({
  grant_type: z.literal(TOKEN_EXCHANGE_GRANT),
  /** The token of the platform: OIDC, signed by the issuer of the workload identity. */
  subject_token: z.string().min(1).max(16_384),
  subject_token_type: z.literal(JWT_TOKEN_TYPE),
});

/** What a token exchange yields. */
export const exchangedTokenSchema = z.object({
  access_token: z.string(),
  issued_token_type: z.literal(ACCESS_TOKEN_TYPE),
  /** `DPoP` when the request carried a proof: the token then works with that key only. */
  token_type: z.enum(['Bearer', 'DPoP']),
  /** Seconds. */
  expires_in: z.int().min(0),
});

/** What issuing a SCIM token takes. */
export const issueScimTokenSchema = z
  .strictObject({
    /** How long the earlier tokens go on. Default 1h, at most 7d; `0s` ends them at once. */
    overlap: durationSchema.optional(),
  })
  .default({});

/** A SCIM token in clear: shown once, never again. */
export const issuedScimTokenSchema = z.object({
  /** Address to be entered at the identity provider. */
  url: z.url(),
  token: z.string(),
  issuedAt: instant,
  /** When the earlier tokens end. */
  earlierEndAt: instant,
});

/** An API key without its secret; see {@link apiKeySchema}. */
export type ApiKeyResource = z.infer<typeof apiKeySchema>;
/** API keys of a service account; see {@link apiKeyListSchema}. */
export type ApiKeyList = z.infer<typeof apiKeyListSchema>;
/** What creating an API key takes; see {@link createApiKeySchema}. */
export type CreateApiKey = z.infer<typeof createApiKeySchema>;
/** An API key, shown this once; see {@link createdApiKeySchema}. */
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;
/** A token exchange; see {@link exchangeTokenSchema}. */
export type ExchangeToken = z.infer<typeof exchangeTokenSchema>;
/** What a token exchange yields; see {@link exchangedTokenSchema}. */
export type ExchangedToken = z.infer<typeof exchangedTokenSchema>;
/** What issuing a SCIM token takes; see {@link issueScimTokenSchema}. */
export type IssueScimToken = z.infer<typeof issueScimTokenSchema>;
/** A SCIM token, shown this once; see {@link issuedScimTokenSchema}. */
export type IssuedScimToken = z.infer<typeof issuedScimTokenSchema>;
