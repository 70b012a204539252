import { z } from 'zod';
import { dnsLabelSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { organizationSettingsSchema } from './settings.ts';

/** People, clusters and bindings that see nothing of another organization's. */
export const organizationKind = defineKind({
  kind: 'Organization',
  collection: 'organizations',
  permissions: 'organizations',
  idKind: 'organization',
  name: dnsLabelSchema,
  aliases: ['organization', 'org', 'orgs'],
  level: 'installation',
  summary: 'People, clusters and bindings that see nothing of another organization’s.',
  spec: z.strictObject({
    displayName: z.string().max(128).optional(),
    description: textSchema.optional(),
    settings: organizationSettingsSchema.optional(),
  }),
  status: z.object({
    userCount: z.int(),
    clusterCount: z.int(),
  }),
});
