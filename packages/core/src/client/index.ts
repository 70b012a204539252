/**
 * The client of the REST API for places where size counts: each operation is an export of its own, and a bundle holds those that it
 * names, without schemas.
 *
 * Start with {@link createCaller} and an operation, e.g. {@link listClusters}; {@link itemsOf} reads all pages of a listing,
 * {@link isProblem} tells why the server refused. Where answers should be checked against the whole contract, take
 * `createApiClient` of `@sallyport/core/api`. Signing in is left to an OAuth library.
 *
 * @packageDocumentation
 */

export type { PageOf } from '../api/items-of.ts';
export { itemsOf } from '../api/items-of.ts';
export { ApiProblemError, isProblem } from '../api/problem-error.ts';
export type { ApiClientOptions, ApiFetch, CallOptions } from '../api/requests.ts';
export type { RetryOptions } from '../api/retry.ts';
export type { Call, Caller } from './caller.ts';
export { createCaller } from './caller.ts';
export * from './calls.ts';
export type { Instants } from './instants.ts';
export { readInstants } from './instants.ts';
