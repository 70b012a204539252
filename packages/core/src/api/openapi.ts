import { z } from 'zod';
import { operations } from './operations/index.ts';
import { KUBE_PASSAGE, type Passage } from './operations/kube-path.ts';
import type { Operation } from './operations/operation.ts';
import { PERMISSION_CATALOGUE } from './permissions.ts';
import { PROBLEM_MEDIA_TYPE, problemSchema } from './problem.ts';
import { API_PREFIX } from './requests.ts';

/** What {@link createOpenApi} takes. */
export interface OpenApiOptions {
  /** Origin of the server. */
  readonly serverUrl: string;
  readonly version: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * The REST contract as an OpenAPI 3.1 document, made from the table of operations. Every operation says in
 * `x-sallyport-permission` what it demands: a permission of the catalogue, `self` (about the caller alone), `each` (the
 * permission of each resource in the body) or `public`. Where `x-sallyport-own-free` is true, what is the caller's own takes no
 * permission.
 */
export function createOpenApi({ serverUrl, version }: OpenApiOptions): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, operation] of Object.entries<Operation>(operations)) {
    const path = `${API_PREFIX}${operation.path}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describeOperation(name, operation) };
  }
  paths[`${API_PREFIX}${KUBE_PASSAGE.path}/{path}`] = describePassage(KUBE_PASSAGE);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sallyport',
      version,
      description:
        'The REST API of Sallyport. Access tokens are bound to a key (DPoP, RFC 9449); service accounts send their API key ' +
        'as a bearer token. Failures are problem documents (RFC 9457) whose `code` is stable.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    tags: [...new Set(Object.values<Operation>(operations).map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: toSchema(problemSchema) },
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'DPoP',
          description: 'Access token of a login session, with a DPoP proof.',
        },
        apiKey: { type: 'http', scheme: 'bearer', description: 'API key of a service account.' },
        webSession: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-sallyport-session',
          description: 'Session of a browser; changes also need its CSRF token.',
        },
      },
    },
    'x-sallyport-permissions': PERMISSION_CATALOGUE,
  };
}

/** `path` stands for any number of parts, which OpenAPI has no word for. */
function describePassage({ methods, path, summary, permission }: Passage): Record<string, Json> {
  const description = 'Whatever the cluster answers in JSON or plain text, or a Kubernetes Status.';
  const operation = (method: string): Json => ({
    operationId: `${method}Kube`,
    summary,
    tags: [tagOf({ path })],
    'x-sallyport-permission': permission,
    security: [{ webSession: [] }],
    parameters: pathParameters({ path: `${path}/{path}` }),
    responses: { default: { description } },
  });
  return Object.fromEntries(methods.map((method) => [method, operation(method)]));
}

function describeOperation(name: string, operation: Operation): Json {
  const { permission, status, response, body } = operation;
  return {
    operationId: name satisfies string,
    summary: operation.summary,
    tags: [tagOf(operation)],
    'x-sallyport-permission': permission,
    ...(operation.isOwnFree && {
      'x-sallyport-own-free': true,
      description: `What is the caller's own takes no permission; anything else takes \`${permission}\`.`,
    }),
    security: permission === 'public' ? [] : [{ accessToken: [] }, { apiKey: [] }, { webSession: [] }],
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    ...(body !== undefined && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { 'application/json': { schema: toSchema(body) } },
      },
    }),
    responses: {
      [status]: {
        description: 'Success',
        ...(response !== undefined && { content: contentOf(operation, toSchema(response)) }),
      },
      default: {
        description: 'Failure',
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function contentOf({ formats = { json: 'application/json' } }: Operation, schema: Json): Json {
  return Object.fromEntries(Object.values(formats).map((mediaType) => [mediaType, { schema }]));
}

/** The last part of the path that is a name: what the operation is about. */
function tagOf({ path }: Pick<Operation, 'path'>): string {
  const [, first = '', second, third] = path.split('/');
  return first === 'organizations' && third !== undefined && second !== undefined
    ? third
    : first.replace(/\.json$/, '');
}

function pathParameters({ path }: Pick<Operation, 'path'>): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: Operation): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = toSchema(query) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters({ isConditional, isIdempotent, isEventStream }: Operation): Json[] {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  return [
    ...(isConditional ? [header('If-Match', 'The resource must still have this version, in quotes.')] : []),
    ...(isEventStream
      ? [header('Last-Event-ID', 'Id of the last event that came: the stream goes on behind it.')]
      : []),
    ...(isIdempotent ? [header('Idempotency-Key', 'The same key with the same request is carried out once.')] : []),
  ];
}

/** What travels: the form before decoding, for requests and answers alike. */
function toSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      // Ids are checked by a function; on the wire they are text.
      if (zodSchema._zod.def.type === 'custom') jsonSchema.type = 'string';
    },
  });
  return rest;
}
