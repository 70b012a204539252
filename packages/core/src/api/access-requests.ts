import { z } from 'zod';
import { instant } from './instant.ts';
import { scopeSchema } from './kinds/binding.ts';
import { dnsLabelSchema, durationSchema, idSchema, principalNameSchema, textSchema } from './names.ts';
import { pageMetadataSchema } from './resource.ts';

/** States of an access request. All but `pending` are final. */
export const ACCESS_REQUEST_STATES = ['pending', 'approved', 'denied', 'cancelled', 'expired'] as const;

/** States of a grant. The last two are final. */
export const GRANT_STATES = ['scheduled', 'active', 'expired', 'revoked'] as const;

const word = z.string().min(1).max(253);

/** One Kubernetes object that access is narrowed to, subresources included; lists are not. */
export const grantedObjectSchema = z.strictObject({
  /** Absent: the core group. */
  apiGroup: word.optional(),
  /** Plural, as in RBAC: `pods`. */
  resource: word,
  /** Absent: an object of the cluster. */
  namespace: dnsLabelSchema.optional(),
  name: word,
});

/** Where access is asked for; an installation is nothing to ask for. */
const placeSchema = scopeSchema.refine(({ kind }) => kind !== 'installation', { error: 'name clusters' });

/** Text of a person, shown to others: one line at the least, without control characters but line breaks. */
export const saidSchema = z
  .string()
  .trim()
  .min(1)
  .max(1_024)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  .regex(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$/, 'holds control characters');

/** Asks for a role for a while. */
export const createAccessRequestSchema = z.strictObject({
  role: dnsLabelSchema,
  scope: placeSchema,
  /** Given: only these objects within the scope. */
  objects: z.array(grantedObjectSchema).min(1).max(32).optional(),
  duration: durationSchema,
  /** Why, for the reviewers. */
  reason: saidSchema,
  /** Id of a ticket. */
  ticket: saidSchema.max(128).optional(),
  /** When the grant is to start. Absent: once it is approved. */
  startsAt: instant.optional(),
  /** Request policy to ask under. Absent: of those that let one, the one that asks for the fewest approvals. */
  policy: dnsLabelSchema.optional(),
  /** Reviewers to be told in particular, by user name. They review nothing that others could not. */
  suggestedReviewers: z.array(principalNameSchema).max(16).optional(),
  /** Takes the role at once; the request policy must say that one may, and the use is reviewed afterwards. */
  breakGlass: z.boolean().optional(),
});

/** Asks for more time under a grant; all else is that of the grant. */
export const renewGrantSchema = z.strictObject({ duration: durationSchema, reason: saidSchema });

/** One reviewer's verdict on an access request. */
export const reviewAccessRequestSchema = z.strictObject({
  verdict: z.enum(['approve', 'deny']),
  /** Demanded for a denial. */
  reason: saidSchema.optional(),
  /**
   * `contentSha256` of the request as the reviewer saw it: an approval of anything else is refused. Demanded for an approval.
   */
  contentSha256: z.hex().length(64).optional(),
  /** With an approval: a shorter time than was asked for. Approvals of before were for more, and don't count any longer. */
  duration: durationSchema.optional(),
});

/** Ends something early, with the reason. */
export const endWithReasonSchema = z.strictObject({ reason: saidSchema.optional() });

/** What the follow-up review of a break-glass use came to. */
export const followUpSchema = z.strictObject({ verdict: z.enum(['justified', 'unjustified']), reason: saidSchema });

/** Grants a role for a while without a request. */
export const createGrantSchema = z.strictObject({
  user: principalNameSchema,
  role: dnsLabelSchema,
  scope: placeSchema,
  objects: z.array(grantedObjectSchema).min(1).max(32).optional(),
  duration: durationSchema,
  reason: saidSchema,
  startsAt: instant.optional(),
});

/** A review as it is shown. */
const reviewSchema = z.object({
  id: idSchema('review'),
  reviewer: z.string(),
  verdict: z.enum(['approve', 'deny']),
  /** Index of the step that it was for. */
  step: z.int().min(0),
  reason: z.string().optional(),
  at: instant,
  /** Whether it counts: `false` for an approval of what the request no longer is. */
  counts: z.boolean(),
});

/** A grant: a role of one principal within a scope for a while. */
export const grantSchema = z.object({
  id: idSchema('grant'),
  state: z.enum(GRANT_STATES),
  user: z.string(),
  role: z.string(),
  scope: scopeSchema,
  objects: z.array(grantedObjectSchema).optional(),
  reason: z.string(),
  createdAt: instant,
  startsAt: instant,
  endsAt: instant,
  /** When it ended, if before `endsAt`, and why. */
  endedAt: instant.optional(),
  endedBy: z.string().optional(),
  endedReason: z.string().optional(),
  /** The request that it comes from; absent for one that was granted directly. */
  requestId: idSchema('accessRequest').optional(),
  /** The grant that it prolongs. */
  renews: idSchema('grant').optional(),
  isBreakGlass: z.boolean(),
  /** What the caller may do about it now. */
  may: z.object({ revoke: z.boolean(), renew: z.boolean() }),
});

