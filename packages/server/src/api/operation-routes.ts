import { INSTALLATION_PERMISSIONS } from '@sallyport/authz';
import { type Operation, type OperationName, operations } from '@sallyport/core/api';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import { forbidden } from '../resources/permitted.ts';
import { parseFields } from '../resources/select.ts';
import type { ApiContext, Call, Handler, PublicHandler } from './context.ts';
import { auditingDenials, recordRefusedCredential } from './denials.ts';
import { handlers } from './handlers.ts';
import { carryOutOnce } from './idempotency.ts';
import { assertOwnOrganization } from './locate.ts';
import { assertProof } from './proof.ts';
import { sendText, type TextAnswer } from './text-answer.ts';

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

function route(context: ApiContext, operation: Operation, handle: Handler | PublicHandler): RequestHandler[] {
  const { maxBodyBytes = MAX_BODY_BYTES } = operation;
  const readJson = express.json({ limit: maxBodyBytes, strict: false, type: 'application/json' });
  if (operation.permission === 'public') {
    return [requireMediaType, readJson, answerAnyone(context, operation, handle as PublicHandler)];
  }
  // Only a caller who is known gets a body read.
  return [authenticate(context), requireMediaType, readJson, answer(context, operation, handle as Handler)];
}

function answerAnyone(context: ApiContext, operation: Operation, handle: PublicHandler): RequestHandler {
  return async (request, response) => {
    const result = await handle(context, {
      parameters: request.params as Record<string, string>,
      sourceAddress: plainAddress(request.socket.remoteAddress),
      target: request.originalUrl,
      dpop: request.headersDistinct['dpop'] ?? [],
      userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT_CHARACTERS),
      body: operation.body && read(operation.body, request.body, 'body'),
      query: read(operation.query ?? NO_QUERY, request.query, 'query'),
    });
    send(response, operation, result);
  };
}

const MAX_USER_AGENT_CHARACTERS = 256;

const callers = new WeakMap<Request, Call['caller']>();

function authenticate(context: ApiContext): RequestHandler {
  const { snapshots } = context;
  return async (request, _response, next) => {
    if (!snapshots.isFresh()) {
      throw new ApiError({
        code: 'ERR_API_STALE',
        message: 'the server has lost touch with its database and decides nothing until it is back',
        nextStep: 'Try again in a moment.',
      });
    }
    const caller = await context.authenticate(request);
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
    const ifMatch = operation.isConditional === true ? readIfMatch(request.headers['if-match']) : undefined;
    const lastEventId = operation.isEventStream === true ? request.headers['last-event-id'] : undefined;
    const call = {
      caller,
      parameters,
      sourceAddress: plainAddress(request.socket.remoteAddress),
      ...(ifMatch !== undefined && { ifMatch }),
      ...(typeof lastEventId === 'string' && { lastEventId }),
    };
    let query: unknown;
    const carryOut = async () => {
      if (operation.permission !== 'self') assertProof(context, caller);
      if (operation.path.includes('{organization}') && !isOfInstallation(operation)) assertOwnOrganization(call);
      assertHoldsSomewhere(context, caller, operation);
      query = read(operation.query ?? NO_QUERY, request.query, 'query');
      const body = operation.body && read(operation.body, request.body, 'body');
      const whole = { ...call, body, query };
      const key = operation.isIdempotent === true ? request.headers['idempotency-key'] : undefined;
      if (typeof key !== 'string') return handle(context, whole);
      return carryOutOnce(context, { operation, call: whole, key }, (remember) =>
        handle(context, { ...whole, remember }),
      );
    };
    const result = await auditingDenials(context, call, request, operation, () => unlessBehind(context, carryOut));
    if (operation.formats !== undefined) {
      response.set('cache-control', 'no-store').status(operation.status);
      await sendText(response, result as TextAnswer);
      return;
    }
    send(response, operation, result, query as { readonly fields?: string });
  };
}

const MAYBE_BEHIND: ReadonlySet<unknown> = new Set(['ERR_API_NOT_FOUND', 'ERR_API_FORBIDDEN']);

/**
 * Refuses nothing for want of what another server has committed already: its change is known here some milliseconds later,
 * and whoever made it may be as quick. What was refused so has changed nothing, and is asked again.
 */
async function unlessBehind<Result>({ store, snapshots }: ApiContext, work: () => Promise<Result>): Promise<Result> {
  const { version } = snapshots.current();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError) || !MAYBE_BEHIND.has(error.code)) throw error;
    const head = await store.changes.head().catch(() => version);
    if (head <= version) throw error;
    await snapshots.refresh();
    return work();
  }
}

function send(
  response: Response,
  operation: Operation,
  result: unknown,
  query: { readonly fields?: string } = {},
): void {
  response.set('cache-control', 'no-store').status(operation.status);
  if (operation.response === undefined) {
    response.end();
    return;
  }
  const body = z.encode(operation.response, result) as object;
  const version = versionOf(body);
  if (version !== undefined) response.set('etag', `"${version}"`);
  response.json(selectFields(body, query));
}

/**
 * Refuses a change to whoever holds its permission nowhere, before anything of the request is looked at. Where it must be
 * held is for the operation to decide; that it was asked for at all does not depend on it.
 * @throws ApiError `ERR_API_FORBIDDEN`
 */
function assertHoldsSomewhere(
  { snapshots, clock }: ApiContext,
  { principal }: Call['caller'],
  operation: Operation,
): void {
  const { method, permission } = operation;
  if (method === 'GET' || permission === 'self' || permission === 'each') return;
  const held = snapshots.current().policy.heldBy(principal, new Date(clock.now()));
  if (!held.some(({ compiledRole }) => compiledRole.permissions.has(permission))) throw forbidden(permission);
}

/** Whether an operation is decided on the installation, above all organizations, and may be about any of them. */
function isOfInstallation({ permission }: Operation): boolean {
  return INSTALLATION_PERMISSIONS.some((each) => each === permission);
}

const NO_QUERY = z.strictObject({});

/**
 * One strong entity tag, as answers carry it (RFC 9110, section 13.1.1); `*` demands no version.
 * @throws ApiError `ERR_API_REQUEST_INVALID`
 */
function readIfMatch(header: string | undefined): string | undefined {
  if (header === undefined || header === '*') return undefined;
  const version = /^"(\d{1,18})"$/.exec(header)?.[1];
  if (version !== undefined) return version;
  throw new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: 'the If-Match header is not one version in quotes',
    problems: [{ path: 'headers.if-match', message: 'is not one version in quotes' }],
    nextStep: 'Send back the ETag of the answer that you read.',
  });
}

function versionOf(body: object): string | undefined {
  const { kind, metadata } = body as {
    readonly kind?: string;
    readonly metadata?: { readonly resourceVersion?: string };
  };
  return kind === undefined ? undefined : metadata?.resourceVersion;
}

/** Leaves only what the query asks for: of a resource, or of each item of a page. */
function selectFields(body: object, { fields }: { readonly fields?: string }): object {
  if (fields === undefined) return body;
  const select = parseFields(fields);
  return 'items' in body ? { ...body, items: (body.items as object[]).map(select) } : select(body);
}

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
