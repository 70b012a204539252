import { type AuditEventResource, auditEventSchema, readEventStream } from '@sallyport/core/api';

/** What a live tail tells: an event at its place, a place without one, or why the server ends it. */
export type TailNews =
  | { readonly kind: 'event'; readonly event: AuditEventResource; readonly place: string }
  | { readonly kind: 'place'; readonly place: string }
  | { readonly kind: 'end'; readonly code: string; readonly reason: string };

/** Reads the server-sent events of a tail. */
export async function* readTail(chunks: AsyncIterable<string>): AsyncGenerator<TailNews> {
  for await (const { type, data, id } of readEventStream(chunks)) {
    if (type === 'audit') yield { kind: 'event', event: auditEventSchema.parse(JSON.parse(data)), place: id };
    else if (type === 'end') {
      const { code = '', reason = '' } = JSON.parse(data) as { readonly code?: string; readonly reason?: string };
      yield { kind: 'end', code, reason };
      return;
    } else if (id !== '') yield { kind: 'place', place: id };
  }
}
