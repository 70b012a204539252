import { z } from 'zod';
import { instant } from '../instant.ts';
import { dnsLabelSchema, textSchema } from '../names.ts';
import { defineKind } from '../resource.ts';
import { settingsSchema } from './settings.ts';

/** Whether and how a cluster can be reached now. */
export const clusterHealthSchema = z.object({
  /**
   * `pending`: no agent has enrolled yet. `unhealthy`: an agent is connected, but the API server does not answer it.
   * Changes are told only after they have lasted a moment, so that a reconnect is no alarm.
   */
  status: z.enum(['connected', 'unhealthy', 'disconnected', 'pending']),
  /** Why it is so, as one sentence; absent when all is well. */
  reason: z.string().optional(),
  /** Since when. */
  changedAt: instant.optional(),
  /** Tunnels of its agents that are open, on all servers. */
  connectedAgents: z.int().min(0),
  /** Versions of the agents that are connected, the oldest first. */
  agentVersions: z.array(z.string()).optional(),
  /**
   * `verified`: each connected agent has shown, by a service account token, that it runs in the cluster that it enrolled in.
   * `unverified`: at least one can't, because its cluster hands out no keys to check that by. Absent: none is connected.
   */
  agentIdentity: z.enum(['verified', 'unverified']).optional(),
  kubernetesVersion: z.string().optional(),
  nodeCount: z.int().min(0).optional(),
  readyNodeCount: z.int().min(0).optional(),
  namespaceCount: z.int().min(0).optional(),
  /** When version and counts were last read. */
  observedAt: instant.optional(),
});

/** A Kubernetes cluster that agents connect from. */
export const clusterKind = defineKind({
  kind: 'Cluster',
  collection: 'clusters',
  permissions: 'clusters',
  idKind: 'cluster',
  name: dnsLabelSchema,
  aliases: ['cluster'],
  level: 'organization',
  summary: 'A Kubernetes cluster that agents connect from.',
  spec: z.strictObject({
    /** Project that it belongs to. Absent: `default`. */
    project: dnsLabelSchema.optional(),
    /** Further projects that may use it, without administering it. */
    sharedWith: z.array(dnsLabelSchema).max(64).optional(),
    description: textSchema.optional(),
    /** Where it runs, e.g. `eu-central-1`. */
    location: z.string().max(128).optional(),
    /** What it is for, e.g. `production`. */
    environment: z.string().max(64).optional(),
    /** How its agents get out; rendered into the install manifest. */
    agent: z
      .strictObject({
        /** HTTP CONNECT proxy (what goes through it is TLS all the same), e.g. `http://proxy.example.com:3128`. Credentials come from a Secret, never from here. */
        proxyUrl: z
          .url({ protocol: /^http$/ })
          .max(512)
          .refine((url) => new URL(url).username === '', { error: 'credentials of the proxy belong into a Secret' })
          .optional(),
        /** Certificate authorities that the agent trusts besides the server's own, PEM. */
        caPem: z.string().max(65_536).optional(),
        /** Namespace of the agent. Default `sallyport`. */
        namespace: dnsLabelSchema.optional(),
        /** Secret in that namespace with the keys `userName` and `password` for the proxy. */
        proxySecret: dnsLabelSchema.optional(),
        /**
         * What its tunnels run on. `tls` takes less CPU and memory at both ends. Default `grpc`, which the agents also use at a server
         * that does not know the other one.
         */
        tunnelLink: z.enum(['grpc', 'tls']).optional(),
        /** Leaves what was installed in the cluster when it is deregistered. Default false: its agents remove it. */
        keepObjects: z.boolean().optional(),
        /**
         * How people act in the cluster. Default `impersonate`. Apply the install manifest again after a change: it gives the agent
         * the rights that the mode needs, and takes those of another mode.
         */
        upstreamMode: z.enum(['impersonate', 'managed', 'serviceAccounts']).optional(),
        /**
         * Gives the agent only the verbs of constrained impersonation (KEP-5284; Kubernetes 1.36 and later, before that by feature gate).
         * Nobody gets anything from a cluster that does not have it.
         */
        constrainedImpersonation: z.boolean().optional(),
        /**
         * Has the agent make ClusterRoles of the rules of roles, and bind people to those in place of the whole ceilings. For that the
         * agent needs the rights `escalate` and `bind`, with which its account could give anybody anything. Default false.
         */
        generatedRules: z.boolean().optional(),
      })
      .refine((agent) => agent.generatedRules !== true || (agent.upstreamMode ?? 'impersonate') !== 'impersonate', {
        error: 'rules are generated only where people are bound: upstreamMode managed or serviceAccounts',
        path: ['generatedRules'],
      })
      .refine((agent) => agent.upstreamMode !== 'serviceAccounts' || agent.constrainedImpersonation !== true, {
        error: 'people who act by ServiceAccounts are not impersonated',
        path: ['constrainedImpersonation'],
      })
      .optional(),
    settings: settingsSchema.optional(),
  }),
  status: z.object({
    /** Names of the roles that the caller holds there. */
    roles: z.array(z.string()),
    health: clusterHealthSchema,
    /** Base address of its Kubernetes API, for a kubeconfig. */
    kubeUrl: z.url(),
  }),
});

/** How a cluster is reached at this moment; see {@link clusterHealthSchema}. */
export type ClusterHealth = z.infer<typeof clusterHealthSchema>;
