import { type CastEvent, linesOf, parseCastEvent } from './read-cast.ts';

/** What a live view tells: what happened in the session, or that it is over. */
export type LiveNews =
  | { readonly kind: 'event'; readonly event: CastEvent }
  | { readonly kind: 'end'; readonly state?: string; readonly reason?: string };

/** Reads the server-sent events of a live view (https://html.spec.whatwg.org/#server-sent-events). */
export async function* readLive(chunks: AsyncIterable<string>): AsyncGenerator<LiveNews> {
  let isEnd = false;
  for await (const line of linesOf(chunks)) {
    if (line === '') isEnd = false;
    else if (line === 'event: end') isEnd = true;
    else if (line.startsWith('data: ')) {
      const data = line.slice('data: '.length);
      if (isEnd) {
        yield { kind: 'end', ...(JSON.parse(data) as { readonly state?: string; readonly reason?: string }) };
        return;
      }
      const event = parseCastEvent(data);
      if (event !== undefined) yield { kind: 'event', event };
    }
  }
}
