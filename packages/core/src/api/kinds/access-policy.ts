import { z } from 'zod';
import { PRIVILEGES } from '../../privileges.ts';
import { dnsLabelSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { accessLimitsSchema } from './access-limits.ts';
import { conditionSchema, scopeSchema, subjectSchema } from './binding.ts';
import { ruleSchema } from './role.ts';

const rules = z
  .array(ruleSchema.omit({ labelSelector: true }))
  .min(1)
  .max(256);

/** What nobody may do, and what is demanded of those who may. */
export const accessPolicyKind = defineKind({
  kind: 'AccessPolicy',
  collection: 'access-policies',
  permissions: 'accessPolicies',
  idKind: 'accessPolicy',
  name: dnsLabelSchema,
  aliases: ['accesspolicy', 'policy', 'policies'],
  level: 'organization',
  summary: 'What nobody may do on clusters, and what is demanded of those who may.',
  spec: z
    .strictObject({
      description: textSchema.optional(),
      /** Whom it is about. Absence is never everyone: that is said aloud. */
      subjects: z.union([z.literal('everyone'), z.array(subjectSchema).min(1).max(1_000)]),
      /** Where it counts. */
      scope: scopeSchema,
      /** What is refused, whatever roles allow it. Any one that matches wins. */
      deny: z
        .array(
          z
            .strictObject({
              rules: rules.optional(),
              /** Dangerous actions to refuse even to those whose role names them. */
              privileges: z.array(z.enum(PRIVILEGES)).min(1).optional(),
              /** Refuses only while this is true. One that can't be evaluated refuses. Absent: always. */
              condition: conditionSchema.optional(),
              /** Why, as one sentence for whoever is refused. */
              message: z.string().min(1).max(500).optional(),
            })
            .refine((deny) => deny.rules !== undefined || deny.privileges !== undefined, {
              error: 'name rules or privileges',
            }),
        )
        .min(1)
        .max(64)
        .optional(),
      /** What is demanded of requests that are allowed. */
      require: z
        .array(
          z.strictObject({
            rules,
            /** Demands only while this is true. One that can't be evaluated demands. Absent: always. */
            condition: conditionSchema.optional(),
            /** `record`: terminals are recorded, else they don't open. `maskSecrets`: Secret data is hidden, whoever may read it. */
            obligations: z.array(z.enum(['record', 'maskSecrets'])).min(1),
          }),
        )
        .min(1)
        .max(64)
        .optional(),
      /** How much each of the subjects may use, whatever their roles say. */
      limits: accessLimitsSchema.optional(),
    })
    .refine((spec) => spec.deny !== undefined || spec.require !== undefined || spec.limits !== undefined, {
      error: 'say what is denied, required or limited',
    }),
  status: z.object({}),
});
