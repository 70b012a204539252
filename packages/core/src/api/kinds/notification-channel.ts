import { z } from 'zod';
import { instant } from '../instant.ts';
import { dnsLabelSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { receiverAddressSchema as address, sealedSecretSchema as secret, WEBHOOK_SECRET } from './receivers.ts';

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
  'accessRequest.followedUp',
  'grant.started',
  'grant.ending',
  'grant.ended',
  'accessReview.started',
  'accessReview.reminder',
  'accessReview.closed',
] as const;

/** Where a channel may lead. */
export const NOTIFICATION_CHANNEL_TYPES = [
  'slack',
  'teams',
  'teamsBot',
  'email',
  'webhook',
  'pagerDuty',
  'serviceNow',
  'jira',
] as const;

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
      /** Nothing is sent, and no answer is taken. */
      disabled: z.boolean().optional(),
      /** A Slack app that posts to one channel. */
      slack: z
        .strictObject({
          /** Id of the channel, as `C0123456789`; names work where the app can see them. */
          channel: z.string().min(1).max(128),
          /** Token of the bot that posts. */
          botToken: secret,
          /** Given: messages have buttons, and what people press is taken when it is signed with this. */
          signingSecret: secret,
          /** Where the API is. Default `https://slack.com/api`. */
          apiUrl: address.optional(),
        })
        .optional(),
      /** A Microsoft Teams workflow that posts Adaptive Cards. Its address is a secret by itself. */
      teams: z.strictObject({ webhookUrl: secret }).optional(),
      /** A bot of Microsoft Teams that posts to one channel, and takes what people press. */
      teamsBot: z
        .strictObject({
          /** Application (client) id of the bot. */
          appId: z.guid(),
          /** Client secret of the application. */
          appPassword: secret,
          /** Id of the directory that the bot and its people are of. */
          tenant: z.guid(),
          /** Id of the channel, as `19:…@thread.tacv2`. */
          channel: z.string().regex(/^19:[^\s/?#]{1,500}$/, 'is not the id of a channel'),
          /** Where the directory's tokens come from. Default `https://login.microsoftonline.com`. */
          loginUrl: address.optional(),
          /** Where the Bot Connector is. Default `https://smba.trafficmanager.net/teams`. */
          serviceUrl: address.optional(),
          /** Where the Bot Framework says what it signs with. Default that of the public cloud. */
          openIdUrl: address.optional(),
        })
        .optional(),
      /** By e-mail, through the SMTP server of the installation. */
      email: z
        .strictObject({
          /** Addresses that are always told. */
          to: z.array(z.email().max(254)).max(64).optional(),
          /** Tells those whom it concerns: reviewers of what waits for them, requesters of what became of it. */
          concerned: z.boolean().optional(),
        })
        .optional(),
      /** Signed JSON (Standard Webhooks) to a URL. */
      webhook: z
        .strictObject({
          url: address,
          /** `whsec_` and 24 to 64 bytes in base64; signs what is sent, and what comes back. */
          secret: z.string().regex(WEBHOOK_SECRET, 'is not whsec_ and 24 to 64 bytes in base64').optional(),
          /** Service account: signed answers of the receiver count as its reviews. Absent: none is taken. */
          reviewsAs: dnsLabelSchema.optional(),
        })
        .optional(),
      /** An alert of PagerDuty (Events API v2) for as long as something waits. */
      pagerDuty: z
        .strictObject({
          /** Integration key of the service. */
          routingKey: secret,
          /** Default `https://events.pagerduty.com/v2/enqueue`. */
          url: address.optional(),
        })
        .optional(),
      /** A record of ServiceNow (table API), with what follows as its work notes. */
      serviceNow: z
        .strictObject({
          /** Address of the instance. */
          url: address,
          /** Default `incident`. */
          table: z.enum(['incident', 'sc_request']).optional(),
          user: z.string().min(1).max(128),
          password: secret,
        })
        .optional(),
      /** An issue of Jira, with what follows as its comments. */
      jira: z
        .strictObject({
          /** Address of the site. */
          url: address,
          /** Key of the project. */
          project: z.string().regex(/^[A-Z][A-Z0-9_]{0,31}$/, 'is not a project key'),
          /** Default `Task`. */
          issueType: z.string().min(1).max(64).optional(),
          user: z.string().min(1).max(254),
          apiToken: secret,
        })
        .optional(),
    })
    .refine((spec) => NOTIFICATION_CHANNEL_TYPES.filter((type) => spec[type] !== undefined).length === 1, {
      error: 'name exactly one of slack, teams, teamsBot, email, webhook, pagerDuty, serviceNow and jira',
    }),
  status: z.object({
    /** What waits to be delivered, or to be tried again. */
    pendingCount: z.int().min(0),
    /** What was given up, and can be sent again by command. */
    deadCount: z.int().min(0),
    lastDeliveredAt: instant.optional(),
    /** Why the last try failed, unless something was delivered since. */
    lastError: z.string().optional(),
    /** Names of the secrets that it has. */
    secrets: z.array(z.string()),
    /** Where answers of people or systems are taken; absent when none are. */
    callbackUrl: z.url().optional(),
  }),
});

/** What a channel can be told of; see {@link NOTIFICATION_EVENTS}. */
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];
/** Where a channel may lead; see {@link NOTIFICATION_CHANNEL_TYPES}. */
export type NotificationChannelType = (typeof NOTIFICATION_CHANNEL_TYPES)[number];
