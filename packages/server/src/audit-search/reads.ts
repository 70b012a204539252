import { type AuditEventId, isId, parseId } from '@sallyport/core';
import { type ApiContext, type Call, callEvent } from '../api/context.ts';
import { notOfAListing } from '../api/not-of-a-listing.ts';
import type { AuditPlace } from '../stores/audit-query.ts';

/** Where a listing goes on, and the audit event of its beginning. */
export interface PageMark extends AuditPlace {
  readonly readId: AuditEventId;
}

/** What of the log is read, for its audit event. */
export interface AuditReading {
  readonly operation:
    | 'listAuditEvents'
    | 'getAuditEvent'
    | 'tailAuditEvents'
    | 'aggregateAuditEvents'
    | 'listKubectlCommands'
    | 'compareRecordedAccess'
    | 'suggestRole';
  /** Filters as they were stated. */
  readonly filter: object;
}

/** How long pages of one listing count as one reading. */
const LISTING_MS = 24 * 3_600_000;

/**
 * Audits that somebody reads audit events, before anything is answered; yields the id of the event. A page that goes on names
 * the event of its listing's beginning in its mark: where that is in the log, of the same person with the same filters and of the
 * last 24 hours, the page is part of that reading and gets none of its own. A mark that was made up gets one.
 */
export async function recordReading(
  context: ApiContext,
  call: Pick<Call, 'caller' | 'sourceAddress'>,
  { operation, filter }: AuditReading,
  mark?: PageMark,
): Promise<AuditEventId> {
  const query = JSON.stringify(filter);
  if (mark !== undefined && (await isReading(context, call, mark.readId, { operation, query }))) return mark.readId;
  const event = callEvent(context, call, 'audit.read', { details: { operation, query } });
  await context.audit.record(event, 'required');
  return event.id;
}

async function isReading(
  { store, clock }: ApiContext,
  { caller }: Pick<Call, 'caller'>,
  id: AuditEventId,
  about: { readonly operation: string; readonly query: string },
): Promise<boolean> {
  const event = await store.auditReads.find({ organizationId: caller.organization.id, sight: 'all' }, id);
  if (event?.code !== 'audit.read' || event.principal?.id !== caller.principal.id) return false;
  if (clock.now() - event.at.getTime() > LISTING_MS) return false;
  return event.details?.operation === about.operation && event.details.query === about.query;
}

/** A mark as text. */
export function formatPageMark({ at, seq, readId }: PageMark): string {
  return Buffer.from(JSON.stringify([at.getTime(), seq, readId])).toString('base64url');
}

/**
 * Reads a mark.
 * @throws ApiError `ERR_API_REQUEST_INVALID`
 */
export function parsePageMark(text: string): PageMark {
  try {
    const [at, seq, readId] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    const isPlace = Number.isSafeInteger(at) && Math.abs(at as number) <= 8.64e15 && Number.isSafeInteger(seq);
    if (isPlace && isId('auditEvent', String(readId))) {
      return { at: new Date(at as number), seq: seq as number, readId: parseId('auditEvent', String(readId)) };
    }
  } catch {
    // Falls through to the refusal.
  }
  throw notOfAListing();
}
