import { readEventStream, type StreamedEvent, type TextStream } from '@sallyport/core/api';
import { isCodedError } from '@sallyport/core/errors';

const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;

/** What {@link followEvents} works with. */
export interface FollowOptions {
  /** Opens the stream behind the event of this id; from its beginning without one. */
  readonly open: (lastEventId: string | undefined) => Promise<TextStream>;
  readonly signal: AbortSignal;
  /** Told when the connection is lost, and when it is back. */
  readonly onState?: (isConnected: boolean) => void;
}

/**
 * Follows server-sent events, and opens the stream again behind the last one when the connection is lost. Ends with an event of
 * type `end`, which is told, too, and when `signal` is aborted. Rejects when the server refuses.
 */
export async function* followEvents({ open, signal, onState }: FollowOptions): AsyncGenerator<StreamedEvent> {
  let lastId: string | undefined;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const { chunks } = await open(lastId);
      onState?.(true);
      for await (const event of readEventStream(chunks)) {
        waitMs = FIRST_WAIT_MS;
        if (event.id !== '') lastId = event.id;
        yield event;
        if (event.type === 'end') return;
      }
    } catch (error) {
      if (signal.aborted) return;
      // What the server refuses it refuses again; a connection that breaks off is no coded error.
      if (isCodedError(error) && error.code !== 'ERR_API_UNREACHABLE') throw error;
    }
    onState?.(false);
    await wait(waitMs, signal);
    waitMs = Math.min(MAX_WAIT_MS, waitMs * 2);
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
