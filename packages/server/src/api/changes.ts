import { actorOf, groundOn } from '../access-requests/ground.ts';
import { stillIn } from '../audit-search/still-in.ts';
import type { Change } from '../changes/change-news.ts';
import { isSeenBy } from '../changes/seen-by.ts';
import { ApiError } from '../errors.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { createOpenStreams } from './open-streams.ts';
import type { TextAnswer } from './text-answer.ts';

/** How much streams of changes take. */
export interface ChangeStreamLimits {
  /**
   * Most streams of changes, each of a page in a browser, that one principal has open on one server; more are refused with
   * `ERR_API_LIMIT`. Default 20.
   */
  readonly maxStreamsPerPrincipal?: number;
  /** Changes that come within so long are told as one, in milliseconds. Default 250. */
  readonly gatherMs?: number;
  /** After how long without a change a stream shows that it lives, in milliseconds. Default 15,000. */
  readonly heartbeatMs?: number;
}

const streams = createOpenStreams('streams of changes');

/** Tells that something has changed that the caller sees, and nothing of it: what it is, they ask for. */
export const watchMyChanges: Handler = async (context, call): Promise<TextAnswer> => ({
  mediaType: 'text/event-stream',
  chunks: openChanges(context, call),
});

/** @throws ApiError `ERR_API_LIMIT` */
function openChanges(
  context: ApiContext,
  call: Call,
  { maxStreamsPerPrincipal = 20, gatherMs = 250, heartbeatMs = 15_000 }: ChangeStreamLimits = {},
): AsyncIterable<string> {
  streams.assertRoom(context, call.caller.principal.id, maxStreamsPerPrincipal);
  return write(context, call, { gatherMs, heartbeatMs });
}

async function* write(
  context: ApiContext,
  call: Call,
  { gatherMs, heartbeatMs }: Required<Omit<ChangeStreamLimits, 'maxStreamsPerPrincipal'>>,
): AsyncIterable<string> {
  const { clock, changes: news } = context;
  const { organization, principal } = call.caller;
  const leave = streams.enter(context, principal.id);
  let isChanged = false;
  let wake = (): void => {};
  const unsubscribe = news.subscribe(organization.id, (changes) => {
    isChanged ||= seesAny(context, call, changes);
    if (isChanged) wake();
  });
  const pause = (forMs: number, isWoken: boolean) =>
    new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, forMs);
      if (!isWoken) return;
      wake = () => {
        timer.cancel();
        resolve();
      };
    });
  try {
    yield 'retry: 2000\n\n';
    for (;;) {
      if (!isChanged) await pause(heartbeatMs, true);
      stillIn(context, call.caller);
      yield isChanged ? 'event: change\ndata: {}\n\n' : ':\n\n';
      isChanged = false;
      await pause(gatherMs, false);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    yield `event: end\ndata: ${JSON.stringify({ code: error.code, reason: error.message })}\n\n`;
  } finally {
    unsubscribe();
    leave();
  }
}

/** Also when the caller is in no more: the stream says so. */
function seesAny(context: ApiContext, call: Call, changes: readonly Change[]): boolean {
  try {
    const ground = groundOn(context, actorOf(context, call), context.snapshots.current());
    return changes.some((change) => isSeenBy(ground, change));
  } catch (error) {
    if (error instanceof ApiError) return true;
    throw error;
  }
}
