import { z } from 'zod';
import { textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';

/** A banner that everyone sees. */
export const maintenanceSchema = z.strictObject({
  message: textSchema.min(1),
  severity: z.enum(['info', 'warning']),
});

/** What stands above all organizations. There is exactly one. */
export const installationKind = defineKind({
  kind: 'Installation',
  collection: 'installation',
  permissions: 'installation',
  idKind: 'installation',
  name: z.literal('installation'),
  aliases: ['installation'],
  level: 'installation',
  summary: 'What stands above all organizations; there is exactly one.',
  spec: z.strictObject({
    branding: z
      .strictObject({
        name: z.string().min(1).max(64).optional(),
        /** Logo as a data URL of a PNG or SVG image, at most 64 KiB. */
        logo: z
          .string()
          .max(90_000)
          .regex(/^data:image\/(png|svg\+xml);base64,[A-Za-z0-9+/=]+$/, 'not a data URL of a PNG or SVG image')
          .optional(),
        supportLinks: z
          .array(z.strictObject({ label: z.string().min(1).max(64), url: z.url({ protocol: /^https$/ }).max(512) }))
          .max(8)
          .optional(),
      })
      .optional(),
    /** A banner that everyone sees. */
    maintenance: maintenanceSchema.optional(),
    /** Limits that hold for each organization, unless its own are lower. */
    limits: z
      .strictObject({
        clusters: z.int().min(1).max(100_000).optional(),
        users: z.int().min(1).max(1_000_000).optional(),
        serviceAccounts: z.int().min(1).max(100_000).optional(),
      })
      .optional(),
  }),
  status: z.object({ organizationCount: z.int(), version: z.string() }),
});
