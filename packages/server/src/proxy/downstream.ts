import type { Clock, RawHeaders, RequestAttributes } from '@sallyport/core';
import type { ResponseHead } from '@sallyport/tunnel/http';
import { downstreamResponseHeaders } from './headers.ts';
import { type Refusal, refusalAnswer, refusalStatus } from './refusal.ts';
import type { ResponseSink } from './request.ts';

/** The kubectl side of one forwarded request. */
export interface Downstream {
  /** Passes the head on, or says why it can't be: then nothing was sent. */
  head(head: ResponseHead): Refusal | undefined;
  /** Passes bytes on, or says why the answer can't go on. */
  data(chunk: Uint8Array, taken: () => void): Refusal | undefined;
  /** Ends the answer, or says why what there is can't be its end. */
  end(trailers: RawHeaders): Refusal | undefined;
  /** Ends with a reason, in the protocol that the stream speaks, so that it can't look like success. */
  fail(refusal: Refusal): void;
  /** Status that went out; 0 while none did. */
  readonly status: number;
}

const NEWLINE = 0x0a;
/** How long the reason of a log's end may take to be accepted before the log is cut without it. */
const LAST_WORDS_TIMEOUT_MS = 2_000;

/** A request without a switch of protocols. */
export function createPlainDownstream(sink: ResponseSink, attributes: RequestAttributes, clock: Clock): Downstream {
  let status = 0;
  let atLineStart = true;
  let isJson = false;

  function breakOff(refusal: Refusal): void {
    const isLog = attributes.kind === 'resource' && attributes.subresource === 'log';
    const isWatch = attributes.verb === 'watch';
    if (isWatch && isJson && atLineStart) {
      // A clean end after an ERROR event is the one form in which kubectl shows the reason.
      sink.write(Buffer.from(`${JSON.stringify({ type: 'ERROR', object: refusalStatus(refusal) })}\n`), noop);
      sink.end([]);
      return;
    }
    if (!isLog) {
      sink.abort();
      return;
    }
    // A reset overtakes what was just written, so it waits until the caller has the reason, or does not read it in time.
    const deadline = clock.setTimeout(() => sink.abort(), LAST_WORDS_TIMEOUT_MS);
    sink.write(Buffer.from(`\n${refusal.message}\n`), () => {
      deadline.cancel();
      sink.abort();
    });
  }

  return {
    get status() {
      return status;
    },
    head(head) {
      isJson = isPlainJson(head.headers);
      sink.head(head.status, downstreamResponseHeaders(head.headers));
      status = head.status;
      return undefined;
    },
    data(chunk, taken) {
      atLineStart = chunk[chunk.length - 1] === NEWLINE;
      sink.write(chunk, taken);
      return undefined;
    },
    end(trailers) {
      sink.end(trailers);
      return undefined;
    },
    fail(refusal) {
      if (status !== 0) return breakOff(refusal);
      const answer = refusalAnswer(refusal);
      status = answer.status;
      sink.head(answer.status, answer.headers);
      sink.write(answer.body, noop);
      sink.end([]);
    },
  };
}

function isPlainJson(headers: RawHeaders): boolean {
  let json = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (name === 'content-encoding') return false;
    if (name === 'content-type') json = (headers[i + 1] as string).startsWith('application/json');
  }
  return json;
}

function noop(): void {}
