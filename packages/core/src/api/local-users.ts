import { z } from 'zod';
import { instant } from './instant.ts';
import { durationSchema, idSchema as id, principalNameSchema } from './names.ts';

/** What asking for an invitation takes. */
export const inviteUserSchema = z
  .strictObject({
    /** How long the link is good for. Default 7d, at most 30d. */
    lifetime: durationSchema.optional(),
  })
  .default({});

/** Whom to make the first owner of an organization. */
export const inviteOwnerSchema = z.strictObject({ name: principalNameSchema });

/** A link by which a local user sets up what they sign in with: shown once, good once. */
export const localLinkSchema = z.object({
  /** To be handed to the person and nobody else. Its secret stands in the fragment. */
  link: z.url(),
  expiresAt: instant,
});

/** A recovery link, with how many login sessions the reset ended. */
export const resetUserSchema = localLinkSchema.extend({ endedCount: z.int().min(0) });

/** A passkey: what it is, nothing that could be used. */
export const passkeySchema = z.object({
  id: id('passkey'),
  displayName: z.string(),
  /** Kept by a password manager or a platform account, so that it can leave its device. */
  isSynced: z.boolean(),
  createdAt: instant,
  lastUsedAt: instant.optional(),
});

/** What a local user signs in with. */
export const factorsSchema = z.object({
  hasPassword: z.boolean(),
  /** The password must be replaced at the next login. */
  mustChangePassword: z.boolean(),
  /** Has a code app. */
  hasTotp: z.boolean(),
  recoveryCodesLeft: z.int().min(0),
  passkeys: z.array(passkeySchema),
});

/** Options for `navigator.credentials.create`, as JSON. */
export const passkeyOptionsSchema = z.object({ options: z.looseObject({}) });

/** The answer of an authenticator, as JSON. */
export const addPasskeySchema = z.strictObject({
  answer: z.looseObject({}),
  displayName: z.string().max(64).optional(),
});

/** A secret for a code app, shown once; it counts once a code proves that the app has it. */
export const totpSecretSchema = z.object({
  /** Base32. */
  secret: z.string(),
  /** `otpauth:` address with the secret, for apps that take one. */
  address: z.string(),
});

/** A code of the app. */
export const confirmTotpSchema = z.strictObject({ code: z.string().max(16) });

/** Recovery codes, shown once; each stands in once for a code of the app. Earlier ones are void. */
export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()) });

/** A new password. */
export const setPasswordSchema = z.strictObject({ password: z.string().max(1_024) });

/** What asking for an invitation takes; see {@link inviteUserSchema}. */
export type InviteUser = z.infer<typeof inviteUserSchema>;
/** A link for a local user, shown this once; see {@link localLinkSchema}. */
export type LocalLinkResource = z.infer<typeof localLinkSchema>;
/** A recovery link; see {@link resetUserSchema}. */
export type ResetUser = z.infer<typeof resetUserSchema>;
/** A passkey; see {@link passkeySchema}. */
export type PasskeyResource = z.infer<typeof passkeySchema>;
/** What a local user signs in with; see {@link factorsSchema}. */
export type Factors = z.infer<typeof factorsSchema>;
/** The answer of an authenticator; see {@link addPasskeySchema}. */
export type AddPasskey = z.infer<typeof addPasskeySchema>;
/** A secret for a code app; see {@link totpSecretSchema}. */
export type TotpSecret = z.infer<typeof totpSecretSchema>;
/** Recovery codes, shown this once; see {@link recoveryCodesSchema}. */
export type RecoveryCodes = z.infer<typeof recoveryCodesSchema>;
