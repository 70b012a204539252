import { z } from 'zod';
import { applyReportSchema, applySchema } from '../apply.ts';
import { endedStreamListSchema } from '../ended-streams.ts';
import {
  agentListSchema,
  clientCertificateSchema,
  clusterInventorySchema,
  credentialListSchema,
  endedSchema,
  issueClientCertificateSchema,
  issuedJoinTokenSchema,
  issueJoinTokenSchema,
  joinTokenListSchema,
  kubeCredentialSchema,
  loginSessionListSchema,
  mintStaticTokenSchema,
  sessionQuerySchema,
  whoAmISchema,
} from '../resources.ts';
import { accessRequestOperations } from './access-requests.ts';
import { accessReviewOperations } from './access-reviews.ts';
import { auditOperations } from './audit.ts';
import { auditProofOperations } from './audit-proof.ts';
import { auditSinkOperations } from './audit-sinks.ts';
import { identityOperations } from './identity.ts';
import { keyOperations } from './keys.ts';
import { kubePathOperations } from './kube-path.ts';
import { localUserOperations } from './local-users.ts';
import { machineOperations } from './machines.ts';
import { notificationOperations } from './notifications.ts';
import type { Operation } from './operation.ts';
import { policyToolOperations } from './policy-tools.ts';
import { resourceOperations } from './resources.ts';
import { retentionOperations } from './retention.ts';
import { sessionOperations } from './sessions.ts';
import { signInOperations } from './sign-in.ts';
import { terminalOperations } from './terminals.ts';

const CLUSTER = '/organizations/{organization}/clusters/{name}' as const;
const MAX_APPLY_BYTES = 16 * 1_048_576;

