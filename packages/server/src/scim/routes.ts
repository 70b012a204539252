import { createAuditEvent } from '@sallyport/audit';
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { MACHINE_SECRET_CHARACTERS, parseMachineSecret } from '../authn/machines/machine-secret.ts';
import { plainAddress } from '../node/peer-address.ts';
import { requestTrace } from '../request-trace.ts';
import type { IdentityProviderRecord } from '../stores/records.ts';
import { type ScimAnswer, type ScimCall, type ScimContext, type ScimHandler, translate } from './context.ts';
import { resourceTypes, schemas, serviceProviderConfig, wholeList } from './discovery.ts';
import { describeScimError, ScimError, scimError } from './errors.ts';
import { createGroup, deleteGroup, getGroup, listGroups, patchGroup, replaceGroup } from './groups.ts';
import { ERROR_SCHEMA, GROUP, RESOURCE_TYPES, type ScimResourceType, USER } from './schema.ts';
import { createUser, deleteUser, getUser, listUsers, patchUser, replaceUser } from './users.ts';

/** Path that the endpoints of all identity providers are below. */
export const SCIM_PREFIX = '/scim/v2';

/** The endpoint of one identity provider, to be entered there. */
export function scimUrl(publicUrl: string, organization: string, provider: string): string {
  return `${publicUrl}${SCIM_PREFIX}/${organization}/${provider}`;
}

/** Media type of SCIM (RFC 7644, section 8.1). */
export const SCIM_MEDIA_TYPE = 'application/scim+json';
/** Largest body that is read, in bytes: a group of 10,000 members fits. */
export const MAX_SCIM_BODY_BYTES = 4 * 1_048_576;

interface Methods {
  readonly get: ScimHandler;
  readonly post?: ScimHandler;
  readonly put?: ScimHandler;
  readonly patch?: ScimHandler;
  readonly delete?: ScimHandler;
}

const COLLECTIONS: readonly { readonly type: ScimResourceType; readonly all: Methods; readonly one: Methods }[] = [
  {
    type: USER,
    all: { get: listUsers, post: createUser },
    one: { get: getUser, put: replaceUser, patch: patchUser, delete: deleteUser },
  },
  {
    type: GROUP,
    all: { get: listGroups, post: createGroup },
    one: { get: getGroup, put: replaceGroup, patch: patchGroup, delete: deleteGroup },
  },
];

const callProviders = new WeakMap<Request, IdentityProviderRecord>();

/**
 * Makes the SCIM endpoints, below {@link SCIM_PREFIX}: one per identity provider, each with a token of its own that opens
 * nothing else. Nothing about the server is told, and no body read, before the token has proved itself.
 */
export function createScimRoutes(context: ScimContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const readJson = express.json({ limit: MAX_SCIM_BODY_BYTES, type: [SCIM_MEDIA_TYPE, 'application/json'] });
  const base = '/:organization/:provider';

  router.use(base, (request, _response, next) => authenticate(context, request).then(() => next(), next), readJson);
  for (const { type, all, one } of COLLECTIONS) {
    mount(`${base}${type.endpoint}`, all);
    mount(`${base}${type.endpoint}/:id`, one);
  }
  mountDocument(`${base}/ServiceProviderConfig`, (baseUrl) => serviceProviderConfig(baseUrl));
  mountDocument(`${base}/ResourceTypes`, (baseUrl) => wholeList(resourceTypes(baseUrl)));
  mountDocument(`${base}/Schemas`, (baseUrl) => wholeList(schemas(baseUrl)));
  RESOURCE_TYPES.forEach(({ name, schema }, index) => {
    mountDocument(`${base}/ResourceTypes/${name}`, (baseUrl) => resourceTypes(baseUrl)[index] as object);
    mountDocument(`${base}/Schemas/${schema.replaceAll(':', '\\:')}`, (baseUrl) => schemas(baseUrl)[index] as object);
  });
  router.use(() => {
    throw scimError('ERR_SCIM_NOT_FOUND', 'there is nothing at this path');
  });
  router.use(answerFailure(context));
  return router;

  function mount(path: string, methods: Methods): void {
    for (const [method, handle] of Object.entries(methods) as [keyof Methods, ScimHandler][]) {
      router[method](path, async (request, response) =>
        send(response, await handle(context, readCall(context, request))),
      );
    }
    router.all(path, ({ method }, response) => {
      response.set('allow', Object.keys(methods).join(', ').toUpperCase());
      throw scimError('ERR_SCIM_METHOD_NOT_ALLOWED', `${method} is not possible here`);
    });
  }

  function mountDocument(path: string, make: (baseUrl: string) => object): void {
    mount(path, { get: async (_context, { baseUrl }) => ({ status: 200, body: make(baseUrl) }) });
  }
}

