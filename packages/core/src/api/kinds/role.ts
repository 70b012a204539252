import { z } from 'zod';
import { PRIVILEGES } from '../../privileges.ts';
import { dnsLabelSchema, labelSelectorSchema, textSchema } from '../names.ts';
import { PLATFORM_PERMISSIONS } from '../permissions.ts';
import { defineKind } from '../resource.ts';
import { accessLimitsSchema } from './access-limits.ts';

const words = z.array(z.string().min(1).max(253)).min(1).max(256);

/** One rule, in the form and with the meaning of a Kubernetes `PolicyRule`. */
export const ruleSchema = z.strictObject({
  verbs: words,
  apiGroups: z.array(z.string().max(253)).max(256).optional(),
  resources: words.optional(),
  resourceNames: words.optional(),
  namespaces: words.optional(),
  nonResourceUrls: words.optional(),
  /** Only objects with these labels. For get, list and watch alone: what is written has no labels before it is there. */
  labelSelector: labelSelectorSchema.optional(),
});

/** What somebody may do: on Sallyport itself, and on clusters. */
export const roleKind = defineKind({
  kind: 'Role',
  collection: 'roles',
  permissions: 'roles',
  idKind: 'role',
  name: dnsLabelSchema,
  aliases: ['role'],
  level: 'organization',
  summary: 'What somebody may do: on Sallyport itself, and on clusters.',
  spec: z.strictObject({
    description: textSchema.optional(),
    permissions: z.array(z.enum(PLATFORM_PERMISSIONS)).max(PLATFORM_PERMISSIONS.length).optional(),
    /** The Kubernetes side. Absent: none. */
    kubernetes: z
      .strictObject({
        /** ClusterRoles that the install manifest binds to `sallyport:<name>`, e.g. `view`. */
        clusterRoles: z.array(z.string().min(1).max(200)).min(1).max(32).optional(),
        /** Groups to impersonate that the cluster's operator has bound, each `sallyport:…`. */
        groups: z.array(z.string().min(1).max(253)).min(1).max(32).optional(),
        /** Absent: all that the ceiling allows. Given: only what a rule covers. */
        rules: z.array(ruleSchema).min(1).max(256).optional(),
        /** Dangerous actions that come on top of ceiling and rules. Absent: none, whatever a wildcard says. */
        privileges: z.array(z.enum(PRIVILEGES)).max(PRIVILEGES.length).optional(),
        /**
         * A list or watch that reaches further than the role does (all namespaces, all names) is answered with the part
         * that the role covers. Absent or false: it is refused, as the cluster's own RBAC does.
         */
        filterLists: z.boolean().optional(),
        /** How much one person may use under this role. */
        limits: accessLimitsSchema.optional(),
      })
      .refine(({ clusterRoles, groups }) => clusterRoles !== undefined || groups !== undefined, {
        error: 'name a ceiling: clusterRoles or groups',
      })
      .optional(),
  }),
  status: z.object({
    /** Comes with Sallyport: can't be changed or deleted. */
    isBuiltIn: z.boolean(),
    bindingCount: z.int(),
  }),
});
