import { z } from 'zod';
import { dnsLabelSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';

/** What a channel can be told of. */
export const NOTIFICATION_EVENTS = [
  'accessRequest.created',
  'accessRequest.reviewed',
  'accessRequest.approved',
  'accessRequest.denied',
  'accessRequest.cancelled',
  'accessRequest.expired',
  'accessRequest.brokeGlass',
  'accessRequest.followUpDue',
  'grant.started',
  'grant.ending',
  'grant.ended',
  'accessReview.started',
  'accessReview.reminder',
  'accessReview.closed',
] as const;

const secret = z
  .string()
  .min(1)
  .max(1_024)
  /** Taken and never shown. Absent in an update: the one of before. */
  .optional();
const url = z.url({ protocol: /^https?$/ }).max(2_048);

/** Where people and systems are told of access requests, grants and access reviews, and may answer. */
export const notificationChannelKind = defineKind({
  kind: 'NotificationChannel',
  collection: 'notification-channels',
  permissions: 'notificationChannels',
  idKind: 'notificationChannel',
  name: dnsLabelSchema,
  aliases: ['notificationchannel', 'channel', 'channels'],
  level: 'organization',
  summary: 'Where people and systems are told of access requests, grants and access reviews, and may answer.',
  spec: z
    .strictObject({
      description: textSchema.optional(),
      /** Of what. */
      events: z.array(z.enum(NOTIFICATION_EVENTS)).min(1),
      disabled: z.boolean().optional(),
      /** A Slack app: a bot token to post with, and the signing secret of its interactivity callbacks. */
      slack: z
        .strictObject({ channel: z.string().min(1).max(128), botToken: secret, signingSecret: secret })
        .optional(),
      /** A Microsoft Teams workflow that posts Adaptive Cards; its buttons answer with a signed link of ours. */
      teams: z.strictObject({ webhookUrl: secret }).optional(),
      /** By e-mail, through the SMTP server of the installation. */
      email: z
        .strictObject({
          /** Addresses that are always told. */
          to: z.array(z.email().max(254)).max(64).optional(),
          /** Tells those whom it concerns besides: reviewers of what waits for them, requesters of what became of it. */
          concerned: z.boolean().optional(),
        })
        .optional(),
      /** Signed JSON (Standard Webhooks) to a URL; the same secret signs what comes back. */
      webhook: z
        .strictObject({
          url,
          secret,
          /** `standard`: our own form. The others: that of the named product's inbound API. */
          format: z.enum(['standard', 'pagerduty', 'servicenow', 'jira']).optional(),
          /** Given: answers of the receiver count as reviews of this service account. */
          reviewsAs: dnsLabelSchema.optional(),
        })
        .optional(),
    })
    .refine(({ slack, teams, email, webhook }) => [slack, teams, email, webhook].filter(Boolean).length === 1, {
      error: 'name one of slack, teams, email and webhook',
    }),
  status: z.object({
    /** What waits to be delivered, or to be tried again. */
    pendingCount: z.int().min(0),
    /** What was given up. */
    deadCount: z.int().min(0),
    lastDeliveredAt: z.string().optional(),
    lastError: z.string().optional(),
  }),
});
