import type {
  AuditEventId,
  ClusterId,
  DecisionId,
  LoginSessionId,
  OrganizationId,
  PrincipalId,
  RequestAttributes,
  SessionRecordingId,
} from '@sallyport/core';

/** One immutable record of something that happened. */
export interface AuditEvent {
  readonly id: AuditEventId;
  /** Stable code from the catalogue, for example `proxy.request.started`. */
  readonly code: AuditEventCode;
  readonly at: Date;
  readonly severity: 'info' | 'notice' | 'warning' | 'critical';
  readonly organizationId?: OrganizationId;
  readonly clusterId?: ClusterId;
  readonly clusterName?: string;
  readonly principal?: AuditPrincipal;
  readonly loginSessionId?: LoginSessionId;
  /** The socket's peer, or a configured balancer's word for it. */
  readonly sourceAddress?: string;
  /** W3C trace id of the request. */
  readonly traceId?: string;
  readonly request?: AuditRequest;
  readonly decision?: AuditDecision;
  readonly outcome?: AuditOutcome;
  /** What a write changed, where policy has it kept; see {@link AuditChange}. */
  readonly change?: AuditChange;
  /** The recording of the terminal that the request opened. */
  readonly recordingId?: SessionRecordingId;
  /** Further typed facts of the event code; never secrets, never bodies. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** Codes of the catalogue. */
export type AuditEventCode =
  | 'proxy.request.started'
  | 'proxy.request.completed'
  | 'proxy.request.denied'
  | 'proxy.request.interrupted'
  | 'login.succeeded'
  | 'login.failed'
  | 'login.session.ended'
  | 'login.session.raised'
  | 'principal.groups.changed'
  | 'login.locked'
  | 'user.invited'
  | 'user.reset'
  | 'user.enrolled'
  | 'user.password.changed'
  | 'user.password.change_demanded'
  | 'user.totp.enrolled'
  | 'user.passkey.added'
  | 'user.passkey.removed'
  | 'user.recovery_codes.issued'
  | 'scim.user.created'
  | 'scim.user.updated'
  | 'scim.user.deactivated'
  | 'scim.user.deleted'
  | 'scim.group.created'
  | 'scim.group.updated'
  | 'scim.group.deleted'
  | 'scim.token.issued'
  | 'api_key.created'
  | 'api_key.revoked'
  | 'credential.minted'
  | 'credential.revoked'
  | 'credential.refused'
  | 'api.request.denied'
  | 'resource.created'
  | 'resource.updated'
  | 'resource.deleted'
  | 'access_request.created'
  | 'access_request.reviewed'
  | 'access_request.approved'
  | 'access_request.denied'
  | 'access_request.cancelled'
  | 'access_request.expired'
  | 'access_request.broke_glass'
  | 'access_request.followed_up'
  | 'grant.created'
  | 'grant.started'
  | 'grant.expired'
  | 'grant.revoked'
  | 'access_review.started'
  | 'access_review.attested'
  | 'access_review.removed'
  | 'access_review.skipped'
  | 'access_review.reminded'
  | 'access_review.closed'
  | 'notification.dead'
  | 'notification.redelivered'
  | 'notification.callback.refused'
  | 'cluster.join_token.issued'
  | 'cluster.join_token.revoked'
  | 'cluster.health.changed'
  | 'agent.enrolled'
  | 'agent.enrolment.refused'
  | 'agent.certificate.renewed'
  | 'agent.renewal.refused'
  | 'agent.revoked'
  | 'agent.told_deregistered'
  | 'tunnel.opened'
  | 'tunnel.closed'
  | 'tunnel.refused'
  | 'key.announced'
  | 'key.rotated'
  | 'key.removed'
  | 'key.voided'
  | 'key.rewrapped'
  | 'server.started'
  | 'server.stopped';

/** Who acted, as far as it is known. */
export interface AuditPrincipal {
  readonly id: PrincipalId;
  readonly userName: string;
  readonly groups: readonly string[];
  readonly issuer: string;
}

/** What was asked, with nothing of its body. */
export interface AuditRequest {
  readonly id: DecisionId;
  readonly method: string;
  /** Canonical path without the query. */
  readonly path: string;
  readonly attributes?: RequestAttributes;
  readonly userAgent?: string;
  /** `Kubectl-Command` and `Kubectl-Session`, as the client states them. */
  readonly kubectlCommand?: string;
  readonly kubectlSession?: string;
}

/** How it was decided. */
export interface AuditDecision {
  readonly effect: 'allow' | 'deny';
  readonly reasons: readonly string[];
  readonly snapshotVersion: number;
  readonly impersonatedUser?: string;
  readonly impersonatedGroups?: readonly string[];
}

/** What a write changed in one object, with what is secret masked. JSON Patch (RFC 6902) throughout. */
export interface AuditChange {
  /** What leads from the object before to the one after. Absent when it could not be told; `omitted` says why. */
  readonly patch?: readonly AuditPatchOperation[];
  /** What leads back. Absent where a masked value stood before: then the change can't be undone from here. */
  readonly undo?: readonly AuditPatchOperation[];
  /** The body as it was sent, masked, where policy has bodies kept. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** Why a part is missing. */
  readonly omitted?: 'tooLarge' | 'unknownKind' | 'beforeUnknown' | 'afterUnknown' | 'notJson';
}

/** One operation of a JSON Patch (RFC 6902). */
export type AuditPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** How it ended. */
export interface AuditOutcome {
  readonly status: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly durationMs: number;
  readonly ended: 'completed' | 'cancelled' | 'reset' | 'tunnelLost' | 'accessEnded' | 'refused' | 'interrupted';
  /** Stable error code, when it failed on our side. */
  readonly errorCode?: string;
  /** The sentence that the caller was told then, as far as the protocol can tell one. */
  readonly reason?: string;
}
