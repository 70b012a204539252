import { z } from 'zod';
import { dnsLabelSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { settingsSchema } from './settings.ts';

/** Clusters that belong together: what bindings of a project reach. */
export const projectKind = defineKind({
  kind: 'Project',
  collection: 'projects',
  permissions: 'projects',
  idKind: 'project',
  name: dnsLabelSchema,
  aliases: ['project', 'prj'],
  level: 'organization',
  summary: 'Clusters that belong together: what bindings of a project reach.',
  spec: z.strictObject({
    description: textSchema.optional(),
    settings: settingsSchema.optional(),
  }),
  status: z.object({
    /** Clusters that belong to it. */
    clusterCount: z.int(),
    /** Clusters of other projects that are shared with it. */
    sharedClusterCount: z.int(),
  }),
});
