import {
  type ApiClient,
  ApiProblemError,
  fillPath,
  readProblem,
  type TextReader,
  textChunks,
} from '@sallyport/core/api';
import { readInstants } from '@sallyport/core/client';
import { CoreError } from '@sallyport/core/errors';
import { contract } from './contract.ts';
import type { ContractEntry } from './describe-contract.ts';

// Spelled out: the contract's own constant stands beside all of its schemas, which would come along.
const API_PREFIX = '/api/v1';

/** How a page speaks to its server. */
export interface PageClientOptions {
  readonly fetch: typeof fetch;
  /** Where the server is. Default: the origin of the page. */
  readonly baseUrl?: string;
  /** Headers by which the server knows who is asking; called for each request. */
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

interface Call {
  readonly signal?: AbortSignal;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly lastEventId?: string;
}

/** The client of the REST API for pages. */
export interface PageClient {
  readonly api: ApiClient;
  /** Reads texts and event streams piece by piece. */
  readonly readText: TextReader;
  /** The address of a WebSocket of the server, for a path that it said. */
  readonly socketUrl: (path: string) => URL;
}

/**
 * Creates the client. It is that of the contract in its types and errors, without the schemas: answers of a server of the same
 * release are read for their instants and for what must be there, and taken at their word else.
 */
export function createPageClient({ fetch: doFetch, baseUrl = '', headers: own }: PageClientOptions): PageClient {
  async function send(entry: ContractEntry, input: Readonly<Record<string, unknown>>, call: Call) {
    const [method, template, , , isText] = entry;
    const { body, ...rest } = input;
    const headers = {
      accept: isText === 1 ? '*/*' : 'application/json',
      ...(await own()),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(call.ifMatch !== undefined && { 'if-match': `"${call.ifMatch}"` }),
      ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
      ...(call.lastEventId !== undefined && { 'last-event-id': call.lastEventId }),
    };
    return reach(call.signal, () =>
      doFetch(`${baseUrl}${API_PREFIX}${fillPath(template, rest)}`, {
        method,
        headers,
        redirect: 'error',
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(call.signal && { signal: call.signal }),
      }),
    );
  }

  async function ask(entry: ContractEntry, input: Readonly<Record<string, unknown>>, call: Call) {
    const [, , status, shape, isText, required] = entry;
    const answer = await send(entry, input, call);
    const text = await reach(call.signal, () => answer.text());
    if (isText === 1 && answer.status === status) return text;
    return readAnswer(answer, text, (body) => {
      if (status === 204) return undefined;
      const missing = required.find((name) => typeof body !== 'object' || body === null || !(name in body));
      if (missing !== undefined) throw new TypeError(`it has no ${missing}`);
      return shape === 0 ? body : readInstants(body, shape);
    });
  }

  const readText: TextReader = async (name, input, call = {}) => {
    const entry = entryOf(name);
    const answer = await send(entry, input, call);
    if (answer.status !== entry[2]) {
      return readAnswer(answer, await answer.text(), () => {
        throw new TypeError('it is not the answer of this operation');
      });
    }
    return { headers: answer.headers, chunks: textChunks(answer.body) };
  };

  const methods = Object.entries(contract).map(([name, entry]) => [
    name,
    (input: Readonly<Record<string, unknown>> = {}, call: Call = {}) => ask(entry, input, call),
  ]);
  return { api: Object.fromEntries(methods) as ApiClient, readText, socketUrl: socketUrls(baseUrl) };
}

/** Paths of WebSockets begin at the server's root; a prefix that a proxy takes away stands in front of them here. */
const socketUrls = (baseUrl: string) => (path: string) =>
  new URL(new URL(`${baseUrl}${path}`, window.location.href).href.replace(/^http/, 'ws'));

function entryOf(name: string): ContractEntry {
  const entry = contract[name];
  if (entry === undefined) throw new RangeError(`there is no operation ${name}`);
  return entry;
}

/** Reads an answer: what it says, or the problem that it is. */
export function readAnswer<Value>(answer: Response, text: string, read: (body: unknown) => Value): Value {
  let body: unknown;
  try {
    body = answer.status === 204 || text === '' ? undefined : JSON.parse(text);
    if (answer.ok) return read(body);
  } catch (error) {
    throw unreadable(error);
  }
  const problem = readProblem(body);
  if (problem !== undefined) throw new ApiProblemError(problem);
  throw unreadable(new TypeError(`its status is ${answer.status} without a problem document`));
}

function unreadable(cause: unknown): CoreError {
  return new CoreError({
    code: 'ERR_API_UNREACHABLE',
    message: 'the server gave an answer that this page can’t read',
    cause,
    nextStep: 'Try again. If it stays like this, tell whoever runs this server.',
  });
}

/** Carries a call out; one that never arrives says so, one that was given up says nothing else. */
export async function reach<Value>(signal: AbortSignal | undefined, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CoreError({
      code: 'ERR_API_UNREACHABLE',
      message: 'the server can’t be reached',
      cause,
      nextStep: 'Check your network; the page asks again by itself.',
    });
  }
}
