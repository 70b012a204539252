import { firstHeader, type RawHeaders } from '@sallyport/core';
import { type Refusal, refusalAnswer } from '../proxy/refusal.ts';
import type { ResponseSink } from '../proxy/request.ts';
import { isPageForm } from './page-request.ts';

/** What makes an answer inert in a browser: as a document it has no origin, no script, nothing to load and no frame. */
const INERT: RawHeaders = [
  'Content-Security-Policy',
  "sandbox; default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options',
  'nosniff',
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Cache-Control',
  'no-store',
];
const REPLACED = new Set(INERT.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));

const UNFIT: Refusal = {
  code: 'ERR_PROXY_NOT_FOR_BROWSERS',
  message: 'the cluster answered with something else than JSON or text, which no page is given.',
};

/** Passes answers on to a page: inert ones, and none in a form that a browser could run. */
export function createPageSink(sink: ResponseSink): ResponseSink {
  let isRefused = false;
  let gone: (() => void) | undefined;

  function refuse(): void {
    isRefused = true;
    const { status, headers, body } = refusalAnswer(UNFIT);
    sink.head(status, inert(headers));
    sink.write(body, () => {});
    sink.end([]);
    // To whoever sends the answer, the page is gone.
    gone?.();
  }

  return {
    head(status, headers) {
      if (isPageForm(firstHeader(headers, 'content-type'))) sink.head(status, inert(headers));
      else refuse();
    },
    write(chunk, taken) {
      if (isRefused) taken();
      else sink.write(chunk, taken);
    },
    end(trailers) {
      if (!isRefused) sink.end(trailers);
    },
    abort() {
      if (!isRefused) sink.abort();
    },
    onGone(listener) {
      gone = listener;
      sink.onGone(listener);
      if (isRefused) listener();
    },
  };
}

function inert(headers: RawHeaders): RawHeaders {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (!REPLACED.has((headers[i] as string).toLowerCase())) kept.push(headers[i] as string, headers[i + 1] as string);
  }
  return [...kept, ...INERT];
}
