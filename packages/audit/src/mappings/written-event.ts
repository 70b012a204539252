import type { AuditEvent } from '../event.ts';
import { formatAuditEvent } from '../format-event.ts';

/** An event as it is written: redacted, within its bounds, its time as text. */
export type WrittenEvent = Omit<AuditEvent, 'at' | 'details'> & {
  readonly at: string;
  readonly details?: Readonly<Record<string, unknown>>;
};

/** The written form of an event, read back: what other formats are made of, so that they hold nothing that it does not. */
export function writtenEvent(event: AuditEvent): WrittenEvent {
  return JSON.parse(formatAuditEvent(event)) as WrittenEvent;
}

/** A detail that is a text that says something. */
export function textDetail({ details }: WrittenEvent, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : details?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** How what an event tells of went. */
export type EventStatus = 'success' | 'failure' | 'unknown';

/** Reads {@link EventStatus} from an event; `isFailure` where its code tells of a failure. */
export function statusOf({ outcome, decision }: WrittenEvent, isFailure: boolean): EventStatus {
  if (isFailure || decision?.effect === 'deny') return 'failure';
  if (outcome === undefined) return 'success';
  if (outcome.ended === 'interrupted') return 'unknown';
  return outcome.ended === 'completed' && outcome.status < 400 ? 'success' : 'failure';
}
