import { z } from 'zod';
import { dnsLabelSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { settingsSchema } from './settings.ts';

/** A machine that signs in with API keys. Clusters see it as `serviceaccount:<name>`. */
export const serviceAccountKind = defineKind({
  kind: 'ServiceAccount',
  collection: 'service-accounts',
  permissions: 'serviceAccounts',
  idKind: 'principal',
  name: dnsLabelSchema,
  aliases: ['service-account', 'serviceaccount', 'sa'],
  level: 'organization',
  summary: 'A machine that signs in with API keys.',
  spec: z.strictObject({
    description: textSchema.optional(),
    disabled: z.boolean().optional(),
    settings: settingsSchema.optional(),
  }),
  status: z.object({ apiKeyCount: z.int(), localGroups: z.array(z.string()) }),
});
