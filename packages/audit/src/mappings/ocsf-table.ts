import type { AuditEventCode } from '../catalogue/catalogue.ts';
import type { OCSF_CLASSES, OcsfClassName } from './ocsf-classes.ts';

type ActivityOf<Class extends OcsfClassName> = keyof (typeof OCSF_CLASSES)[Class]['activities'];

/** Where an event goes in OCSF. */
export type OcsfRow = {
  readonly [Class in OcsfClassName]: {
    readonly class: Class;
    /** `byVerb`: what the verb of the request stands for. */
    readonly activity: ActivityOf<Class> | (Class extends 'apiActivity' ? 'byVerb' : never);
    /** What it is done to, and the details that say its id and its name. */
    readonly entity?: { readonly type: string; readonly uid?: string; readonly name?: string };
    /** Such an event tells of a failure. */
    readonly isFailure?: true;
  };
}[OcsfClassName];

const request = { type: 'Access Request', uid: 'accessRequestId', name: 'requestPolicy' };
const grant = { type: 'Grant', uid: 'grantId', name: 'role' };
const review = { type: 'Access Review', uid: 'accessReviewId', name: 'accessReview' };
const resource = { type: 'Resource', uid: 'resourceId', name: 'name' };
const apiKey = { type: 'API Key', uid: 'apiKeyId', name: 'name' };
const credential = { type: 'Credential', uid: 'credentialId' };
const joinToken = { type: 'Join Token', uid: 'joinTokenId' };
const agent = { type: 'Agent', uid: 'agentId' };
const key = { type: 'Key', uid: 'keyId', name: 'purpose' };
const notification = { type: 'Notification', uid: 'notificationId', name: 'channel' };
const sink = { type: 'Audit Sink', uid: 'auditSinkId', name: 'sink' };
const log = { type: 'Audit Log', uid: 'log' };
const legalHold = { type: 'Legal Hold', uid: 'legalHoldId', name: 'name' };
const recording = { type: 'Session Recording' };
const terminal = { type: 'Terminal', uid: 'terminalId' };
const group = { type: 'Group', uid: 'groupId', name: 'group' };

