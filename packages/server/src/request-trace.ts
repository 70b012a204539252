import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestHandler } from 'express';
import { traceIdOf } from './proxy/trace.ts';

const traces = new AsyncLocalStorage<string>();

/** Keeps the trace of a request for all that is done on its behalf; see {@link requestTrace}. Goes before every other handler. */
export const keepTrace: RequestHandler = (request, _response, next) => traces.run(traceIdOf(request.rawHeaders), next);

/**
 * What an audit event says of the trace of the HTTP request that is being served, and nothing outside of any. Logins pass through
 * a dozen modules that know nothing of HTTP; so this is not handed down.
 */
export function requestTrace(): { readonly traceId?: string } {
  const traceId = traces.getStore();
  return traceId === undefined ? {} : { traceId };
}
