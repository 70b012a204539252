import type { AuditEvent, AuditSink } from '@sallyport/audit';
import type { AuditSinkId, OrganizationId } from '@sallyport/core';
import type { SinkBounds } from './sink-bounds.ts';

/** A sink as the delivery sees it, wherever it was configured. */
export interface DeliveryTarget {
  /** What its cursors are kept under. */
  readonly key: string;
  readonly name: string;
  /** Absent of a sink from the server's configuration, which takes all logs. */
  readonly of?: { readonly id: AuditSinkId; readonly organizationId: OrganizationId };
  readonly bounds: SinkBounds;
  readonly wants: (event: AuditEvent) => boolean;
  /** The way to the receiver; opened when it is first needed. */
  open(): Promise<AuditSink>;
}

/** Log of the events of no organization. */
export const INSTALLATION_LOG = 'installation';
