import type { AuditEventId, ClusterId, LoginSessionId, OrganizationId, SessionRecordingId } from '@sallyport/core';
import type { AuditEventCode, AuditFieldsOf } from './catalogue/catalogue.ts';
import type { DetailsOf } from './catalogue/entry.ts';
import type {
  AuditChange,
  AuditDecision,
  AuditOutcome,
  AuditPrincipal,
  AuditRequest,
  AuditSeverity,
} from './event-parts.ts';

/** What an event of any code may say. */
export interface AuditEnvelope {
  readonly id: AuditEventId;
  readonly at: Date;
  readonly severity: AuditSeverity;
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
}

/** One immutable record of something that happened. */
export interface AuditEvent extends AuditEnvelope {
  /** Stable code from the catalogue, for example `proxy.request.started`. */
  readonly code: AuditEventCode;
  /** Further typed facts of the event code; never secrets, never bodies. */
  readonly details?: Readonly<Record<string, AuditDetailValue>>;
}

type DetailsByCode = { readonly [Code in AuditEventCode]: DetailsOf<AuditFieldsOf<Code>> };

/** Details of the events of a code. */
export type AuditDetails<Code extends AuditEventCode = AuditEventCode> = DetailsByCode[Code];

/** What a detail may be. */
export type AuditDetailValue = string | number | boolean | readonly string[];
