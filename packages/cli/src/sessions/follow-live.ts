import { readEventStream } from '@sallyport/core/api';
import { type CastEvent, parseCastEvent } from '@sallyport/core/terminal';

/** What a live view tells: what happened in the session, or that it is over. */
export type LiveNews =
  | { readonly kind: 'event'; readonly event: CastEvent }
  | { readonly kind: 'end'; readonly state?: string; readonly reason?: string };

/** Reads the server-sent events of a live view. */
export async function* readLive(chunks: AsyncIterable<string>): AsyncGenerator<LiveNews> {
  for await (const { type, data } of readEventStream(chunks)) {
    if (type === 'end') {
      yield { kind: 'end', ...(JSON.parse(data) as { readonly state?: string; readonly reason?: string }) };
      return;
    }
    for (const line of data.split('\n')) {
      const event = parseCastEvent(line);
      if (event !== undefined) yield { kind: 'event', event };
    }
  }
}