/** An access request as it is shown. */
export const accessRequestSchema = z.object({
  id: idSchema('accessRequest'),
  state: z.enum(ACCESS_REQUEST_STATES),
  requester: z.string(),
  role: z.string(),
  scope: scopeSchema,
  objects: z.array(grantedObjectSchema).optional(),
  duration: z.string(),
  startsAt: instant.optional(),
  reason: z.string(),
  ticket: z.string().optional(),
  /** Name of its request policy. */
  policy: z.string(),
  suggestedReviewers: z.array(z.string()),
  createdAt: instant,
  /** When it expires unless it is decided before. */
  pendingUntil: instant,
  /**
   * SHA-256 over all that an approval binds: who asks for what, where, for how long and why, and what role and request policy
   * say at this moment.
   */
  contentSha256: z.string(),
  /** The steps of its review in order, with how many approvals each has by now. */
  steps: z.array(
    z.object({
      name: z.string().optional(),
      reviewers: z.array(z.string()),
      approvals: z.int(),
      given: z.int(),
    }),
  ),
  /** Index of the step that it waits for; absent when it waits for none. */
  step: z.int().optional(),
  reviews: z.array(reviewSchema),
  resolvedAt: instant.optional(),
  resolvedBy: z.string().optional(),
  resolvedReason: z.string().optional(),
  grant: z
    .object({ id: idSchema('grant'), state: z.enum(GRANT_STATES), startsAt: instant, endsAt: instant })
    .optional(),
  renews: idSchema('grant').optional(),
  isBreakGlass: z.boolean(),
  followUp: z
    .object({
      state: z.enum(['due', 'justified', 'unjustified']),
      dueAt: instant,
      reviewer: z.string().optional(),
      reason: z.string().optional(),
      at: instant.optional(),
    })
    .optional(),
  /** What the caller may do about it now. */
  may: z.object({ review: z.boolean(), cancel: z.boolean(), followUp: z.boolean() }),
});

/** Query of the listing of access requests. */
export const accessRequestQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  continue: z.string().max(1_024).optional(),
  /** States, separated by commas. Absent: all. */
  state: z
    .string()
    .max(128)
    .refine((text) => text.split(',').every((state) => (ACCESS_REQUEST_STATES as readonly string[]).includes(state)), {
      error: `name some of ${ACCESS_REQUEST_STATES.join(', ')}`,
    })
    .optional(),
  /** `mine`: the caller's own. `toReview`: those that wait for the caller. Absent: all that the caller may see. */
  view: z.enum(['mine', 'toReview', 'followUp']).optional(),
  /** Only those of one user. */
  user: principalNameSchema.optional(),
  role: dnsLabelSchema.optional(),
});

/** Query of the listing of grants. */
export const grantQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  continue: z.string().max(1_024).optional(),
  /** States, separated by commas. Absent: all. */
  state: z
    .string()
    .max(128)
    .refine((text) => text.split(',').every((state) => (GRANT_STATES as readonly string[]).includes(state)), {
      error: `name some of ${GRANT_STATES.join(', ')}`,
    })
    .optional(),
  /** `mine`: the caller's own. Absent: all that the caller may see. */
  view: z.enum(['mine']).optional(),
  user: principalNameSchema.optional(),
  role: dnsLabelSchema.optional(),
});

/** Query of what the caller may ask for. */
export const requestableQuerySchema = z.strictObject({
  /** Only what can be asked for on this cluster. */
  cluster: dnsLabelSchema.optional(),
  namespace: dnsLabelSchema.optional(),
});

/** What the caller may ask for: a role under a request policy. */
export const requestableListSchema = z.object({
  items: z.array(
    z.object({
      role: z.string(),
      policy: z.string(),
      description: textSchema.optional(),
      scope: scopeSchema,
      maxDuration: z.string(),
      maxTotalDuration: z.string(),
      ticketPattern: z.string().optional(),
      /** How many approvals it takes in all. */
      approvals: z.int(),
      /** Whether some of it is approved at once. */
      mayAutoApprove: z.boolean(),
      breakGlass: z.object({ maxDuration: z.string() }).optional(),
    }),
  ),
});

/** Access requests, newest first. `totalCount` counts up to 1,000. */
export const accessRequestListSchema = z.object({
  items: z.array(accessRequestSchema),
  metadata: pageMetadataSchema,
});

/** Grants, newest first. `totalCount` counts up to 1,000. */
export const grantListSchema = z.object({ items: z.array(grantSchema), metadata: pageMetadataSchema });

/** Asks for access; see {@link createAccessRequestSchema}. */
export type CreateAccessRequest = z.input<typeof createAccessRequestSchema>;
/** Asks for more time; see {@link renewGrantSchema}. */
export type RenewGrant = z.input<typeof renewGrantSchema>;
/** A verdict; see {@link reviewAccessRequestSchema}. */
export type ReviewAccessRequest = z.input<typeof reviewAccessRequestSchema>;
/** What a follow-up review came to; see {@link followUpSchema}. */
export type FollowUp = z.input<typeof followUpSchema>;
/** Grants without a request; see {@link createGrantSchema}. */
export type CreateGrant = z.input<typeof createGrantSchema>;
/** One object; see {@link grantedObjectSchema}. */
export type GrantedObjectSpec = z.infer<typeof grantedObjectSchema>;
/** An access request; see {@link accessRequestSchema}. */
export type AccessRequestResource = z.infer<typeof accessRequestSchema>;
/** Access requests; see {@link accessRequestListSchema}. */
export type AccessRequestList = z.infer<typeof accessRequestListSchema>;
/** A grant; see {@link grantSchema}. */
export type GrantResource = z.infer<typeof grantSchema>;
/** Grants; see {@link grantListSchema}. */
export type GrantList = z.infer<typeof grantListSchema>;
/** What can be asked for; see {@link requestableListSchema}. */
export type RequestableList = z.infer<typeof requestableListSchema>;
