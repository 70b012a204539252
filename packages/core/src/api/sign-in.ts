import { z } from 'zod';

/** How a way to sign in works: OpenID Connect, SAML 2.0, or a user of this server. */
export const SIGN_IN_METHOD_KINDS = ['oidc', 'saml', 'local'] as const;

/** One way to sign in, as the sign-in page offers it to anybody: nothing of how the provider is reached, or of who uses it. */
export const signInMethodSchema = z.object({
  kind: z.enum(SIGN_IN_METHOD_KINDS),
  /** Name of the organization that it leads into. */
  organization: z.string(),
  /** Name of the identity provider; absent for local users. */
  name: z.string().optional(),
  displayName: z.string(),
});

/** Ways to sign in: providers first, by organization and name. */
export const signInMethodListSchema = z.object({
  items: z.array(signInMethodSchema),
  /** Whether browsers have passkeys at this server's address; at a bare IP address they have none. */
  hasPasskeys: z.boolean(),
});

/** Narrows the ways to sign in. A name that nobody has yields none, as an organization without any does. */
export const signInMethodQuerySchema = z.strictObject({ organization: z.string().max(63).optional() });

/** A way to sign in; see {@link signInMethodSchema}. */
export type SignInMethod = z.infer<typeof signInMethodSchema>;
/** Ways to sign in; see {@link signInMethodListSchema}. */
export type SignInMethodList = z.infer<typeof signInMethodListSchema>;