/**
 * Lets the token of the path's own identity provider in. Whatever is wrong (no token, an unknown one, that of another
 * provider, an organization that is not there) is answered alike.
 * @throws ScimError
 */
async function authenticate({ store, audit, snapshots, clock }: ScimContext, request: Request): Promise<void> {
  if (!snapshots.isFresh()) throw scimError('ERR_SCIM_UNAVAILABLE', 'the server has lost touch with its database');
  const [line, ...more] = request.headersDistinct['authorization'] ?? [];
  const text = line?.slice(0, MACHINE_SECRET_CHARACTERS + 16).replace(/^Bearer /i, '') ?? '';
  const parsed = more.length > 0 ? undefined : parseMachineSecret('scimToken', text);
  const id = parsed && (await store.transact((tx) => tx.scim.findToken(parsed.sha256)));
  const snapshot = snapshots.current();
  const provider = id && snapshot.identityProviders.get(id);
  const organization = provider && snapshot.organizations.get(provider.organizationId);
  const { organization: organizationName, provider: providerName } = request.params as Record<string, string>;
  if (provider === undefined || organization?.name !== organizationName || provider.name !== providerName) {
    if (line !== undefined) {
      // Batched with others: whoever sends nonsense must not cost a commit each time.
      await audit.record(
        createAuditEvent('credential.refused', clock.now(), {
          ...requestTrace(),
          sourceAddress: plainAddress(request.socket.remoteAddress),
          details: { surface: 'scim' },
        }),
        'prompt',
      );
    }
    throw scimError('ERR_SCIM_UNAUTHENTICATED', 'this needs the SCIM token of the identity provider');
  }
  if (provider.spec.disabled === true || provider.spec.groupsSource !== 'scim') {
    throw scimError('ERR_SCIM_OFF', `SCIM is off for the identity provider ${provider.name}`);
  }
  callProviders.set(request, provider);
}

function readCall({ publicUrl }: ScimContext, request: Request): ScimCall {
  const { organization = '', provider = '', id = '' } = request.params as Record<string, string>;
  const record = callProviders.get(request);
  if (record === undefined) throw scimError('ERR_SCIM_UNAUTHENTICATED', 'this request was not authenticated');
  return {
    provider: record,
    baseUrl: scimUrl(publicUrl, organization, provider),
    id,
    query: request.query,
    body: request.body as unknown,
    ifMatch: request.headers['if-match'],
    ifNoneMatch: request.headers['if-none-match'],
    sourceAddress: plainAddress(request.socket.remoteAddress),
  };
}

function send(response: Response, { status, body, etag, location }: ScimAnswer): void {
  if (etag !== undefined) response.set('etag', etag);
  if (location !== undefined) response.set('location', location);
  response.status(status);
  if (body === undefined) response.end();
  else response.set('content-type', SCIM_MEDIA_TYPE).send(JSON.stringify(body));
}

function answerFailure({ logger }: ScimContext): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const failure = toScimError(error);
    const { status, scimType } = describeScimError(failure.code);
    if (status >= 500) logger.error({ err: error, method: request.method }, 'a SCIM request failed');
    if (status === 401) response.set('www-authenticate', 'Bearer');
    if (status === 503) response.set('retry-after', '1');
    response.status(status).set('content-type', SCIM_MEDIA_TYPE);
    response.send(
      JSON.stringify({
        schemas: [ERROR_SCHEMA],
        status: String(status),
        ...(scimType !== undefined && { scimType }),
        detail: failure.message,
        // Beside what the RFC has; clients leave alone what they don't know.
        code: failure.code,
      }),
    );
  };
}

function toScimError(failure: unknown): ScimError {
  const error = translate(failure);
  if (error instanceof ScimError) return error;
  const { type } = (error ?? {}) as { readonly type?: unknown };
  if (type === 'entity.too.large') {
    return scimError('ERR_SCIM_TOO_LARGE', `the body is larger than ${MAX_SCIM_BODY_BYTES} bytes`, error);
  }
  // body-parser's other errors, and a path that is not well encoded.
  if (typeof type === 'string' || error instanceof URIError) {
    return scimError('ERR_SCIM_INVALID_SYNTAX', 'the request is not well formed', error);
  }
  return scimError('ERR_SCIM_INTERNAL', 'the server failed', error);
}