/** Every operation of the REST API. A route that is not here does not exist, and the other way round. */
export const operations = {
  ...resourceOperations,
  ...keyOperations,
  ...localUserOperations,
  ...machineOperations,
  ...identityOperations,
  ...policyToolOperations,
  ...accessRequestOperations,
  ...accessReviewOperations,
  ...auditOperations,
  ...auditProofOperations,
  ...retentionOperations,
  ...notificationOperations,
  ...sessionOperations,
  ...auditSinkOperations,
  ...kubePathOperations,
  ...terminalOperations,
  ...signInOperations,

  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    permission: 'public',
    response: z.looseObject({}),
    status: 200,
  },
  whoAmI: {
    method: 'GET',
    path: '/me',
    summary: 'Tells who the caller is',
    permission: 'self',
    response: whoAmISchema,
    status: 200,
  },
  watchMyChanges: {
    method: 'GET',
    path: '/me/changes',
    summary: 'Tells that something has changed which the caller sees, as server-sent events',
    permission: 'self',
    response: z.string(),
    formats: { events: 'text/event-stream' },
    isEventStream: true,
    status: 200,
  },
  listMyEndedStreams: {
    method: 'GET',
    path: '/me/ended-streams',
    summary: 'Lists streams of the caller that ended before their time within the last hour, with the reason',
    permission: 'self',
    response: endedStreamListSchema,
    status: 200,
  },
  logOut: {
    method: 'DELETE',
    path: '/me/session',
    summary: 'Logs out: ends the login session of the access token and everything that hangs on it',
    permission: 'self',
    status: 204,
  },
  listMyLoginSessions: {
    method: 'GET',
    path: '/me/login-sessions',
    summary: 'Lists the login sessions of the caller',
    permission: 'self',
    response: loginSessionListSchema,
    status: 200,
  },
  endMyLoginSession: {
    method: 'DELETE',
    path: '/me/login-sessions/{id}',
    summary: 'Ends a login session of the caller, and everything that hangs on it',
    permission: 'self',
    status: 204,
  },
  endMyLoginSessions: {
    method: 'DELETE',
    path: '/me/login-sessions',
    summary: 'Ends all login sessions of the caller, this one included',
    permission: 'self',
    response: endedSchema,
    status: 200,
  },
  listMyCredentials: {
    method: 'GET',
    path: '/me/credentials',
    summary: 'Lists the live kube credentials of the caller',
    permission: 'self',
    response: credentialListSchema,
    status: 200,
  },
  revokeMyCredential: {
    method: 'DELETE',
    path: '/me/credentials/{id}',
    summary: 'Revokes a kube credential of the caller at once',
    permission: 'self',
    status: 204,
  },
  revokeMyCredentials: {
    method: 'DELETE',
    path: '/me/credentials',
    summary: 'Revokes all kube credentials of the caller at once',
    permission: 'self',
    response: endedSchema,
    status: 200,
  },

  applyResources: {
    method: 'POST',
    path: '/organizations/{organization}/apply',
    summary: 'Creates and changes resources in one transaction: all of them, or none',
    permission: 'each',
    body: applySchema,
    response: applyReportSchema,
    status: 200,
    maxBodyBytes: MAX_APPLY_BYTES,
  },

  listLoginSessions: {
    method: 'GET',
    path: '/organizations/{organization}/login-sessions',
    summary: 'Lists the live login sessions of the organization',
    permission: 'loginSessions.read',
    query: sessionQuerySchema,
    response: loginSessionListSchema,
    status: 200,
  },
  endLoginSession: {
    method: 'DELETE',
    path: '/organizations/{organization}/login-sessions/{id}',
    summary: 'Ends a login session, and everything that hangs on it',
    permission: 'loginSessions.end',
    status: 204,
  },
  endLoginSessionsOfUser: {
    method: 'DELETE',
    path: '/organizations/{organization}/users/{name}/login-sessions',
    summary: 'Ends all login sessions of a person',
    permission: 'loginSessions.end',
    response: endedSchema,
    status: 200,
  },
  listCredentials: {
    method: 'GET',
    path: '/organizations/{organization}/credentials',
    summary: 'Lists the live kube credentials of the organization',
    permission: 'credentials.read',
    query: sessionQuerySchema,
    response: credentialListSchema,
    status: 200,
  },
  revokeCredential: {
    method: 'DELETE',
    path: '/organizations/{organization}/credentials/{id}',
    summary: 'Revokes a kube credential at once',
    permission: 'credentials.revoke',
    status: 204,
  },
  revokeCredentialsOfUser: {
    method: 'DELETE',
    path: '/organizations/{organization}/users/{name}/credentials',
    summary: 'Revokes all kube credentials of a person at once',
    permission: 'credentials.revoke',
    response: endedSchema,
    status: 200,
  },

  issueJoinToken: {
    method: 'POST',
    path: `${CLUSTER}/join-tokens`,
    summary: 'Issues a join token for a cluster, with what else its agent is installed with',
    permission: 'joinTokens.create',
    body: issueJoinTokenSchema,
    response: issuedJoinTokenSchema,
    status: 201,
    isIdempotent: true,
  },
  listJoinTokens: {
    method: 'GET',
    path: `${CLUSTER}/join-tokens`,
    summary: 'Lists the open join tokens of a cluster, never their secrets',
    permission: 'joinTokens.read',
    response: joinTokenListSchema,
    status: 200,
  },
  revokeJoinToken: {
    method: 'DELETE',
    path: `${CLUSTER}/join-tokens/{id}`,
    summary: 'Revokes a join token',
    permission: 'joinTokens.revoke',
    status: 204,
  },
  listAgents: {
    method: 'GET',
    path: `${CLUSTER}/agents`,
    summary: 'Lists the agents that hold a certificate for a cluster',
    permission: 'agents.read',
    response: agentListSchema,
    status: 200,
  },
  revokeAgent: {
    method: 'DELETE',
    path: `${CLUSTER}/agents/{id}`,
    summary: 'Revokes the certificates of an agent and ends its tunnels',
    permission: 'agents.revoke',
    status: 204,
  },
  getClusterInventory: {
    method: 'GET',
    path: `${CLUSTER}/inventory`,
    summary: 'Shows the nodes and namespaces of a cluster as they were seen last',
    permission: 'agents.read',
    response: clusterInventorySchema,
    status: 200,
  },
  mintKubeCredential: {
    method: 'POST',
    path: `${CLUSTER}/credentials`,
    summary: 'Mints a kube credential of the caller for one cluster',
    permission: 'credentials.create',
    response: kubeCredentialSchema,
    status: 201,
  },
  mintStaticToken: {
    method: 'POST',
    path: `${CLUSTER}/static-tokens`,
    summary: 'Mints a static token of the caller for one cluster: a kube credential to be kept where no plugin can run',
    permission: 'credentials.create',
    body: mintStaticTokenSchema,
    response: kubeCredentialSchema,
    status: 201,
  },
  issueClientCertificate: {
    method: 'POST',
    path: `${CLUSTER}/client-certificates`,
    summary: 'Issues a client certificate of the caller for one cluster, over a key that the client made',
    permission: 'credentials.create',
    body: issueClientCertificateSchema,
    response: clientCertificateSchema,
    status: 201,
  },
} as const satisfies Readonly<Record<string, Operation>>;

/** Name of an operation. */
export type OperationName = keyof typeof operations;
