import { z } from 'zod';
import { saidSchema } from './access-requests.ts';
import { instant } from './instant.ts';
import { scopeSchema, subjectSchema } from './kinds/binding.ts';
import { dnsLabelSchema, durationSchema, idSchema, textSchema } from './names.ts';
import { pageMetadataSchema } from './resource.ts';

/** States of an access review. */
export const ACCESS_REVIEW_STATES = ['open', 'closed'] as const;

/** States of one thing that an access review asks about. All but `pending` are final. */
export const ACCESS_REVIEW_ITEM_STATES = ['pending', 'attested', 'removed', 'skipped'] as const;

/** Media types of reports, by the word for each. `json` has one JSON document on each line. */
export const ACCESS_REVIEW_REPORT_FORMATS = { csv: 'text/csv', json: 'application/x-ndjson' } as const;

/** What an access review asks about: standing bindings, grants, or both. */
const aboutSchema = z.enum(['bindings', 'grants', 'both']);

/** Who answers: whoever may take the access away anyway (see `createAccessReviewSchema`), or these. */
const reviewersSchema = z.union([z.literal('permitted'), z.array(subjectSchema).min(1).max(1_000)]);

/** Starts an access review: what is in its scope at that moment becomes its items. */
export const createAccessReviewSchema = z
  .strictObject({
    /** Unique in the organization, e.g. `2026-q4`. */
    name: dnsLabelSchema,
    description: textSchema.optional(),
    /** Bindings and grants whose own scope is within this one are asked about. */
    scope: scopeSchema,
    about: aboutSchema.default('both'),
    /** Only what gives one of these roles. Absent: any role. */
    roles: z.array(dnsLabelSchema).min(1).max(64).optional(),
    /**
     * `permitted`: whoever holds `bindings.update` (about a binding) or `grants.revoke` (about a grant) on all that it reaches, so
     * that the administrators of a project answer for their project.
     */
    reviewers: reviewersSchema.default('permitted'),
    /** How long it is open, 1h to 365d; or say `dueAt`. */
    duration: durationSchema.optional(),
    /** When it closes by itself. */
    dueAt: instant.optional(),
    /** How often reviewers are reminded while something is pending, at least 1h. Absent: never by itself. */
    remindEvery: durationSchema.optional(),
    /** What becomes, at the close, of what nobody answered. */
    onUnanswered: z.enum(['keep', 'remove']).default('keep'),
  })
  .refine(({ duration, dueAt }) => (duration === undefined) !== (dueAt === undefined), {
    error: 'name either duration or dueAt',
    path: ['duration'],
  });

/** One reviewer's answer about one thing. */
export const decideAccessReviewItemSchema = z.strictObject({
  verdict: z.enum(['attest', 'remove']),
  /** Demanded for a removal. */
  reason: saidSchema.optional(),
});

const countSchema = z.int().min(0);

/** An access review as it is shown. */
export const accessReviewSchema = z.object({
  id: idSchema('accessReview'),
  name: z.string(),
  description: z.string().optional(),
  state: z.enum(ACCESS_REVIEW_STATES),
  scope: scopeSchema,
  about: aboutSchema,
  roles: z.array(z.string()).optional(),
  reviewers: reviewersSchema,
  createdAt: instant,
  createdBy: z.string(),
  dueAt: instant,
  remindEvery: z.string().optional(),
  onUnanswered: z.enum(['keep', 'remove']),
  closedAt: instant.optional(),
  /** Absent when its time closed it. */
  closedBy: z.string().optional(),
  /** How many items are in each state. */
  items: z.object({
    pending: countSchema,
    attested: countSchema,
    removed: countSchema,
    skipped: countSchema,
  }),
  /** What the caller may do about it now. */
  may: z.object({ remind: z.boolean(), close: z.boolean() }),
});

/** One thing that an access review asks about, as it was when the review started. */
export const accessReviewItemSchema = z.object({
  id: idSchema('accessReviewItem'),
  kind: z.enum(['binding', 'grant']),
  /** Name of the binding. */
  binding: z.string().optional(),
  /** Id of the grant, with when it is to end. */
  grant: z.object({ id: idSchema('grant'), endsAt: instant }).optional(),
  /** Who has the access by it. */
  subject: subjectSchema,
  role: z.string(),
  scope: scopeSchema,
  /** CEL under which the binding counts. */
  condition: z.string().optional(),
  state: z.enum(ACCESS_REVIEW_ITEM_STATES),
  answeredAt: instant.optional(),
  answeredBy: z.string().optional(),
  /** Why: what the reviewer said, or why it was skipped. */
  reason: z.string().optional(),
  /** What the caller may do about it now. */
  may: z.object({ answer: z.boolean() }),
});

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(100),
  continue: z.string().max(1_024).optional(),
};

/** Query of the listing of access reviews. */
export const accessReviewQuerySchema = z.strictObject({
  ...pageQuery,
  state: z.enum(ACCESS_REVIEW_STATES).optional(),
  /** `mine`: open ones in which the caller is a reviewer. Absent: all that the caller may see. */
  view: z.enum(['mine']).optional(),
});

/** Query of the listing of items. */
export const accessReviewItemQuerySchema = z.strictObject({
  ...pageQuery,
  state: z.enum(ACCESS_REVIEW_ITEM_STATES).optional(),
  /** `mine`: those that wait for the caller. Absent: all that the caller may see. */
  view: z.enum(['mine']).optional(),
});

/** Query of the report. */
export const accessReviewReportQuerySchema = z.strictObject({
  format: z.enum(['csv', 'json']).default('json'),
});

/** Access reviews, newest first. `totalCount` counts up to 1,000. */
export const accessReviewListSchema = z.object({
  items: z.array(accessReviewSchema),
  metadata: pageMetadataSchema,
});

/** Items, the last ones first. `totalCount` counts up to 1,000, or what is shown among the first 2,000. */
export const accessReviewItemListSchema = z.object({
  items: z.array(accessReviewItemSchema),
  metadata: pageMetadataSchema,
});

/** Starts an access review; see {@link createAccessReviewSchema}. */
export type CreateAccessReview = z.input<typeof createAccessReviewSchema>;
/** An answer; see {@link decideAccessReviewItemSchema}. */
export type DecideAccessReviewItem = z.input<typeof decideAccessReviewItemSchema>;
/** An access review; see {@link accessReviewSchema}. */
export type AccessReviewResource = z.infer<typeof accessReviewSchema>;
/** One thing that is asked about; see {@link accessReviewItemSchema}. */
export type AccessReviewItemResource = z.infer<typeof accessReviewItemSchema>;
/** Access reviews; see {@link accessReviewListSchema}. */
export type AccessReviewList = z.infer<typeof accessReviewListSchema>;
/** Items; see {@link accessReviewItemListSchema}. */
export type AccessReviewItemList = z.infer<typeof accessReviewItemListSchema>;
