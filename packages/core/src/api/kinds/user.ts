import { z } from 'zod';
import { instant } from '../instant.ts';
import { dnsLabelSchema, principalNameSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { settingsSchema } from './settings.ts';

/** A person. Comes into being by a first login, by SCIM, or as a local user by creation. */
export const userKind = defineKind({
  kind: 'User',
  collection: 'users',
  permissions: 'users',
  idKind: 'principal',
  name: principalNameSchema,
  aliases: ['user'],
  level: 'organization',
  summary: 'A person: known by a first login, by SCIM, or as a local user.',
  spec: z.strictObject({
    displayName: z.string().max(256).optional(),
    email: z.string().max(320).optional(),
    /** Identity provider that vouches for the person. Absent: a local user. Never changes. */
    identityProvider: dnsLabelSchema.optional(),
    /** Subject that the provider knows the person by; needed to create somebody before their first login. Never changes. */
    subject: z.string().min(1).max(255).optional(),
    /** A disabled person is nobody: sessions, credentials and streams end, and no login succeeds. */
    disabled: z.boolean().optional(),
    settings: settingsSchema.optional(),
  }),
  status: z.object({
    issuer: z.string(),
    /** Groups that the identity provider states, as of its last answer. */
    groups: z.array(z.string()),
    /** Groups of the organization. */
    localGroups: z.array(z.string()),
    lastLoginAt: instant.optional(),
    loginSessionCount: z.int(),
  }),
});
