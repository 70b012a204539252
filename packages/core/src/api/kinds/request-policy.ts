import { z } from 'zod';
import { dnsLabelSchema, durationSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { conditionSchema, scopeSchema, subjectSchema } from './binding.ts';

/** Who reviews: whoever holds `accessRequests.review` on all that is asked for, or these. */
const reviewersSchema = z.union([z.literal('permitted'), z.array(subjectSchema).min(1).max(1_000)]);

/** What is requestable: who may ask for which roles where and for how long, and who reviews. */
export const requestPolicyKind = defineKind({
  kind: 'RequestPolicy',
  collection: 'request-policies',
  permissions: 'requestPolicies',
  idKind: 'requestPolicy',
  name: dnsLabelSchema,
  aliases: ['requestpolicy'],
  level: 'organization',
  summary: 'Who may ask for which roles where and for how long, and who reviews.',
  spec: z.strictObject({
    description: textSchema.optional(),
    /** Who may ask. Absence is never everyone: that is said aloud. */
    requesters: z.union([z.literal('everyone'), z.array(subjectSchema).min(1).max(1_000)]),
    /** Roles that may be asked for. */
    roles: z.array(dnsLabelSchema).min(1).max(64),
    /** Where at most: a request names a place within it. */
    scope: scopeSchema,
    /** Longest life of one grant, at most 30d. */
    maxDuration: durationSchema,
    /** Longest life of a grant with all its renewals. Absent: `maxDuration`, so that there are none. */
    maxTotalDuration: durationSchema.optional(),
    /** How far ahead a grant may be scheduled. Absent: 7d. */
    maxStartDelay: durationSchema.optional(),
    /** How long a request waits for its reviews. Absent: 24h. */
    pendingFor: durationSchema.optional(),
    /** Given: a ticket id must be named, and match this whole (RE2). */
    ticketPattern: z.string().min(1).max(256).optional(),
    /** CEL over who asks and what for: the policy counts only while it is true. Absent: always. */
    condition: conditionSchema.optional(),
    /** One after the other; a request is approved when every step has its approvals. One denial denies. */
    steps: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(64).optional(),
          reviewers: reviewersSchema,
          /** Approvals by different people. Absent: 1. */
          approvals: z.int().min(1).max(20).optional(),
          /** CEL over the reviewer and the request, e.g. who is on call by a claim: a review counts only while it is true. */
          condition: conditionSchema.optional(),
        }),
      )
      .min(1)
      .max(8),
    /** CEL over who asks and what for: what it is true for is approved at once, without a reviewer. Absent: nothing. */
    autoApprove: conditionSchema.optional(),
    /** Given: the roles may be taken at once in an emergency, and every use is reviewed afterwards. */
    breakGlass: z
      .strictObject({
        /** Longest life of such a grant. */
        maxDuration: durationSchema,
        /** How often one person may do so in 24 hours. Absent: 3. */
        maxPerDay: z.int().min(1).max(100).optional(),
        /** When the follow-up review is overdue; until it is done that person does not do so again. Absent: 24h. */
        followUpWithin: durationSchema.optional(),
        /** Who does the follow-up review. */
        reviewers: reviewersSchema,
      })
      .optional(),
  }),
  status: z.object({}),
});
