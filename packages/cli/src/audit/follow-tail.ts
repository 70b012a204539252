import { type Clock, CoreError } from '@sallyport/core';
import type { TextStream } from '@sallyport/core/api';
import { readTail, type TailNews } from './read-events.ts';

const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;

/** What {@link followTail} works with. */
export interface FollowTailOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Tells a person that the connection was lost. */
  readonly note: (line: string) => void;
}

/**
 * Follows a tail, and opens it again behind the last event when the connection is lost. Ends when `signal` is aborted or the server
 * says that it is over. A tail that can't be opened the first time rejects.
 */
export async function* followTail(
  open: (lastEventId: string | undefined) => Promise<TextStream>,
  { clock, signal, note }: FollowTailOptions,
): AsyncGenerator<Exclude<TailNews, { readonly kind: 'place' }>> {
  let place: string | undefined;
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    try {
      const { chunks } = await open(place);
      for await (const news of readTail(chunks)) {
        waitMs = FIRST_WAIT_MS;
        if (news.kind !== 'end') place = news.place;
        if (news.kind !== 'place') yield news;
        if (news.kind === 'end') return;
      }
    } catch (error) {
      if (signal.aborted) return;
      // What the server refuses, it refuses again; what does not get through may.
      const isLost = !(error instanceof CoreError) || error.code === 'ERR_API_UNREACHABLE';
      if (place === undefined || !isLost) throw error;
    }
    if (signal.aborted) return;
    note(`The connection was lost; trying again in ${waitMs / 1_000} s.`);
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, waitMs);
      const stop = () => {
        timer.cancel();
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
    });
    waitMs = Math.min(MAX_WAIT_MS, waitMs * 2);
  }
}
