import { z } from 'zod';
import { CoreError } from '../errors.ts';
import { DISCOVERY_PATH, type Discovery, discoverySchema } from './discovery.ts';
import { createDpopProof, type DpopKeyPair } from './dpop.ts';
import { fillPath } from './fill-path.ts';
import { API_PREFIX, type OperationName, operations } from './operations/index.ts';
import type { Operation } from './operations/operation.ts';
import type { Problem } from './problem.ts';
import { readProblem } from './read-problem.ts';
import { type ByteStream, textChunks } from './text-chunks.ts';

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
}

/** How a single call is made. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** For operations that are conditional: refused with `ERR_API_PRECONDITION` unless the resource has this version. */
  readonly ifMatch?: string;
  /** For operations that are idempotent: the same key is carried out once. */
  readonly idempotencyKey?: string;
}

type PathParameter<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParameter<Rest>
  : never;

type Table = typeof operations;

type Input<Op> = {
  readonly [Name in Op extends { path: infer Path extends string } ? PathParameter<Path> : never]: string;
} & (Op extends { query: infer Query extends z.ZodType } ? Partial<z.input<Query>> : unknown) &
  (Op extends { body: infer Body extends z.ZodType }
    ? undefined extends z.input<Body>
      ? { readonly body?: z.input<Body> }
      : { readonly body: z.input<Body> }
    : unknown);

type Output<Op> = Op extends { response: infer Response extends z.ZodType } ? z.output<Response> : undefined;

type Method<Op> = keyof Input<Op> extends never
  ? (input?: Readonly<Record<string, never>>, options?: CallOptions) => Promise<Output<Op>>
  : Record<never, never> extends Input<Op>
    ? (input?: Input<Op>, options?: CallOptions) => Promise<Output<Op>>
    : (input: Input<Op>, options?: CallOptions) => Promise<Output<Op>>;

/** What an operation takes: path parameters and query side by side, the body under `body`. */
export type OperationInput<Name extends OperationName> = Input<Table[Name]>;

/** What an operation yields. */
export type OperationOutput<Name extends OperationName> = Output<Table[Name]>;

/** The REST API, one method per operation of the contract. */
export type ApiClient = { readonly [Name in OperationName]: Method<Table[Name]> };

/** The server refused. `problem.code` tells why; message and next step are the server's own. */
export class ApiProblemError extends CoreError {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super({
      code: 'ERR_API_PROBLEM',
      message: problem.detail,
      ...(problem.nextStep !== undefined && { nextStep: problem.nextStep }),
    });
    this.problem = problem;
  }
}

/**
 * Creates a client of the REST API: `api.getProject({ organization, name })`. Requests carry an access token, bound to a
 * key (DPoP) where there is one; none is retried.
 *
 * Calls reject with {@link ApiProblemError} (`ERR_API_PROBLEM`) when the server refuses, and with `CoreError`
 * `ERR_API_UNREACHABLE` when it can't be reached or answers something that is not of the contract.
 */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const { doFetch, request } = createRequests(options);

  async function call(operation: Operation, input: Readonly<Record<string, unknown>>, options_: CallOptions) {
    const { url, init } = await request(operation, input, options_);
    const answer = await send(doFetch, url, init);
    if (operation.formats !== undefined && answer.status === operation.status) return answer.text;
    return readAnswer(url, answer, reader(operation.response ?? z.undefined()));
  }

  const methods = Object.entries<Operation>(operations).map(([name, operation]) => [
    name,
    (input: Readonly<Record<string, unknown>> = {}, callOptions: CallOptions = {}) =>
      call(operation, input, callOptions),
  ]);
  return Object.fromEntries(methods) as ApiClient;
}

/** Operations whose answer is text, which may be long or without end. */
export type TextOperationName = {
  [Name in OperationName]: Table[Name] extends { formats: object } ? Name : never;
}[OperationName];

/** Text that comes piece by piece. */
export interface TextStream {
  readonly headers: { get(name: string): string | null };
  /** To be read once. Leaving the loop ends the request. */
  readonly chunks: AsyncIterable<string>;
}

/** How one text is read. */
export interface ReadTextOptions extends CallOptions {
  /** Where an event stream goes on: the `id` of the last event that came. */
  readonly lastEventId?: string;
}

/** Reads the answer of an operation as it comes, in bounded memory. */
export type TextReader = <Name extends TextOperationName>(
  name: Name,
  input: OperationInput<Name>,
  options?: ReadTextOptions,
) => Promise<TextStream>;

/**
 * Creates what reads long answers: exports, reports, event streams. Rejects as {@link createApiClient} does; reading rejects when
 * the connection breaks off.
 */
export function createTextReader(options: ApiClientOptions): TextReader {
  const { doFetch, request } = createRequests(options);
  return async (name, input, { lastEventId, ...callOptions } = {}) => {
    const operation: Operation = operations[name];
    const { url, init } = await request(operation, input, callOptions);
    const headers = { ...init.headers, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
    const answer = await reach(url, init.signal, () => doFetch(url, { ...init, headers }));
    if (answer.status !== operation.status) {
      return readAnswer(url, { status: answer.status, text: await answer.text() }, () => {
        throw new TypeError('it is not the answer of this operation');
      });
    }
    return { headers: answer.headers, chunks: textOf(answer) };
  };
}

/** Holds the answer for as long as nobody has begun to read: Node ends what an answer brings that was collected as garbage. */
async function* textOf(answer: { readonly body?: ByteStream | null | undefined }): AsyncIterable<string> {
  yield* textChunks(answer.body);
}

/** What makes requests: where to, and who says so. */
function createRequests(options: ApiClientOptions) {
  const base = options.baseUrl.replace(/\/+$/, '') + API_PREFIX;
  const doFetch: ApiFetch = options.fetch ?? ((url, init) => fetch(url, init));

  async function request(operation: Operation, input: Readonly<Record<string, unknown>>, options_: CallOptions) {
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

  return { doFetch, request };
}

/** What {@link fetchDiscovery} needs. */
export interface FetchDiscoveryOptions extends CallOptions {
  readonly baseUrl: string;
  /** Defaults to the global `fetch`. */
  readonly fetch?: ApiFetch;
}

/**
 * Reads a server's discovery document.
 * @throws CoreError `ERR_API_UNREACHABLE` when there is none
 * @throws ApiProblemError
 */
export async function fetchDiscovery(options: FetchDiscoveryOptions): Promise<Discovery> {
  const url = options.baseUrl.replace(/\/+$/, '') + DISCOVERY_PATH;
  const doFetch: ApiFetch = options.fetch ?? ((target, init) => fetch(target, init));
  const answer = await send(doFetch, url, {
    method: 'GET',
    headers: { accept: 'application/json' },
    redirect: 'error',
    ...(options.signal && { signal: options.signal }),
  });
  return readAnswer(url, answer, reader(discoverySchema));
}

function reader<Schema extends z.ZodType>(schema: Schema): (body: unknown) => z.output<Schema> {
  return (body) => schema.parse(body);
}

async function send(doFetch: ApiFetch, url: string, init: Parameters<ApiFetch>[1]) {
  return reach(url, init.signal, async () => {
    const response = await doFetch(url, init);
    return { status: response.status, text: await response.text() };
  });
}

async function reach<Answer>(
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

function readAnswer<Response>(
  url: string,
  { status, text }: { readonly status: number; readonly text: string },
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
