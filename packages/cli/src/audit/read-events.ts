import { type AuditEventResource, auditEventSchema } from '@sallyport/core/api';
import { linesOf } from '../sessions/read-cast.ts';

/** What a live tail tells: an event at its place, a place without one, or why the server ends it. */
export type TailNews =
  | { readonly kind: 'event'; readonly event: AuditEventResource; readonly place: string }
  | { readonly kind: 'place'; readonly place: string }
  | { readonly kind: 'end'; readonly code: string; readonly reason: string };

/** Reads the server-sent events of a tail (https://html.spec.whatwg.org/#server-sent-events). */
export async function* readTail(chunks: AsyncIterable<string>): AsyncGenerator<TailNews> {
  let type = '';
  let data = '';
  let place = '';
  for await (const line of linesOf(chunks)) {
    if (line.startsWith('event: ')) type = line.slice('event: '.length);
    else if (line.startsWith('data: ')) data = line.slice('data: '.length);
    else if (line.startsWith('id: ')) place = line.slice('id: '.length);
    if (line !== '') continue;
    if (type === 'audit') yield { kind: 'event', event: auditEventSchema.parse(JSON.parse(data)), place };
    else if (type === 'end') {
      const { code = '', reason = '' } = JSON.parse(data) as { readonly code?: string; readonly reason?: string };
      yield { kind: 'end', code, reason };
      return;
    } else if (place !== '') yield { kind: 'place', place };
    type = '';
    data = '';
  }
}
