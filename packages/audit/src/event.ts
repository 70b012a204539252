import type { AuditEventId, ClusterId, LoginSessionId, OrganizationId, SessionRecordingId } from '@sallyport/core';
import type { AuditEventCode, AuditFieldsOf } from './catalogue/catalogue.ts';
import type { DetailsOf, DetailsPart } from './catalogue/entry.ts';
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

type EventOf<Code extends AuditEventCode> = AuditEnvelope &
  DetailsPart<AuditFieldsOf<Code>> & {
    /** Stable code from the catalogue, for example `proxy.request.started`. */
    readonly code: Code;
  };

type EventsByCode = { readonly [Code in AuditEventCode]: EventOf<Code> };
type FactsByCode = {
  readonly [Code in AuditEventCode]: Partial<Omit<AuditEnvelope, 'id' | 'at'>> & DetailsPart<AuditFieldsOf<Code>>;
};
type DetailsByCode = { readonly [Code in AuditEventCode]: DetailsOf<AuditFieldsOf<Code>> };

/**
 * One immutable record of something that happened. Its details are those that the catalogue has for its code; never secrets,
 * never bodies.
 */
export type AuditEvent<Code extends AuditEventCode = AuditEventCode> = EventsByCode[Code];

/** What an event says beside its id, code and time. Without a severity, that of the catalogue holds. */
export type AuditFacts<Code extends AuditEventCode = AuditEventCode> = FactsByCode[Code];

/** Details of the events of a code. */
export type AuditDetails<Code extends AuditEventCode = AuditEventCode> = DetailsByCode[Code];

/** What a detail may be. */
export type AuditDetailValue = string | number | boolean | readonly string[];
