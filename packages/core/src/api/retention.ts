import { z } from 'zod';
import { AUDIT_EVENT_CATEGORIES } from '../audit-words.ts';
import { parseDuration } from '../duration.ts';
import { instant } from './instant.ts';
import { dnsLabelSchema, idSchema, principalNameSchema } from './names.ts';

/** What retention is set for: categories of audit events, and session recordings with what they hold. */
export const RETAINED = [...AUDIT_EVENT_CATEGORIES, 'recordings'] as const;

/** Something that retention is set for; see {@link RETAINED}. */
export type Retained = (typeof RETAINED)[number];

const SHORTEST_MS = 86_400_000;

/** How long something is kept: a duration of at least a day, or `forever`. */
export const retentionSchema = z.string().superRefine((text, context) => {
  if (text === 'forever') return;
  try {
    if (parseDuration(text) >= SHORTEST_MS) return;
  } catch {
    // Told below, like one that is too short.
  }
  context.addIssue({ code: 'custom', message: 'not a duration of at least a day, such as 365d, and not forever' });
});

/** How long an organization keeps what. What is left out is kept for the default time. */
export const auditRetentionSpecSchema = z.strictObject(
  Object.fromEntries(RETAINED.map((name) => [name, retentionSchema.optional()])) as {
    [Name in Retained]: z.ZodOptional<typeof retentionSchema>;
  },
);

/** How long an organization keeps what. */
export const auditRetentionSchema = z.object({
  metadata: z.object({
    /** `0` while nothing was set. */
    resourceVersion: z.string(),
    updatedAt: instant.optional(),
  }),
  spec: auditRetentionSpecSchema,
  /** What applies, with the defaults. */
  status: z.object({
    effective: z.object(
      Object.fromEntries(RETAINED.map((name) => [name, z.string()])) as { [Name in Retained]: z.ZodString },
    ),
  }),
});

/** What a legal hold keeps. Conditions that are given must all hold; without any it keeps everything of the organization. */
export const legalHoldSelectionSchema = z.strictObject({
  /** User name of a person. */
  principal: principalNameSchema.optional(),
  cluster: dnsLabelSchema.optional(),
  /** What happened at or after. */
  since: instant.optional(),
  /** What happened before. */
  until: instant.optional(),
  accessRequest: idSchema('accessRequest').optional(),
  recording: idSchema('sessionRecording').optional(),
});

const reason = z.string().trim().min(1).max(1_024);

/** An order to keep something whatever retention says. */
export const createLegalHoldSchema = z.strictObject({
  name: dnsLabelSchema,
  reason,
  selection: legalHoldSelectionSchema.default({}),
});

/** The end of a legal hold. */
export const releaseLegalHoldSchema = z.strictObject({ reason });

/** A legal hold. */
export const legalHoldSchema = z.object({
  id: idSchema('legalHold'),
  name: z.string(),
  reason: z.string(),
  selection: z.object({
    principalId: idSchema('principal').optional(),
    /** Absent when the person is gone. */
    principal: z.string().optional(),
    clusterId: idSchema('cluster').optional(),
    /** Absent when the cluster is gone. */
    cluster: z.string().optional(),
    since: instant.optional(),
    until: instant.optional(),
    accessRequest: z.string().optional(),
    recording: z.string().optional(),
  }),
  createdBy: z.string(),
  createdAt: instant,
  released: z.object({ at: instant, by: z.string(), reason: z.string() }).optional(),
});

/** Legal holds, newest first. */
export const legalHoldListSchema = z.object({ items: z.array(legalHoldSchema) });

/** Which legal holds are listed. */
export const legalHoldQuerySchema = z.strictObject({
  /** `all`: those that were released too. */
  state: z.enum(['inForce', 'all']).default('inForce'),
});

/** How long an organization keeps what; see {@link auditRetentionSchema}. */
export type AuditRetention = z.infer<typeof auditRetentionSchema>;
/** How long an organization keeps what, as it is set; see {@link auditRetentionSpecSchema}. */
export type AuditRetentionSpec = z.infer<typeof auditRetentionSpecSchema>;
/** A legal hold; see {@link legalHoldSchema}. */
export type LegalHoldResource = z.infer<typeof legalHoldSchema>;
/** Legal holds; see {@link legalHoldListSchema}. */
export type LegalHoldList = z.infer<typeof legalHoldListSchema>;
/** A legal hold to be ordered; see {@link createLegalHoldSchema}. */
export type CreateLegalHold = z.input<typeof createLegalHoldSchema>;
