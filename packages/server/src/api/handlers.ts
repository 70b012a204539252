import type { Operation, OperationName, operations } from '@sallyport/core/api';
import { resourceRoutes } from '../resources/resource-routes.ts';
import {
  cancelAccessRequest,
  createAccessRequest,
  followUpAccessRequest,
  getAccessRequest,
  listAccessRequests,
  listRequestable,
  reviewAccessRequest,
} from './access-requests.ts';
import {
  closeAccessReview,
  createAccessReview,
  decideAccessReviewItem,
  getAccessReview,
  getAccessReviewReport,
  listAccessReviewItems,
  listAccessReviews,
  remindAccessReview,
} from './access-reviews.ts';
import { listAgents, revokeAgent } from './agents.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
import { getAuditDelivery, getAuditDeliveryMetrics } from './audit-delivery.ts';
import { aggregateAuditEvents, getAuditEvent, listAuditEvents } from './audit-events.ts';
import { exportAuditEvents } from './audit-export.ts';
import {
  exportAuditBundle,
  getAuditCheckpoint,
  getAuditTile,
  listAuditCheckpoints,
  listAuditKeys,
  proveAuditConsistency,
  proveAuditEvent,
} from './audit-proof.ts';
import { testAuditSink } from './audit-sinks.ts';
import { tailAuditEvents } from './audit-tail.ts';
import { watchMyChanges } from './changes.ts';
import { getClusterInventory } from './clusters.ts';
import type { Handler, PublicHandler } from './context.ts';
import { issueClientCertificate, mintKubeCredential, mintStaticToken } from './credentials.ts';
import { listMyEndedStreams } from './ended-streams.ts';
import { explainAccess } from './explain-access.ts';
import { createGrant, getGrant, listGrants, renewGrant, revokeGrant } from './grants.ts';
import { dryRunIdentityProvider, testIdentityProvider } from './identity-providers.ts';
import { getInstallation, updateInstallation } from './installation.ts';
import { issueJoinToken, listJoinTokens, revokeJoinToken } from './join-tokens.ts';
import { listKeys, rotateKeys } from './keys.ts';
import { issueKubeTicket } from './kube-tickets.ts';
import { listKubectlCommands } from './kubectl-commands.ts';
import { createLegalHold, listLegalHolds, releaseLegalHold } from './legal-holds.ts';
import { demandPasswordChange, getUserFactors, inviteUser, resetUser } from './local-users.ts';
import {
  endLoginSession,
  endLoginSessionsOfUser,
  endMyLoginSession,
  endMyLoginSessions,
  listLoginSessions,
  listMyLoginSessions,
} from './login-sessions.ts';
import { logOut, whoAmI } from './me.ts';
import {
  listCredentials,
  listMyCredentials,
  revokeCredential,
  revokeCredentialsOfUser,
  revokeMyCredential,
  revokeMyCredentials,
} from './minted-credentials.ts';
import {
  addMyPasskey,
  beginMyPasskey,
  beginMyTotp,
  confirmMyTotp,
  getMyFactors,
  removeMyPasskey,
  replaceMyRecoveryCodes,
  setMyPassword,
} from './my-factors.ts';
import { listNotificationDeliveries, redeliverNotification, testNotificationChannel } from './notifications.ts';
import { getOpenApi } from './openapi.ts';
import { createOrganization, deleteOrganization, inviteOwner, listOrganizations } from './organizations.ts';
import { compareRecordedAccess, suggestRole } from './policy-tools.ts';
import { getAuditRetention, setAuditRetention } from './retention.ts';
import { issueScimToken } from './scim-tokens.ts';
import { searchSessions } from './session-search.ts';
import {
  getRecording,
  getSession,
  listMySessions,
  listSessions,
  terminateMySession,
  terminateSession,
  watchRecording,
} from './sessions.ts';
import { listSignInMethods } from './sign-in-methods.ts';
import { createTerminal, endMyTerminal, listMyTerminals } from './terminals.ts';
import { exchangeWorkloadToken } from './workload-tokens.ts';

type HandlerOf<Op extends Operation> = Op['permission'] extends 'public' ? PublicHandler : Handler;

/** What carries out each operation of the contract. An operation without a handler does not compile. */
export const handlers: { readonly [Name in OperationName]: HandlerOf<(typeof operations)[Name]> } = {
  ...resourceRoutes,
  getInstallation,
  updateInstallation,
  listKeys,
  rotateKeys,
  listOrganizations,
  createOrganization,
  deleteOrganization,
  inviteOwner,
  getOpenApi,
  listSignInMethods,
  whoAmI,
  watchMyChanges,
  listMyEndedStreams,
  logOut,
  issueJoinToken,
  listJoinTokens,
  revokeJoinToken,
  listAgents,
  revokeAgent,
  getClusterInventory,
  mintKubeCredential,
  mintStaticToken,
  issueClientCertificate,
  listCredentials,
  revokeCredential,
  revokeCredentialsOfUser,
  listMyCredentials,
  revokeMyCredential,
  revokeMyCredentials,
  listLoginSessions,
  endLoginSession,
  endLoginSessionsOfUser,
  listMyLoginSessions,
  endMyLoginSession,
  endMyLoginSessions,
  testIdentityProvider,
  dryRunIdentityProvider,
  explainAccess,
  compareRecordedAccess,
  suggestRole,
  listAuditEvents,
  getAuditEvent,
  aggregateAuditEvents,
  exportAuditEvents,
  tailAuditEvents,
  listKubectlCommands,
  listAuditKeys,
  getAuditCheckpoint,
  listAuditCheckpoints,
  getAuditTile,
  proveAuditEvent,
  proveAuditConsistency,
  exportAuditBundle,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  exchangeWorkloadToken,
  issueScimToken,
  inviteUser,
  resetUser,
  demandPasswordChange,
  getUserFactors,
  getMyFactors,
  beginMyPasskey,
  addMyPasskey,
  removeMyPasskey,
  beginMyTotp,
  confirmMyTotp,
  replaceMyRecoveryCodes,
  setMyPassword,
  getAuditRetention,
  setAuditRetention,
  listLegalHolds,
  createLegalHold,
  releaseLegalHold,
  testAuditSink,
  getAuditDelivery,
  getAuditDeliveryMetrics,
  testNotificationChannel,
  listNotificationDeliveries,
  redeliverNotification,
  listRequestable,
  createAccessRequest,
  listAccessRequests,
  getAccessRequest,
  reviewAccessRequest,
  cancelAccessRequest,
  followUpAccessRequest,
  listGrants,
  createGrant,
  getGrant,
  renewGrant,
  revokeGrant,
  createAccessReview,
  listAccessReviews,
  getAccessReview,
  listAccessReviewItems,
  decideAccessReviewItem,
  remindAccessReview,
  closeAccessReview,
  getAccessReviewReport,
  listMySessions,
  terminateMySession,
  listSessions,
  searchSessions,
  getSession,
  getRecording,
  watchRecording,
  terminateSession,
  issueKubeTicket,
  createTerminal,
  listMyTerminals,
  endMyTerminal,
};
