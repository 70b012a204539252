import type { z } from 'zod';
import {
  auditEventListSchema,
  auditQuerySchema,
  clusterListSchema,
  clusterSchema,
  kubeCredentialSchema,
  registerClusterSchema,
  registeredClusterSchema,
  whoAmISchema,
} from './resources.ts';

/** What a role can allow on Sallyport itself. */
export const PLATFORM_PERMISSIONS = [
  /** See the clusters in the binding's scope. */
  'clusters.read',
  /** Register clusters and issue join tokens; only from a binding on the whole organization. */
  'clusters.create',
  /** Mint a kube credential of one's own for the clusters in the binding's scope. */
  'credentials.create',
  /** Read the organization's audit events; only from a binding on the whole organization. */
  'audit.read',
] as const;

/** What a role can allow on Sallyport itself. */
export type PlatformPermission = (typeof PLATFORM_PERMISSIONS)[number];

/** What an operation demands. `self`: nothing but a live login session, since it is about the caller alone. */
export type OperationPermission = PlatformPermission | 'self';

/** One operation of the REST contract. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Template below `/api/v1`; parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly permission: OperationPermission;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Absent: 204 without a body. */
  readonly response?: z.ZodType;
  /** Status of success. */
  readonly status: 200 | 201 | 204;
}

/** Path that every operation's template is below. */
export const API_PREFIX = '/api/v1';

/** Every operation of the REST API. A route that is not here does not exist, and the other way round. */
export const operations = {
  whoAmI: {
    method: 'GET',
    path: '/me',
    summary: 'Tells who the caller is',
    permission: 'self',
    response: whoAmISchema,
    status: 200,
  },
  endLoginSession: {
    method: 'DELETE',
    path: '/me/session',
    summary: 'Logs out: ends the login session of the access token and everything that hangs on it',
    permission: 'self',
    status: 204,
  },
  listClusters: {
    method: 'GET',
    path: '/organizations/{organization}/clusters',
    summary: 'Lists the clusters that the caller may see',
    permission: 'clusters.read',
    response: clusterListSchema,
    status: 200,
  },
  getCluster: {
    method: 'GET',
    path: '/organizations/{organization}/clusters/{cluster}',
    summary: 'Shows one cluster',
    permission: 'clusters.read',
    response: clusterSchema,
    status: 200,
  },
  registerCluster: {
    method: 'POST',
    path: '/organizations/{organization}/clusters',
    summary: 'Registers a cluster and issues its first join token',
    permission: 'clusters.create',
    body: registerClusterSchema,
    response: registeredClusterSchema,
    status: 201,
  },
  issueJoinToken: {
    method: 'POST',
    path: '/organizations/{organization}/clusters/{cluster}/join-tokens',
    summary: 'Issues a further join token for a cluster',
    permission: 'clusters.create',
    response: registeredClusterSchema,
    status: 201,
  },
  mintKubeCredential: {
    method: 'POST',
    path: '/organizations/{organization}/clusters/{cluster}/credentials',
    summary: 'Mints a kube credential of the caller for one cluster',
    permission: 'credentials.create',
    response: kubeCredentialSchema,
    status: 201,
  },
  listAuditEvents: {
    method: 'GET',
    path: '/organizations/{organization}/audit-events',
    summary: 'Lists the newest audit events of the organization',
    permission: 'audit.read',
    query: auditQuerySchema,
    response: auditEventListSchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;

/** Name of an operation. */
export type OperationName = keyof typeof operations;
