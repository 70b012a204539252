import { CoreError } from '../errors.ts';
import { createDpopProof, type DpopKeyPair } from './dpop.ts';
import { fillPath } from './fill-path.ts';
import { ApiProblemError } from './problem-error.ts';
import { readProblem } from './read-problem.ts';
import { type RetryOptions, retryDelay, waitFor } from './retry.ts';
import type { ByteStream } from './text-chunks.ts';

/** Where the REST API begins. */
export const API_PREFIX = '/api/v1';

/** The part of `fetch` that the client needs. */
export type ApiFetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: 'error';
    readonly signal?: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  /** The same, piece by piece; only {@link createTextReader} needs it. */
  readonly body?: ByteStream | null;
}>;

/** What {@link createApiClient} needs. */
export interface ApiClientOptions {
  /** The server's public address, for example `https://sallyport.example.com`. */
  readonly baseUrl: string;
  /** Defaults to the global `fetch`. Hand in one that trusts a private CA. Must not follow redirects to other hosts. */
  readonly fetch?: ApiFetch;
  /**
   * The current access token. Called for each request, so that it can refresh. Absent: none is sent; pages of the server
   * itself speak by the cookie of their browser, and `fetch` adds the header that goes with it.
   */
  readonly accessToken?: () => Promise<string> | string;
  /** Key that the access token is bound to. Absent: it is bound to none and sent as a bearer token, as API keys are. */
  readonly keys?: DpopKeyPair;
  /**
   * Given: what failed in passing is asked again. Reads and creations are, the latter under an idempotency key that is made
   * for them; any operation is when the server itself said to come back later. Absent: nothing is.
   */
  readonly retry?: RetryOptions;
}

/** How a single call is made. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** For operations that are conditional: refused with `ERR_API_PRECONDITION` unless the resource has this version. */
  readonly ifMatch?: string;
  /** For operations that are idempotent: the same key is carried out once. */
  readonly idempotencyKey?: string;
}

/** The part of an operation that a request is made of. */
export interface RequestForm {
  readonly method: string;
  /** Template below {@link API_PREFIX}. */
  readonly path: string;
  /** Given: the answer is text. */
  readonly formats?: unknown;
  /** Takes an `Idempotency-Key`. */
  readonly isIdempotent?: true;
}

/** What makes requests: where to, and who says so. */
export function createRequests(options: ApiClientOptions) {
  const base = options.baseUrl.replace(/\/+$/, '') + API_PREFIX;
  const doFetch: ApiFetch = options.fetch ?? ((url, init) => fetch(url, init));

  async function request(operation: RequestForm, input: Readonly<Record<string, unknown>>, options_: CallOptions) {
    const { body, ...rest } = input;
    const url = `${base}${fillPath(operation.path, rest)}`;
    const init: Parameters<ApiFetch>[1] = {
      method: operation.method,
      headers: {
        accept: operation.formats === undefined ? 'application/json' : '*/*',
        ...(await presented(operation.method, url)),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(options_.ifMatch !== undefined && { 'if-match': `"${options_.ifMatch}"` }),
        ...(options_.idempotencyKey !== undefined && { 'idempotency-key': options_.idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error',
      ...(options_.signal && { signal: options_.signal }),
    };
    return { url, init };
  }

  /** The headers that say who is asking. */
  async function presented(method: string, url: string): Promise<Record<string, string>> {
    const accessToken = await options.accessToken?.();
    if (accessToken === undefined) return {};
    const { keys } = options;
    if (keys === undefined) return { authorization: `Bearer ${accessToken}` };
    const dpop = await createDpopProof({ keys, method, url, accessToken });
    return { authorization: `DPoP ${accessToken}`, dpop };
  }

  /** Sends a request and reads its answer, again and again as far as `retry` goes; each time with a proof of its own. */
  async function carryOut(operation: RequestForm, input: Readonly<Record<string, unknown>>, callOptions: CallOptions) {
    const { retry } = options;
    const needsKey = retry !== undefined && operation.isIdempotent === true && callOptions.idempotencyKey === undefined;
    const given = needsKey ? { ...callOptions, idempotencyKey: crypto.randomUUID() } : callOptions;
    const isRepeatable = operation.method === 'GET' || given.idempotencyKey !== undefined;
    for (let attempt = 1; ; attempt += 1) {
      const { url, init } = await request(operation, input, given);
      let answer: Answer | undefined;
      let failure: unknown;
      try {
        answer = await send(doFetch, url, init);
      } catch (error) {
        given.signal?.throwIfAborted();
        failure = error;
      }
      const delayMs = retry && retryDelay(retry, attempt, { answer, isRepeatable });
      if (delayMs === undefined) {
        if (answer === undefined) throw failure;
        return { url, answer };
      }
      await (retry?.wait ?? waitFor)(delayMs, given.signal);
    }
  }

  return { doFetch, request, carryOut };
}

/** An answer that has come whole. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The header `Retry-After`. */
  readonly retryAfter: string | null;
}

/** Sends a request and reads its whole answer. */
export async function send(doFetch: ApiFetch, url: string, init: Parameters<ApiFetch>[1]): Promise<Answer> {
  return reach(url, init.signal, async () => {
    const response = await doFetch(url, init);
    return {
      status: response.status,
      text: await response.text(),
      retryAfter: response.headers.get('retry-after'),
    };
  });
}

/** Carries a request out; one that never arrives says why, one that was given up rejects with the signal's reason. */
export async function reach<Answer>(
  url: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw new CoreError({
      code: 'ERR_API_UNREACHABLE',
      message: `${new URL(url).origin} can't be reached: ${describeCause(error)}`,
      cause: error,
      nextStep: 'Check the address, the network, and that the certificate authority of the server is trusted.',
    });
  }
}

/** Reads an answer: what it says, or the problem that it is. */
export function readAnswer<Response>(
  url: string,
  { status, text }: Pick<Answer, 'status' | 'text'>,
  read: (body: unknown) => Response,
): Response {
  if (status === 204) return read(undefined);
  let body: unknown;
  try {
    body = JSON.parse(text);
    if (status >= 200 && status < 300) return read(body);
  } catch (error) {
    throw notOfTheContract(url, status, error);
  }
  const problem = readProblem(body);
  if (problem !== undefined) throw new ApiProblemError(problem);
  throw notOfTheContract(url, status, new TypeError('it is no problem document'));
}

function notOfTheContract(url: string, status: number, cause: unknown): CoreError {
  return new CoreError({
    code: 'ERR_API_UNREACHABLE',
    message: `${new URL(url).origin} answered ${status} with something that is not of the Sallyport API`,
    cause,
    nextStep: 'Check that the address is that of a Sallyport server and that no proxy answers in its place.',
  });
}

/** The innermost reason: fetch says only "fetch failed" and keeps the socket's or TLS' word in the cause. */
function describeCause(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  if (!(reason instanceof Error)) return 'the request failed';
  const code = (reason as NodeJS.ErrnoException).code;
  return code !== undefined && !reason.message.includes(code) ? `${reason.message} (${code})` : reason.message;
}
