import { z } from 'zod';
import { AUDIT_CHANGES } from '../../access-settings.ts';
import { durationSchema, ipRangeSchema } from '../names.ts';

/**
 * Settings that may stand on an organization, a project, a cluster and a user. All levels apply together and the strictest
 * wins: lifetimes are the shortest, prohibitions add up, an address must be in the ranges of every level.
 */
export const settingsSchema = z.strictObject({
  /** Longest life of a kube credential. */
  credentialLifetime: durationSchema.optional(),
  /** Kube credentials are minted and work only while the person also has a live web session. */
  requireWebSession: z.boolean().optional(),
  /** No kubectl in the browser. */
  disableWebKubectl: z.boolean().optional(),
  /** No kubectl from outside: kube credentials are neither minted nor taken. */
  disableCliKubectl: z.boolean().optional(),
  /** Secrets are read only by those whose ceiling is that of an administrator of the namespace or cluster. */
  secretsForAdminsOnly: z.boolean().optional(),
  /** Addresses that requests may come from. */
  ipRanges: z.array(ipRangeSchema).min(1).max(256).optional(),
  /** Terminals must be recorded, else they don't open. */
  requireRecording: z.boolean().optional(),
  /** What is typed into recorded terminals is recorded as well: passwords, too. */
  recordStdin: z.boolean().optional(),
  /**
   * What audit events keep of the objects that writes change: nothing, a patch with secrets masked, or also the body as it was
   * sent, masked. Of several levels, the one that keeps most applies. Default `patch`.
   */
  auditChanges: z.enum(AUDIT_CHANGES).optional(),
  /** How fresh and how strong the login must be. */
  stepUp: z
    .strictObject({
      /** Longest time since the person proved who they are. */
      maxAge: durationSchema.optional(),
      /** Authentication context classes of which one is needed (OpenID Connect `acr`). */
      acr: z.array(z.string().min(1).max(255)).min(1).max(16).optional(),
      /** Authentication methods that are all needed (RFC 8176), e.g. `mfa` or `hwk`. */
      amr: z.array(z.string().min(1).max(64)).min(1).max(16).optional(),
    })
    .optional(),
});

/** Settings of one level; see {@link settingsSchema}. */
export type Settings = z.infer<typeof settingsSchema>;

/** Settings that only a whole organization has, beside {@link settingsSchema}. */
export const organizationSettingsSchema = settingsSchema.extend({
  /** Longest life of a login session. Default 12h. */
  loginSessionLifetime: durationSchema.optional(),
  /** Longest rest of a login session: unused for longer, it ends. Absent: none. */
  loginSessionIdle: durationSchema.optional(),
  /** No local users: invitations, passwords, passkeys and recovery are refused. */
  disableLocalUsers: z.boolean().optional(),
});

/** Settings of a whole organization; see {@link organizationSettingsSchema}. */
export type OrganizationSettings = z.infer<typeof organizationSettingsSchema>;
