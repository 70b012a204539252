import { z } from 'zod';
import { dnsLabelSchema, labelSelectorSchema, principalNameSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';

/** Selects principals by name. */
export const subjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('User'), name: principalNameSchema }),
  z.strictObject({
    kind: z.literal('Group'),
    name: principalNameSchema,
    /** Identity provider whose group it is. Absent: a group of the organization's own. */
    identityProvider: dnsLabelSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('ServiceAccount'), name: dnsLabelSchema }),
  z.strictObject({ kind: z.literal('WorkloadIdentity'), name: dnsLabelSchema }),
]);

const namespacesSchema = z.union([
  z.strictObject({ names: z.array(dnsLabelSchema).min(1).max(256) }),
  z.strictObject({ selector: labelSelectorSchema }),
]);

/** What a binding reaches. Absence is never a wildcard: the whole organization is said aloud. */
export const scopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('installation') }),
  z.strictObject({ kind: z.literal('organization'), namespaces: namespacesSchema.optional() }),
  z.strictObject({
    kind: z.literal('projects'),
    projects: z.array(dnsLabelSchema).min(1).max(256),
    namespaces: namespacesSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('clusters'),
    clusters: z.array(dnsLabelSchema).min(1).max(256),
    namespaces: namespacesSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('clusterSelector'),
    selector: labelSelectorSchema,
    namespaces: namespacesSchema.optional(),
  }),
]);

/** A CEL expression that is true or false; `docs/policies.md` lists what it may read. */
export const conditionSchema = z.string().min(1).max(4_096);

/** A role for subjects within a scope, standing. */
export const bindingKind = defineKind({
  kind: 'Binding',
  collection: 'bindings',
  permissions: 'bindings',
  idKind: 'binding',
  name: dnsLabelSchema,
  aliases: ['binding', 'rb'],
  level: 'organization',
  summary: 'A role for subjects within a scope, standing.',
  spec: z.strictObject({
    description: textSchema.optional(),
    role: dnsLabelSchema,
    subjects: z.array(subjectSchema).min(1).max(1_000),
    scope: scopeSchema,
    /** CEL over who asks, what for and when: the binding counts only while it is true. Absent: always. */
    condition: conditionSchema.optional(),
  }),
  status: z.object({}),
});
