import type { AuditEventCode } from '@sallyport/audit';
import { type OperationName, operations } from '@sallyport/core/api';

type Mutating = {
  [Name in OperationName]: (typeof operations)[Name]['method'] extends 'GET' ? never : Name;
}[OperationName];

const CREATED = ['resource.created'] as const;
const UPDATED = ['resource.updated'] as const;
const DELETED = ['resource.deleted'] as const;
const ENDED = ['login.session.ended'] as const;
const ASKED = ['access_request.created', 'access_request.approved', 'access_request.broke_glass'] as const;
const REVIEWED = ['access_request.reviewed', 'access_request.approved', 'access_request.denied'] as const;

/**
 * What each operation that is not a GET is audited as when it succeeds: one of these events, once for each thing that it changes. A
 * text says instead why nothing is to be audited. An operation without a row does not compile.
 */
export const OPERATION_EVENTS: Readonly<Record<Mutating, readonly AuditEventCode[] | string>> = {
  createTerminal: 'its terminal is audited when it is opened',
  endMyTerminal: ['terminal.ended'],
  issueKubeTicket: 'it opens nothing by itself, and what it is used for is audited as any request to a cluster',
  updateInstallation: UPDATED,
  createOrganization: CREATED,
  inviteOwner: ['user.invited'],
  updateOrganization: UPDATED,
  deleteOrganization: DELETED,
  createProject: CREATED,
  updateProject: UPDATED,
  deleteProject: DELETED,
  createCluster: CREATED,
  updateCluster: UPDATED,
  deleteCluster: DELETED,
  createUser: CREATED,
  updateUser: UPDATED,
  deleteUser: DELETED,
  createGroup: CREATED,
  updateGroup: UPDATED,
  deleteGroup: DELETED,
  createServiceAccount: CREATED,
  updateServiceAccount: UPDATED,
  deleteServiceAccount: DELETED,
  createWorkloadIdentity: CREATED,
  updateWorkloadIdentity: UPDATED,
  deleteWorkloadIdentity: DELETED,
  createIdentityProvider: CREATED,
  updateIdentityProvider: UPDATED,
  deleteIdentityProvider: DELETED,
  createRole: CREATED,
  updateRole: UPDATED,
  deleteRole: DELETED,
  createBinding: CREATED,
  updateBinding: UPDATED,
  deleteBinding: DELETED,
  createAccessPolicy: CREATED,
  updateAccessPolicy: UPDATED,
  deleteAccessPolicy: DELETED,
  createRequestPolicy: CREATED,
  updateRequestPolicy: UPDATED,
  deleteRequestPolicy: DELETED,
  createNotificationChannel: CREATED,
  updateNotificationChannel: UPDATED,
  deleteNotificationChannel: DELETED,
  createAuditSink: CREATED,
  updateAuditSink: UPDATED,
  deleteAuditSink: DELETED,
  applyResources: [...CREATED, ...UPDATED, ...DELETED],
  rotateKeys: ['key.announced', 'key.voided'],
  inviteUser: ['user.invited'],
  resetUser: ['user.reset'],
  demandPasswordChange: ['user.password.change_demanded'],
  beginMyPasskey: 'a challenge that is kept for minutes; what comes of it is audited',
  addMyPasskey: ['user.passkey.added'],
  removeMyPasskey: ['user.passkey.removed'],
  beginMyTotp: 'a secret that is kept for minutes; what comes of it is audited',
  confirmMyTotp: ['user.totp.enrolled'],
  replaceMyRecoveryCodes: ['user.recovery_codes.issued'],
  setMyPassword: ['user.password.changed'],
  createApiKey: ['api_key.created'],
  revokeApiKey: ['api_key.revoked'],
  exchangeWorkloadToken: ['login.succeeded'],
  issueScimToken: ['scim.token.issued'],
  testIdentityProvider: 'asks the provider for its metadata and changes nothing',
  dryRunIdentityProvider: 'reads a token that the caller has and changes nothing',
  explainAccess: 'a question about the own policy',
  compareRecordedAccess: ['audit.read'],
  suggestRole: ['audit.read'],
  createAccessRequest: ASKED,
  reviewAccessRequest: REVIEWED,
  cancelAccessRequest: ['access_request.cancelled'],
  followUpAccessRequest: ['access_request.followed_up'],
  createGrant: ['grant.created'],
  renewGrant: ASKED,
  revokeGrant: ['grant.revoked'],
  createAccessReview: ['access_review.started'],
  decideAccessReviewItem: ['access_review.attested', 'access_review.removed', 'access_review.skipped'],
  remindAccessReview: ['access_review.reminded'],
  closeAccessReview: ['access_review.closed'],
  setAuditRetention: ['audit.retention.changed'],
  createLegalHold: ['legal_hold.created'],
  releaseLegalHold: ['legal_hold.released'],
  testNotificationChannel: ['notification.channel.tested'],
  redeliverNotification: ['notification.redelivered'],
  testAuditSink: ['audit.sink.tested'],
  terminateMySession: ['session.terminated'],
  terminateSession: ['session.terminated'],
  logOut: ENDED,
  endMyLoginSession: ENDED,
  endMyLoginSessions: ENDED,
  endLoginSession: ENDED,
  endLoginSessionsOfUser: ENDED,
  revokeMyCredential: ['credential.revoked'],
  revokeMyCredentials: ['credential.revoked'],
  revokeCredential: ['credential.revoked'],
  revokeCredentialsOfUser: ['credential.revoked'],
  issueJoinToken: ['cluster.join_token.issued'],
  revokeJoinToken: ['cluster.join_token.revoked'],
  revokeAgent: ['agent.revoked'],
  mintKubeCredential: ['credential.minted'],
  mintStaticToken: ['credential.minted'],
  issueClientCertificate: ['credential.minted'],
};

/** What each reading of audit events and of recordings is audited as. */
export const READING_EVENTS: Readonly<Partial<Record<OperationName, AuditEventCode>>> = {
  listAuditEvents: 'audit.read',
  getAuditEvent: 'audit.read',
  tailAuditEvents: 'audit.read',
  aggregateAuditEvents: 'audit.read',
  listKubectlCommands: 'audit.read',
  exportAuditEvents: 'audit.exported',
  exportAuditBundle: 'audit.exported',
  listSessions: 'recording.read',
  searchSessions: 'recording.read',
  getSession: 'recording.read',
  getRecording: 'recording.read',
  watchRecording: 'recording.read',
};

/** Names of {@link OPERATION_EVENTS}, as the contract has them. */
export const MUTATING = (Object.keys(operations) as OperationName[]).filter(
  (name) => operations[name].method !== 'GET',
) as readonly Mutating[];
