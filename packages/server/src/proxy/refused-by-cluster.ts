import { firstHeader, parseStatus, type RawHeaders } from '@sallyport/core';
import type { ResponseSink } from './request.ts';

/** Longest answer that is held to be read; a denial of kube-apiserver has some hundred bytes. */
const MAX_HELD_BYTES = 16_384;

/**
 * How kube-apiserver says that its authorizers refuse (staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters, the
 * same from 1.20 to 1.36). Admission plug-ins and webhooks refuse by 403 as well, in other words: no role helps there.
 */
const BY_AUTHORIZER = /forbidden: User ".*" cannot /s;

/**
 * Adds lines to the denial of a cluster: what is allowed here and not within the ceiling is refused there, and how to ask for
 * more is known here alone. Everything else passes as it is, at once.
 * @param ways called for a denial only
 */
export function withWaysBeyond(sink: ResponseSink, ways: () => readonly string[]): ResponseSink {
  let held: { readonly headers: RawHeaders; readonly chunks: Uint8Array[]; size: number } | undefined;

  function release(body: Uint8Array[], headers: RawHeaders): void {
    held = undefined;
    sink.head(403, headers);
    for (const chunk of body) sink.write(chunk, () => {});
  }

  return {
    ...sink,
    head(status, headers) {
      if (status === 403 && isPlainJson(headers)) held = { headers, chunks: [], size: 0 };
      else sink.head(status, headers);
    },
    write(chunk, taken) {
      if (held === undefined) return sink.write(chunk, taken);
      held.chunks.push(Uint8Array.from(chunk));
      held.size += chunk.length;
      if (held.size > MAX_HELD_BYTES) release(held.chunks, held.headers);
      taken();
    },
    end(trailers) {
      if (held !== undefined) {
        const { headers, chunks } = held;
        const body = Buffer.concat(chunks);
        const explained = explain(body, ways);
        if (explained === undefined) release(body.length === 0 ? [] : [body], headers);
        else release([explained], withLength(headers, explained.length));
      }
      sink.end(trailers);
    },
  };
}

function explain(body: Buffer, ways: () => readonly string[]): Buffer | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  const status = parseStatus(parsed);
  if (status?.reason !== 'Forbidden' || typeof status.message !== 'string') return undefined;
  if (!BY_AUTHORIZER.test(status.message)) return undefined;
  const lines = ways();
  if (lines.length === 0) return undefined;
  return Buffer.from(`${JSON.stringify({ ...status, message: [status.message, ...lines].join('\n') })}\n`);
}

function isPlainJson(headers: RawHeaders): boolean {
  const type = firstHeader(headers, 'content-type') ?? '';
  return type.startsWith('application/json') && firstHeader(headers, 'content-encoding') === undefined;
}

function withLength(headers: RawHeaders, length: number): string[] {
  const kept = headers.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() !== 'content-length' ? [name, headers[index + 1] ?? ''] : [],
  );
  return [...kept, 'Content-Length', String(length)];
}
