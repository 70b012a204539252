import type { ApiClient } from '../api/client.ts';
import type { OperationName } from '../api/operations/index.ts';
import { type ApiClientOptions, type CallOptions, createRequests, readAnswer } from '../api/requests.ts';
import { type Instants, readInstants } from './instants.ts';

/** One operation of the contract, without its schemas. */
export interface Call<Name extends OperationName> {
  readonly name: Name;
  readonly method: string;
  /** Template below `/api/v1`. */
  readonly path: string;
  /** Status of success. */
  readonly status: number;
  /** Given: the answer is text, handed on as it is. */
  readonly formats?: true;
  /** Takes an idempotency key. */
  readonly isIdempotent?: true;
  /** Properties that an answer must have at its top. */
  readonly required?: readonly string[];
  /** Where instants stand in the answer. */
  readonly instants?: Instants;
}

/** Carries out one operation: input and options are those of the method of that name of an `ApiClient`. */
export type Caller = <Name extends OperationName>(
  call: Call<Name>,
  ...rest: Parameters<ApiClient[Name]>
) => ReturnType<ApiClient[Name]>;

/**
 * Creates what carries operations out that are named one by one, so that a bundle holds those and no schemas:
 * `call(listClusters, { organization })`. Types, errors, retries and credentials are those of `createApiClient`. What is
 * different: of an answer, only its instants and what must stand at its top are looked at; the rest is taken at the server's word.
 */
export function createCaller(options: ApiClientOptions): Caller {
  const { carryOut } = createRequests(options);

  async function call(operation: Call<OperationName>, input: object = {}, callOptions: CallOptions = {}) {
    const { url, answer } = await carryOut(operation, input as Readonly<Record<string, unknown>>, callOptions);
    if (operation.formats !== undefined && answer.status === operation.status) return answer.text;
    return readAnswer(url, answer, (body) => read(operation, body));
  }
  return call as Caller;
}

function read({ status, required = [], instants }: Call<OperationName>, body: unknown): unknown {
  if (status === 204) return undefined;
  const missing = required.find((name) => typeof body !== 'object' || body === null || !(name in body));
  if (missing !== undefined) throw new TypeError(`it has no ${missing}`);
  return instants === undefined ? body : readInstants(body, instants);
}
