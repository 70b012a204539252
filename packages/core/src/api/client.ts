import { z } from 'zod';
import { DISCOVERY_PATH, type Discovery, discoverySchema } from './discovery.ts';
import { type OperationName, operations } from './operations/index.ts';
import type { Operation } from './operations/operation.ts';
import {
  type ApiClientOptions,
  type ApiFetch,
  type CallOptions,
  createRequests,
  reach,
  readAnswer,
  send,
} from './requests.ts';
import { type ByteStream, textChunks } from './text-chunks.ts';

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

/**
 * Creates a client of the REST API: `api.getProject({ organization, name })`. Requests carry an access token, bound to a
 * key (DPoP) where there is one. With `retry`, what failed in passing is asked again.
 *
 * Calls reject with `ApiProblemError` (`ERR_API_PROBLEM`) when the server refuses, and with `CoreError`
 * `ERR_API_UNREACHABLE` when it can't be reached or answers something that is not of the contract.
 */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const { carryOut } = createRequests(options);

  async function call(operation: Operation, input: Readonly<Record<string, unknown>>, options_: CallOptions) {
    const { url, answer } = await carryOut(operation, input, options_);
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
