import { z } from 'zod';
import { dnsLabelSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { settingsSchema } from './settings.ts';

/** Machines that sign in with a token of their platform (CI, a cluster's service accounts), without a stored secret. */
export const workloadIdentityKind = defineKind({
  kind: 'WorkloadIdentity',
  collection: 'workload-identities',
  permissions: 'workloadIdentities',
  idKind: 'principal',
  name: dnsLabelSchema,
  aliases: ['workload-identity', 'workloadidentity', 'wi'],
  level: 'organization',
  summary: 'Machines that sign in with a token of their platform, without a stored secret.',
  spec: z.strictObject({
    description: textSchema.optional(),
    /** `iss` of the tokens. */
    issuer: z.url({ protocol: /^https?$/ }).max(512),
    /** One of them must be in the tokens' `aud`. */
    audiences: z.array(z.string().min(1).max(255)).min(1).max(16),
    /** Public keys of an issuer that the server can't reach (JWK Set). Absent: read by discovery. */
    jwks: z.looseObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(32) }).optional(),
    /** CEL over `claims`, e.g. `claims.repository == "acme/api" && claims.ref == "refs/heads/main"`. Must be true. */
    condition: z.string().min(1).max(4_096),
    disabled: z.boolean().optional(),
    settings: settingsSchema.optional(),
  }),
  status: z.object({ localGroups: z.array(z.string()) }),
});
