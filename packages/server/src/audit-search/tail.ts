import type { AuditFilter } from '@sallyport/core/api';
import { auditEventSchema } from '@sallyport/core/api';
import { z } from 'zod';
import type { ApiContext, Call } from '../api/context.ts';
import { createOpenStreams } from '../api/open-streams.ts';
import { ApiError } from '../errors.ts';
import { describeAuditEvent } from './describe-event.ts';
import { selectionOf } from './selection.ts';
import { stillIn } from './still-in.ts';

/** How much live tails take. */
export interface AuditTailLimits {
  /** Most live tails that one principal has open on one server; more are refused with `ERR_API_LIMIT`. Default 5. */
  readonly maxTailsPerPrincipal?: number;
  /** How often the log is looked at for a tail, in milliseconds. Default 1,000. */
  readonly pollMs?: number;
  /** After how long without an event a tail shows that it lives, in milliseconds. Default 15,000. */
  readonly heartbeatMs?: number;
}

const BATCH = 200;
const tails = createOpenStreams('live tails');

/**
 * Events as they get their place in the log, in the form of server-sent events: `id` is the index in the log, so that a reader that
 * comes back with it misses nothing and sees nothing twice. What the caller sees is looked at anew each time. When the login
 * session ends, or the sight, an `end` event says why and the stream closes.
 * @throws ApiError `ERR_API_LIMIT`
 */
export function openTail(
  context: ApiContext,
  { caller, lastEventId }: Pick<Call, 'caller' | 'lastEventId'>,
  filter: AuditFilter,
  { maxTailsPerPrincipal = 5, pollMs = 1_000, heartbeatMs = 15_000 }: AuditTailLimits = {},
): AsyncIterable<string> {
  const begin = lastEventId === undefined ? undefined : parseIndex(lastEventId) + 1;
  const { id } = caller.principal;
  tails.assertRoom(context, id, maxTailsPerPrincipal);

  async function* write(): AsyncIterable<string> {
    const leave = tails.enter(context, id);
    try {
      yield* follow(context, caller, filter, begin, { pollMs, heartbeatMs });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      yield `event: end\ndata: ${JSON.stringify({ code: error.code, reason: error.message })}\n\n`;
    } finally {
      leave();
    }
  }
  return write();
}

async function* follow(
  context: ApiContext,
  begun: Call['caller'],
  filter: AuditFilter,
  begin: number | undefined,
  { pollMs, heartbeatMs }: Required<Pick<AuditTailLimits, 'pollMs' | 'heartbeatMs'>>,
): AsyncIterable<string> {
  const { store, clock } = context;
  let next = begin ?? (await store.auditReads.logSize({ organizationId: begun.organization.id }));
  // The place is told at once: a reader that is cut off before the first event comes back to it.
  yield `retry: 2000\nid: ${next - 1}\n\n`;
  let saidAt = clock.monotonicMs();
  for (;;) {
    const caller = stillIn(context, begun);
    const selection = selectionOf(context, caller, filter);
    const size = await store.auditReads.logSize(selection);
    while (next < size) {
      const logged = await store.auditReads.logged(selection, { from: next, to: size, limit: BATCH });
      for (const { logIndex, event } of logged) {
        yield `id: ${logIndex}\nevent: audit\ndata: ${JSON.stringify(z.encode(auditEventSchema, describeAuditEvent(event)))}\n\n`;
        saidAt = clock.monotonicMs();
      }
      const last = logged.at(-1);
      next = logged.length === BATCH && last !== undefined ? last.logIndex + 1 : size;
    }
    if (clock.monotonicMs() - saidAt >= heartbeatMs) {
      yield `: alive\nid: ${next - 1}\n\n`;
      saidAt = clock.monotonicMs();
    }
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, pollMs));
  }
}

function parseIndex(text: string): number {
  if (/^(?:-1|\d{1,15})$/.test(text)) return Number(text);
  throw new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: 'the Last-Event-ID header is not one that a tail gave',
    problems: [{ path: 'headers.last-event-id', message: 'is not one that a tail gave' }],
    nextStep: 'Start again without it.',
  });
}