/** Every code and where it goes. */
export const OCSF_TABLE: Readonly<Record<AuditEventCode, OcsfRow>> = {
  'proxy.request.started': { class: 'apiActivity', activity: 'byVerb' },
  'proxy.request.completed': { class: 'apiActivity', activity: 'byVerb' },
  'proxy.request.denied': { class: 'apiActivity', activity: 'byVerb', isFailure: true },
  'proxy.request.interrupted': { class: 'apiActivity', activity: 'byVerb' },
  'login.succeeded': { class: 'authentication', activity: 'Logon' },
  'login.failed': { class: 'authentication', activity: 'Logon', isFailure: true },
  'login.locked': { class: 'accountChange', activity: 'Lock' },
  'login.session.raised': { class: 'authentication', activity: 'Other' },
  'login.session.ended': { class: 'authentication', activity: 'Logoff' },
  'principal.groups.changed': { class: 'accountChange', activity: 'Other' },
  'user.invited': { class: 'accountChange', activity: 'Create' },
  'user.reset': { class: 'accountChange', activity: 'Password Reset' },
  'user.enrolled': { class: 'accountChange', activity: 'Other' },
  'user.password.changed': { class: 'accountChange', activity: 'Password Change' },
  'user.password.change_demanded': { class: 'accountChange', activity: 'Other' },
  'user.totp.enrolled': { class: 'accountChange', activity: 'MFA Factor Enable' },
  'user.passkey.added': { class: 'accountChange', activity: 'MFA Factor Enable' },
  'user.passkey.removed': { class: 'accountChange', activity: 'MFA Factor Disable' },
  'user.recovery_codes.issued': { class: 'accountChange', activity: 'Other' },
  'scim.user.created': { class: 'accountChange', activity: 'Create' },
  'scim.user.updated': { class: 'accountChange', activity: 'Other' },
  'scim.user.deactivated': { class: 'accountChange', activity: 'Disable' },
  'scim.user.deleted': { class: 'accountChange', activity: 'Delete' },
  'scim.group.created': { class: 'groupManagement', activity: 'Create', entity: group },
  'scim.group.updated': { class: 'groupManagement', activity: 'Other', entity: group },
  'scim.group.deleted': { class: 'groupManagement', activity: 'Delete', entity: group },
  'scim.token.issued': {
    class: 'entityManagement',
    activity: 'Create',
    entity: { type: 'SCIM Token', name: 'identityProvider' },
  },
  'api_key.created': { class: 'entityManagement', activity: 'Create', entity: apiKey },
  'api_key.revoked': { class: 'entityManagement', activity: 'Delete', entity: apiKey },
  'credential.minted': { class: 'entityManagement', activity: 'Create', entity: credential },
  'credential.revoked': { class: 'entityManagement', activity: 'Delete', entity: credential },
  'credential.refused': { class: 'authentication', activity: 'Logon', isFailure: true },
  'api.request.denied': { class: 'apiActivity', activity: 'byVerb', isFailure: true },
  'resource.created': { class: 'entityManagement', activity: 'Create', entity: resource },
  'resource.updated': { class: 'entityManagement', activity: 'Update', entity: resource },
  'resource.deleted': { class: 'entityManagement', activity: 'Delete', entity: resource },
  'access_request.created': { class: 'entityManagement', activity: 'Create', entity: request },
  'access_request.reviewed': { class: 'entityManagement', activity: 'Update', entity: request },
  'access_request.approved': { class: 'userAccess', activity: 'Assign Privileges', entity: request },
  'access_request.denied': { class: 'entityManagement', activity: 'Update', entity: request },
  'access_request.cancelled': { class: 'entityManagement', activity: 'Update', entity: request },
  'access_request.expired': { class: 'entityManagement', activity: 'Update', entity: request },
  'access_request.broke_glass': { class: 'userAccess', activity: 'Assign Privileges', entity: request },
  'access_request.followed_up': { class: 'entityManagement', activity: 'Update', entity: request },
  'grant.created': { class: 'userAccess', activity: 'Assign Privileges', entity: grant },
  'grant.started': { class: 'userAccess', activity: 'Assign Privileges', entity: grant },
  'grant.expired': { class: 'userAccess', activity: 'Revoke Privileges', entity: grant },
  'grant.revoked': { class: 'userAccess', activity: 'Revoke Privileges', entity: grant },
  'access_review.started': { class: 'entityManagement', activity: 'Create', entity: review },
  'access_review.attested': { class: 'entityManagement', activity: 'Update', entity: review },
  'access_review.removed': { class: 'userAccess', activity: 'Revoke Privileges', entity: review },
  'access_review.skipped': { class: 'entityManagement', activity: 'Update', entity: review },
  'access_review.reminded': { class: 'entityManagement', activity: 'Other', entity: review },
  'access_review.closed': { class: 'entityManagement', activity: 'Update', entity: review },
  'notification.dead': { class: 'entityManagement', activity: 'Other', entity: notification, isFailure: true },
  'notification.redelivered': { class: 'entityManagement', activity: 'Update', entity: notification },
  'notification.channel.tested': {
    class: 'entityManagement',
    activity: 'Other',
    entity: { type: 'Notification Channel', name: 'channel' },
  },
  'notification.callback.refused': { class: 'authentication', activity: 'Logon', isFailure: true },
  'cluster.join_token.issued': { class: 'entityManagement', activity: 'Create', entity: joinToken },
  'cluster.join_token.revoked': { class: 'entityManagement', activity: 'Delete', entity: joinToken },
  'cluster.health.changed': { class: 'applicationLifecycle', activity: 'Other' },
  'agent.enrolled': { class: 'entityManagement', activity: 'Create', entity: agent },
  'agent.enrolment.refused': { class: 'entityManagement', activity: 'Create', entity: agent, isFailure: true },
  'agent.certificate.renewed': { class: 'entityManagement', activity: 'Update', entity: agent },
  'agent.renewal.refused': { class: 'entityManagement', activity: 'Update', entity: agent, isFailure: true },
  'agent.revoked': { class: 'entityManagement', activity: 'Delete', entity: agent },
  'agent.told_deregistered': { class: 'entityManagement', activity: 'Other', entity: agent },
  'tunnel.opened': { class: 'tunnelActivity', activity: 'Open' },
  'tunnel.closed': { class: 'tunnelActivity', activity: 'Close' },
  'tunnel.refused': { class: 'tunnelActivity', activity: 'Open', isFailure: true },
  'key.announced': { class: 'entityManagement', activity: 'Create', entity: key },
  'key.rotated': { class: 'entityManagement', activity: 'Update', entity: key },
  'key.removed': { class: 'entityManagement', activity: 'Delete', entity: key },
  'key.voided': { class: 'entityManagement', activity: 'Update', entity: key },
  'key.rewrapped': { class: 'entityManagement', activity: 'Update', entity: { type: 'Key' } },
  'audit.read': { class: 'entityManagement', activity: 'Read', entity: { type: 'Audit Log', uid: 'eventId' } },
  'audit.exported': { class: 'entityManagement', activity: 'Read', entity: { type: 'Audit Log' } },
  'audit.sink.gap': { class: 'entityManagement', activity: 'Other', entity: sink, isFailure: true },
  'audit.sink.failed': { class: 'entityManagement', activity: 'Other', entity: sink, isFailure: true },
  'audit.sink.recovered': { class: 'entityManagement', activity: 'Other', entity: sink },
  'audit.sink.tested': { class: 'entityManagement', activity: 'Other', entity: sink },
  'audit.retention.changed': { class: 'entityManagement', activity: 'Update', entity: { type: 'Audit Retention' } },
  'audit.retention.applied': { class: 'entityManagement', activity: 'Delete', entity: log },
  'legal_hold.created': { class: 'entityManagement', activity: 'Create', entity: legalHold },
  'legal_hold.released': { class: 'entityManagement', activity: 'Delete', entity: legalHold },
  'audit.witness.recorded': { class: 'entityManagement', activity: 'Other', entity: log },
  'audit.witness.failed': { class: 'entityManagement', activity: 'Other', entity: log, isFailure: true },
  'terminal.opened': { class: 'entityManagement', activity: 'Create', entity: terminal },
  'terminal.command.ended': { class: 'entityManagement', activity: 'Update', entity: terminal },
  'terminal.ended': { class: 'entityManagement', activity: 'Delete', entity: terminal },
  'session.recording.started': { class: 'entityManagement', activity: 'Create', entity: recording },
  'session.recording.ended': { class: 'entityManagement', activity: 'Update', entity: recording },
  'session.recording.interrupted': {
    class: 'entityManagement',
    activity: 'Update',
    entity: recording,
    isFailure: true,
  },
  'session.recording.deleted': { class: 'entityManagement', activity: 'Delete', entity: recording },
  'recording.read': { class: 'entityManagement', activity: 'Read', entity: recording },
  'session.terminated': {
    class: 'entityManagement',
    activity: 'Delete',
    entity: { type: 'Session', uid: 'requestId' },
  },
  'server.started': { class: 'applicationLifecycle', activity: 'Start' },
  'server.stopped': { class: 'applicationLifecycle', activity: 'Stop' },
  'server.restored': { class: 'applicationLifecycle', activity: 'Other' },
  'server.replica.lost': { class: 'applicationLifecycle', activity: 'Stop', isFailure: true },
};
