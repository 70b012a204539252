import { z } from 'zod';
import { instant } from '../instant.ts';
import type { OperationPermission } from '../permissions.ts';
import type { Operation } from './operation.ts';

/** Routes of the API that carry what is not of its contract. */
export interface Passage {
  readonly methods: readonly ('get' | 'post' | 'put' | 'patch' | 'delete')[];
  /** Template below `/api/v1`; everything below it is carried. */
  readonly path: string;
  readonly summary: string;
  readonly permission: OperationPermission;
}

/**
 * The Kubernetes API of a cluster, for pages of the web UI. What the person may do there is decided request by request, by
 * their roles, as under any other way to the cluster.
 */
export const KUBE_PASSAGE = {
  methods: ['get', 'post', 'put', 'patch', 'delete'],
  path: '/clusters/{id}/kube',
  summary: 'Carries a request of a page to the Kubernetes API of a cluster, as the signed-in person',
  permission: 'self',
} as const satisfies Passage;

/** What a ticket for a WebSocket of {@link KUBE_PASSAGE} is asked for. */
export const issueKubeTicketSchema = z.strictObject({
  /** Path and query at the API server, e.g. `/api/v1/namespaces/shop/pods/web/exec?command=sh`. */
  target: z.string().startsWith('/').max(8_192),
});

/** A ticket for one WebSocket. */
export const kubeTicketSchema = z.object({
  /** Where the WebSocket is opened, from the origin of the server, with the ticket in it. */
  path: z.string(),
  expiresAt: instant,
});

/** Operations beside {@link KUBE_PASSAGE}. */
export const kubePathOperations = {
  issueKubeTicket: {
    method: 'POST',
    path: '/clusters/{id}/kube-tickets',
    summary: 'Issues a ticket of the signed-in person for one WebSocket to the Kubernetes API of a cluster',
    permission: 'self',
    body: issueKubeTicketSchema,
    response: kubeTicketSchema,
    status: 201,
  },
} as const satisfies Readonly<Record<string, Operation>>;
