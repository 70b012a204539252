import { readRetryAfter } from '@sallyport/core';
import { AuditError } from '../errors.ts';

/** What a sink needs of `fetch`. The one of Node fits; a server hands in one that guards where it leads. */
export type SinkFetch = (url: string, request: SinkRequest) => Promise<SinkAnswer>;

/** One request of a sink. */
export interface SinkRequest {
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** What a sink reads of an answer. */
export interface SinkAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** How long a sink over HTTP waits. */
export interface HttpSinkLimits {
  /** Longest wait for an answer, in milliseconds. Defaults to 10,000. */
  readonly timeoutMs: number;
}

/** Options that every sink over HTTP has. */
export interface HttpSinkOptions extends Partial<HttpSinkLimits> {
  /** Defaults to `fetch` of the runtime. */
  readonly fetch?: SinkFetch;
}

/** Default of {@link HttpSinkOptions.timeoutMs}. */
const TIMEOUT_MS = 10_000;
/** Largest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 65_536;

/** A receiver that one sink sends to. */
export interface HttpReceiver {
  /** Sends a request; yields the text of a 2xx answer. @throws AuditError `ERR_AUDIT_SINK_UNREACHABLE`, `ERR_AUDIT_SINK_REFUSED` */
  send(
    url: string,
    request: Pick<SinkRequest, 'method' | 'headers' | 'body'> & { readonly signal?: AbortSignal | undefined },
  ): Promise<string>;
}

/**
 * Creates the way to a receiver. Redirects are not followed, and no error tells an address beyond its host, since paths and
 * queries may hold secrets. `finalStatuses` are those of which sending the same again can't come to anything else.
 */
export function createHttpReceiver(
  { fetch = runtimeFetch, timeoutMs = TIMEOUT_MS }: HttpSinkOptions,
  finalStatuses: readonly number[] = [400, 413, 422],
): HttpReceiver {
  return {
    async send(url, { method, headers, body, signal }) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const { host } = new URL(url);
      let answer: SinkAnswer;
      let text: string;
      try {
        answer = await fetch(url, {
          method,
          headers: { 'user-agent': 'sallyport', ...headers },
          body,
          redirect: 'manual',
          signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        });
        text = await readText(answer);
      } catch (error) {
        throw new AuditError({
          code: 'ERR_AUDIT_SINK_UNREACHABLE',
          message: `${host} could not be reached: ${reasonOf(error)}`,
          // Without the cause: messages of connections may repeat what they were given.
          nextStep: 'Look whether the receiver runs, and whether this server may reach it.',
        });
      }
      const { status } = answer;
      if (status >= 200 && status < 300) return text;
      const retryAfterMs = readRetryAfter(answer.headers.get('retry-after'), new Date());
      throw new AuditError({
        code: 'ERR_AUDIT_SINK_REFUSED',
        message: `${host} answered with status ${status}${status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''}`,
        nextStep: 'Look at the settings of the sink and of the receiver.',
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        isFinal: finalStatuses.includes(status),
      });
    },
  };
}

// The runtime's types know more bodies than a sink sends.
const runtimeFetch: SinkFetch = async (url, request) => {
  const { status, headers, body } = await fetch(url, request);
  return { status, headers, body };
};

async function readText({ body }: SinkAnswer): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString();
}

/** Why a connection failed, in words that hold nothing of what was sent. */
export function reasonOf(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
    if (each.name === 'TimeoutError') return 'no answer in time';
    const { code } = each as { readonly code?: unknown };
    if (typeof code !== 'string') continue;
    // A guard of addresses explains itself.
    if (code.startsWith('ERR_') && 'nextStep' in each) return each.message;
    if (/^[A-Z0-9_]{3,64}$/.test(code)) return code;
  }
  return 'the connection failed';
}
