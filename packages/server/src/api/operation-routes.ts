import { type Operation, type OperationName, operations } from '@sallyport/core/api';
import express, { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { auditingDenials, recordRefusedCredential } from './denials.ts';
import { handlers } from './handlers.ts';
import { assertOwnOrganization } from './locate.ts';

/** Largest body that the API reads, in bytes. */
export const MAX_BODY_BYTES = 1_048_576;

/**
 * Makes the routes of the REST contract, below `/api/v1`. Every route is made from the contract's table, so that none
 * exists without a permission, and passes the same gates in the same order: authentication, organization, contract.
 */
export function createOperationRoutes(context: ApiContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const methodsByPath = new Map<string, string[]>();
  for (const name of Object.keys(operations) as OperationName[]) {
    const operation: Operation = operations[name];
    const handle = handlers[name];
    if (handle === undefined) continue;
    const path = expressPath(operation.path);
    methodsByPath.set(path, [...(methodsByPath.get(path) ?? []), operation.method]);
    router[operation.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'](
      path,
      ...route(context, operation, handle),
    );
  }
  for (const [path, methods] of methodsByPath) {
    router.all(path, (request) => {
      throw new ApiError({
        code: 'ERR_API_METHOD_NOT_ALLOWED',
        message: `${request.method} is not possible here; allowed: ${methods.join(', ')}`,
        allow: methods,
      });
    });
  }
  return router;
}

/** The path of the contract in express' own notation. */
export function expressPath(template: string): string {
  return template.replace(/\{(\w+)\}/g, ':$1');
}

const readJson = express.json({ limit: MAX_BODY_BYTES, strict: false, type: 'application/json' });

function route(context: ApiContext, operation: Operation, handle: Handler): RequestHandler[] {
  // Only a caller who is known gets a body read.
  return [authenticate(context), requireMediaType, readJson, answer(context, operation, handle)];
}

const callers = new WeakMap<Request, Call['caller']>();

function authenticate(context: ApiContext): RequestHandler {
  const { snapshots, verifyAccessToken } = context;
  return async (request, _response, next) => {
    if (!snapshots.isFresh()) {
      throw new ApiError({
        code: 'ERR_API_STALE',
        message: 'the server has lost touch with its database and decides nothing until it is back',
        nextStep: 'Try again in a moment.',
      });
    }
    const caller = await verifyAccessToken({
      method: request.method,
      target: request.originalUrl,
      authorization: request.headersDistinct['authorization'] ?? [],
      dpop: request.headersDistinct['dpop'] ?? [],
    });
    if (caller === undefined) {
      // A request without any credential refuses itself; one that presents something is worth an event.
      if (request.headers.authorization !== undefined) await recordRefusedCredential(context, request);
      throw new ApiError({
        code: 'ERR_API_UNAUTHENTICATED',
        message: 'the request carries no valid access token of a live login session',
        nextStep: 'Sign in with: sallyport login',
      });
    }
    callers.set(request, caller);
    next();
  };
}

/** JSON under another name is refused: a form of a foreign page can send `text/plain`, but not `application/json`. */
const requireMediaType: RequestHandler = (request, _response, next) => {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (!hasBody || request.is('application/json')) return next();
  throw new ApiError({ code: 'ERR_API_MEDIA_TYPE', message: 'the body must be application/json' });
};

function answer(context: ApiContext, operation: Operation, handle: Handler): RequestHandler {
  return async (request, response) => {
    const caller = callers.get(request) as Call['caller'];
    const parameters = request.params as Record<string, string>;
    const call = { caller, parameters, sourceAddress: plainAddress(request.socket.remoteAddress) };
    const result = await auditingDenials(context, call, request, operation, async () => {
      if (operation.path.includes('{organization}')) assertOwnOrganization(call);
      return handle(context, {
        ...call,
        body: operation.body && read(operation.body, request.body, 'body'),
        query: read(operation.query ?? NO_QUERY, request.query, 'query'),
      });
    });
    response.set('cache-control', 'no-store').status(operation.status);
    if (operation.response === undefined) response.end();
    else response.json(z.encode(operation.response, result));
  };
}

const NO_QUERY = z.strictObject({});

function read(schema: z.ZodType, value: unknown, what: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `the ${what} breaks the contract in ${result.error.issues.length} place(s)`,
    problems: result.error.issues.map(({ path, message }) => ({
      path: [what, ...path.map(String)].join('.'),
      message,
    })),
    nextStep: 'Correct the places that are listed.',
  });
}
