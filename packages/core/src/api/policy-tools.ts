import { z } from 'zod';
import { applySchema } from './apply.ts';
import { instant } from './instant.ts';
import { dnsLabelSchema, durationSchema, principalNameSchema } from './names.ts';

const word = z.string().min(1).max(253);

/** A request to a cluster, in the words of rules, or as it stands on the request line. */
export const proxiedRequestSchema = z.union([
  z.strictObject({
    /** As kube-apiserver computes it: get, list, watch, create, update, patch, delete, deletecollection. */
    verb: word,
    /** Plural, with the subresource behind a slash, e.g. `pods/exec`. */
    resource: word,
    /** Default: the core group. */
    apiGroup: z.string().max(253).optional(),
    /** Absent: cluster-wide, or all namespaces. */
    namespace: z.string().max(253).optional(),
    name: z.string().max(253).optional(),
  }),
  z.strictObject({
    /** Default `GET`. */
    method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
    /** Path and query as the API server would see them, e.g. `/api/v1/namespaces/shop/pods?watch=true`. */
    target: z.string().startsWith('/').max(8_192),
  }),
]);

/** Who asks. */
export const accessSubjectSchema = z.union([
  z.strictObject({
    user: principalNameSchema,
    /** Groups that the identity provider states. Default: as the organization knows them. */
    groups: z.array(principalNameSchema).max(1_000).optional(),
    /** Whose groups those are. Default: the provider that vouches for the user, if the organization knows them. */
    identityProvider: dnsLabelSchema.optional(),
  }),
  z.strictObject({ serviceAccount: dnsLabelSchema }),
]);

/** Decisions that ought to come out, for continuous integration. */
export const policyTestSchema = z.strictObject({
  apiVersion: z.literal('sallyport.dev/v1'),
  kind: z.literal('PolicyTest'),
  metadata: z.strictObject({ name: dnsLabelSchema }),
  spec: z.strictObject({
    description: z.string().max(1_000).optional(),
    cases: z
      .array(
        z.strictObject({
          /** A sentence about what is so. */
          name: z.string().min(1).max(200),
          as: accessSubjectSchema,
          cluster: dnsLabelSchema,
          request: proxiedRequestSchema,
          /** Labels of the request's namespace. Absent: not known, and no selector over namespaces matches. */
          namespaceLabels: z.record(z.string(), z.string()).optional(),
          /** Address of the caller. */
          address: z.string().max(64).optional(),
          /** When. Default: now. */
          at: instant.optional(),
          /** How the person signed in. */
          authentication: z
            .strictObject({
              method: z.string().max(32).optional(),
              acr: z.string().max(255).optional(),
              amr: z.array(z.string().max(64)).max(16).optional(),
              claims: z.record(z.string(), z.unknown()).optional(),
            })
            .optional(),
          /** Dangerous actions that the body would need, such as `privilegedPods`. */
          privileges: z.array(z.string()).optional(),
          expect: z.enum(['allow', 'deny']),
          /** Text that the reasons must hold. */
          reason: z.string().min(1).max(500).optional(),
          /** Kinds of obligations that an allow must have, exactly. Absent: not looked at. */
          obligations: z.array(z.enum(['record', 'filter', 'maskSecrets'])).optional(),
        }),
      )
      .min(1)
      .max(10_000),
  }),
});

/** Body of a question why requests would be allowed or refused. */
export const explainAccessSchema = z.strictObject({
  /** Absent: the caller. */
  as: accessSubjectSchema.optional(),
  cluster: dnsLabelSchema,
  requests: z.array(proxiedRequestSchema).min(1).max(500),
  /** Decide as if these roles, bindings, groups and access policies were applied. */
  resources: applySchema.shape.resources.optional(),
});

/** One decision with what led to it. */
export const explainedAccessSchema = z.object({
  effect: z.enum(['allow', 'deny']),
  /** What is decided on, in the words of a rule. */
  action: z.string(),
  reasons: z.array(z.object({ message: z.string(), source: z.string().optional() })),
  /** Kinds of what an allow demands. */
  obligations: z.array(z.string()),
  /** Roles that a refused caller could ask for. */
  requestable: z.array(z.string()),
  /** Groups that the cluster would see. */
  groups: z.array(z.string()),
  /** Every binding and every statement of an access policy that is about the person, and what it had to say. */
  trace: z.array(
    z.object({
      /** For example `Binding/viewers`, or `AccessPolicy/guardrails` with the path of the statement. */
      source: z.string(),
      path: z.string().optional(),
      outcome: z.string(),
      detail: z.string().optional(),
    }),
  ),
});

/** Decisions in the order of the requests. */
export const explainedAccessListSchema = z.object({ items: z.array(explainedAccessSchema) });

/** Body of a replay of what was asked of clusters under changed documents. */
export const compareAccessSchema = z.strictObject({
  /** Roles, bindings, groups and access policies as they would be. */
  resources: applySchema.shape.resources,
  /** Names of what would be deleted, e.g. `Binding/ops`. */
  deleted: z.array(z.string().max(300)).max(5_000).optional(),
  /** How far back. Default `30d`, at most `90d`. */
  since: durationSchema.optional(),
});

/** Somebody's access that a change would give or take. */
export const accessDifferenceSchema = z.object({
  user: z.string(),
  cluster: z.string(),
  action: z.string(),
  /** How often it was asked for in that time. */
  count: z.int(),
  lastAt: instant,
  before: z.enum(['allow', 'deny']),
  after: z.enum(['allow', 'deny']),
  reason: z.string(),
});

/** What a change would give and take, by what was asked for. */
export const accessComparisonSchema = z.object({
  /** Requests that were decided again. */
  replayed: z.int(),
  /** Those of people and clusters that are not there any more are left out. */
  skipped: z.int(),
  /** Whether everything since then was looked at; `false` when there was more than one comparison takes. */
  isComplete: z.boolean(),
  gained: z.array(accessDifferenceSchema),
  lost: z.array(accessDifferenceSchema),
});

/** Body of a question for the least role. */
export const suggestRoleSchema = z.strictObject({
  as: accessSubjectSchema,
  /** Absent: all clusters. */
  cluster: dnsLabelSchema.optional(),
  /** How far back. Default `30d`, at most `90d`. */
  since: durationSchema.optional(),
});

/** The least role that covers what was done. */
export const suggestedRoleSchema = z.object({
  /** A document to be looked through, named and applied. */
  role: z.unknown(),
  observed: z.int(),
  /** How often each of its rules was used, and when last, in their order. */
  uses: z.array(z.object({ count: z.int(), lastAt: instant.optional() })),
  isComplete: z.boolean(),
  /** What a role can't say as narrowly as it was done. */
  notes: z.array(z.string()),
});

/** A request to a cluster; see {@link proxiedRequestSchema}. */
export type ProxiedRequestSpec = z.output<typeof proxiedRequestSchema>;
/** Who asks; see {@link accessSubjectSchema}. */
export type AccessSubjectSpec = z.output<typeof accessSubjectSchema>;
/** Decisions that ought to come out; see {@link policyTestSchema}. */
export type PolicyTest = z.output<typeof policyTestSchema>;
/** Answer of a comparison; see {@link accessComparisonSchema}. */
export type AccessComparison = z.output<typeof accessComparisonSchema>;
/** The least role that covers what was done; see {@link suggestedRoleSchema}. */
export type SuggestedRole = z.output<typeof suggestedRoleSchema>;
/** One decision explained; see {@link explainedAccessSchema}. */
export type ExplainedAccess = z.output<typeof explainedAccessSchema>;
