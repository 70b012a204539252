import { z } from 'zod';
import { AUDIT_EVENT_CATEGORIES, AUDIT_EVENT_SEVERITIES } from '../../audit-words.ts';
import { instant } from '../instant.ts';
import { dnsLabelSchema, durationSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { receiverAddressSchema as address, sealedSecretSchema as secret, WEBHOOK_SECRET } from './receivers.ts';

/** Where a sink may lead. */
export const AUDIT_SINK_TYPES = ['webhook', 'syslog', 'otlp', 's3'] as const;

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$|^[0-9A-Fa-f:.]{2,45}$/;
const json = z.enum(['json', 'ocsf']);
const format = z.enum(['json', 'ocsf', 'cef']);

/** Where audit events of an organization are sent as they happen, beside the database. */
export const auditSinkKind = defineKind({
  kind: 'AuditSink',
  collection: 'audit-sinks',
  permissions: 'auditSinks',
  idKind: 'auditSink',
  name: dnsLabelSchema,
  aliases: ['auditsink', 'sink', 'sinks'],
  level: 'organization',
  summary: 'Where audit events of the organization are sent as they happen, beside the database.',
  spec: z
    .strictObject({
      description: textSchema.optional(),
      /** Nothing is sent. What happens meanwhile is sent once it is enabled again, within its bounds. */
      disabled: z.boolean().optional(),
      /** Absent: all. */
      categories: z.array(z.enum(AUDIT_EVENT_CATEGORIES)).min(1).optional(),
      /** Events that matter less are left out. Default `info`: none is. */
      minSeverity: z.enum(AUDIT_EVENT_SEVERITIES).optional(),
      /**
       * `required`: while the sink is further behind than its bounds, requests to clusters are refused. `bestEffort`: then
       * events are skipped, which is audited. Default `bestEffort`.
       */
      delivery: z.enum(['required', 'bestEffort']).optional(),
      /** Events of the log that it may be behind. Default 10,000 when required, else 1,000,000. */
      maxEventsBehind: z.int().min(100).max(100_000_000).optional(),
      /** Age that what was not delivered may have. Default `5m` when required, else `24h`. */
      maxTimeBehind: durationSchema.optional(),
      /** Signed batches (Standard Webhooks) to a URL. */
      webhook: z
        .strictObject({
          url: address,
          /** `whsec_` and 24 to 64 bytes in base64. */
          secret: z.string().regex(WEBHOOK_SECRET, 'is not whsec_ and 24 to 64 bytes in base64').optional(),
          /** Default `json`. */
          format: format.optional(),
          /** Lines, or one JSON array. Default `ndjson`. */
          body: z.enum(['ndjson', 'array']).optional(),
        })
        .optional(),
      /** Messages of RFC 5424. */
      syslog: z
        .strictObject({
          host: z.string().regex(HOST, 'is no host name or address'),
          /** Default 6514 for `tls`, 601 for `tcp`, 514 for `udp`. */
          port: z.int().min(1).max(65_535).optional(),
          /** Default `tls`. */
          protocol: z.enum(['tls', 'tcp', 'udp']).optional(),
          /** Authorities that the receiver's certificate may be of, PEM. Default: those of the system. */
          ca: z.string().max(65_536).optional(),
          /** Default `json`. */
          format: format.optional(),
          /** Numerical code of the facility. Default 13, `log audit`. */
          facility: z.int().min(0).max(23).optional(),
          /** Private enterprise number of the structured data. Default 32473, which is set aside for examples. */
          enterpriseNumber: z.int().min(1).max(4_294_967_295).optional(),
          /** Longest message, in bytes. Default 2,048 over UDP, else 65,536. Longer ones go without their text. */
          maxMessageBytes: z.int().min(2_048).max(1_048_576).optional(),
        })
        .optional(),
      /** OpenTelemetry logs, OTLP over HTTP with JSON. */
      otlp: z
        .strictObject({
          /** With its path, as `https://collector.example/v1/logs`. */
          url: address,
          /** Value of the header `Authorization`. */
          authorization: secret,
          /** Attributes of the resource, beside `service.name`. */
          resource: z.record(z.string().min(1).max(128), z.string().max(1_024)).optional(),
        })
        .optional(),
      /** Objects of lines in a bucket of an S3-compatible store. */
      s3: z
        .strictObject({
          /** Address of the store, as `https://s3.eu-central-1.amazonaws.com`. */
          endpoint: address,
          bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is no name of a bucket'),
          /** Default `us-east-1`. */
          region: z
            .string()
            .regex(/^[a-z0-9-]{1,64}$/, 'is no region')
            .optional(),
          accessKeyId: z.string().min(1).max(128),
          secretAccessKey: secret,
          /** What keys begin with. Default `audit/`. */
          prefix: z
            .string()
            .max(256)
            .regex(/^[A-Za-z0-9!_.*'()/-]*$/, 'has characters that keys should not have')
            .optional(),
          /** Default `json`. */
          format: json.optional(),
          /** The store keeps each object from being changed or deleted. The bucket must have been made with object lock. */
          objectLock: z
            .strictObject({ mode: z.enum(['governance', 'compliance']), days: z.int().min(1).max(36_500) })
            .optional(),
        })
        .optional(),
    })
    .refine((spec) => AUDIT_SINK_TYPES.filter((type) => spec[type] !== undefined).length === 1, {
      error: 'name exactly one of webhook, syslog, otlp and s3',
    }),
  status: z.object({
    /** `refusing`: it is required, behind its bounds, and requests are refused for it. */
    state: z.enum(['delivering', 'failing', 'refusing', 'disabled']),
    /** Events of the log that are not delivered yet. */
    eventsBehind: z.int().min(0),
    /** Index in the log of the event that was delivered last. */
    lastDeliveredIndex: z.int().min(0).optional(),
    lastDeliveredAt: instant.optional(),
    /** Since when it takes nothing. */
    failingSince: instant.optional(),
    /** Why the last try failed, while it fails. */
    lastError: z.string().optional(),
    /** Names of the secrets that it has. */
    secrets: z.array(z.string()),
  }),
});

/** Where a sink may lead; see {@link AUDIT_SINK_TYPES}. */
export type AuditSinkType = (typeof AUDIT_SINK_TYPES)[number];
