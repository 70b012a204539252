import { z } from 'zod';
import { principalNameSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';

/** A group of the organization's own, beside those that identity providers state. */
export const groupKind = defineKind({
  kind: 'Group',
  collection: 'groups',
  permissions: 'groups',
  idKind: 'group',
  name: principalNameSchema,
  aliases: ['group'],
  level: 'organization',
  summary: 'A group of the organization’s own, beside those that identity providers state.',
  spec: z.strictObject({
    description: textSchema.optional(),
    /** Names of people. */
    users: z.array(principalNameSchema).max(10_000).optional(),
    /** Names of service accounts. */
    serviceAccounts: z.array(principalNameSchema).max(1_000).optional(),
  }),
  status: z.object({ memberCount: z.int() }),
});
