import { z } from 'zod';
import { instant } from '../instant.ts';
import { dnsLabelSchema } from '../names.ts';
import { defineKind } from '../resource.ts';

const issuerUrl = z.url({ protocol: /^https?$/ }).max(512);

/**
 * How claims (or SAML attributes) become a principal. Each is the name of a claim, a path such as `realm_access.roles`, or
 * a CEL expression over `claims` after `cel:`, e.g. `cel:claims.groups.filter(g, g.startsWith("k8s-"))`.
 */
export const claimMappingSchema = z.strictObject({
  /** Default `email`, which then must be verified. */
  userName: z.string().min(1).max(1_024).optional(),
  /** Default `groups`. */
  groups: z.string().min(1).max(1_024).optional(),
  /** Default `name`. */
  displayName: z.string().min(1).max(1_024).optional(),
  /** Default `email`. */
  email: z.string().min(1).max(1_024).optional(),
});

/** How claims become a principal; see {@link claimMappingSchema}. */
export type ClaimMapping = z.infer<typeof claimMappingSchema>;

/** An OIDC or SAML provider that people sign in with. */
export const identityProviderKind = defineKind({
  kind: 'IdentityProvider',
  collection: 'identity-providers',
  permissions: 'identityProviders',
  idKind: 'identityProvider',
  name: dnsLabelSchema,
  aliases: ['identity-provider', 'identityprovider', 'idp'],
  level: 'organization',
  summary: 'An OIDC or SAML provider that people sign in with.',
  spec: z
    .strictObject({
      displayName: z.string().max(128).optional(),
      /** Nobody can sign in with it; sessions that it vouched for end. */
      disabled: z.boolean().optional(),
      oidc: z
        .strictObject({
          issuer: issuerUrl,
          clientId: z.string().min(1).max(255),
          /** Written, never read back. Absent in an update: stays as it is. */
          clientSecret: z.string().min(1).max(4_096).optional(),
          /** How the secret travels. Default `client_secret_post`. */
          clientAuthentication: z.enum(['client_secret_post', 'client_secret_basic', 'none']).optional(),
          /** Default `openid profile email groups offline_access`, as far as the provider knows them. */
          scopes: z.array(z.string().min(1).max(128)).min(1).max(32).optional(),
        })
        .optional(),
      saml: z
        .strictObject({
          /** `entityID` of the provider. */
          issuer: z.string().min(1).max(512),
          /** Where browsers are sent with the request (HTTP-Redirect binding). */
          entryPoint: issuerUrl,
          /** Certificates that its signatures are checked with, PEM. */
          certificates: z.array(z.string().max(16_384)).min(1).max(8),
          /** Attribute that is the subject. Absent: the NameID, which then must be persistent. */
          subjectAttribute: z.string().min(1).max(255).optional(),
        })
        .optional(),
      claims: claimMappingSchema.optional(),
      /** Where groups come from: what the provider states at login and refresh, or SCIM alone. Default `claims`. */
      groupsSource: z.enum(['claims', 'scim']).optional(),
    })
    .refine(({ oidc, saml }) => (oidc === undefined) !== (saml === undefined), {
      error: 'exactly one of oidc and saml must be given',
    }),
  status: z.object({
    issuer: z.string(),
    hasClientSecret: z.boolean(),
    /** Address to be registered at the provider. */
    callbackUrl: z.url(),
    userCount: z.int(),
    /** Comes from the server's configuration file, which puts it back at each start. */
    isFromConfiguration: z.boolean(),
    scim: z.object({ url: z.url(), tokenIssuedAt: instant.optional() }),
  }),
});
