import { createHash } from 'node:crypto';
import { firstHeader } from '../../raw-headers.ts';
import { type Call, type Cluster, objectReply, type Reply, textReply } from './call.ts';
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from './discovery.ts';
import { groupVersion } from './kinds.ts';
import { negotiateDiscovery } from './negotiate.ts';
import type { Json } from './objects.ts';
import { type CustomSchemas, openApiV2, openApiV3 } from './openapi-documents.ts';
import { encodeOpenApiV2, OPENAPI_V2_PROTOBUF } from './openapi-protobuf.ts';
import { StatusError } from './status-error.ts';

/** What `/version` says. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}

/** State of the paths that are no resources. */
export interface NonResourceContext {
  readonly cluster: Cluster;
  readonly version: VersionInfo;
  readonly address: () => string;
  readonly customSchemas: () => CustomSchemas;
}

function notServed(): StatusError {
  return new StatusError('NotFound', 'the server could not find the requested resource');
}

/** Answers with an ETag, and 304 when the client has it already. */
function cached(call: Call, body: Uint8Array | string, contentType: string): Reply {
  const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
  const headers = ['Etag', etag, 'Vary', 'Accept', 'Cache-Control', 'public'];
  if (firstHeader(call.headers, 'if-none-match') === etag) {
    return { is: 'body', code: 304, contentType, body: '', headers };
  }
  return { is: 'body', code: 200, contentType, body, headers };
}

function discovery(context: NonResourceContext, call: Call): Reply {
  const kinds = context.cluster.kinds.all();
  const isLegacy = call.info.path.startsWith('/api/') || call.info.path === '/api';
  const form = negotiateDiscovery(call.headers);
  if (form !== 'legacy') {
    const type = `application/json;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`;
    return cached(call, JSON.stringify(aggregatedDiscovery(kinds, isLegacy, form)), type);
  }
  return objectReply(200, isLegacy ? apiVersions(context.address()) : apiGroupList(kinds), ['Vary', 'Accept']);
}

function openApi(context: NonResourceContext, call: Call): Reply {
  const { cluster, version, customSchemas } = context;
  const kinds = cluster.kinds.all();
  if (call.info.path === '/openapi/v2') {
    const document = openApiV2(kinds, customSchemas(), version.gitVersion);
    const accept = firstHeader(call.headers, 'accept') ?? '';
    if (accept.includes('proto-openapi.spec.v2')) return cached(call, encodeOpenApiV2(document), OPENAPI_V2_PROTOBUF);
    return cached(call, JSON.stringify(document), 'application/json');
  }
  const wanted = call.info.path.replace(/^\/openapi\/v3\/?/, '').replace(/^apis?\//, '');
  if (wanted === '') {
    const versions = new Set(kinds.map(groupVersion));
    const paths = [...versions].map((one) => {
      const path = one.includes('/') ? `apis/${one}` : `api/${one}`;
      const hash = createHash('sha256')
        .update(JSON.stringify(openApiV3(kinds, customSchemas(), one, version.gitVersion)))
        .digest('hex');
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash.toUpperCase()}` }];
    });
    return objectReply(200, { paths: Object.fromEntries(paths) as Json });
  }
  const document = openApiV3(kinds, customSchemas(), wanted, version.gitVersion);
  if (!document) throw notServed();
  return cached(call, JSON.stringify(document), 'application/json');
}

function versionBody(version: VersionInfo): Json {
  return {
    ...version,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.25',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

/** Answers requests about paths that are no resources. */
export function handleNonResource(context: NonResourceContext, call: Call): Reply {
  const { path } = call.info;
  const { cluster } = context;
  if (call.method !== 'GET' && call.method !== 'HEAD') {
    throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
  }
  const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path;
  switch (trimmed) {
    case '/':
      return objectReply(200, {
        paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
      });
    case '/version':
      return objectReply(200, versionBody(context.version));
    case '/healthz':
    case '/livez':
    case '/readyz':
      return textReply('ok');
    case '/api':
    case '/apis':
      return discovery(context, call);
    case '/openapi/v2':
    case '/openapi/v3':
      return openApi(context, call);
    case '/openid/v1/jwks':
      return objectReply(200, cluster.tokens.jwks);
    case '/.well-known/openid-configuration':
      return objectReply(200, {
        issuer: cluster.tokens.issuer,
        jwks_uri: `${context.address()}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      });
  }
  if (trimmed.startsWith('/openapi/v3/')) return openApi(context, call);
  const [root, first = '', second, ...rest] = trimmed.split('/').slice(1);
  if (rest.length === 0 && root === 'api' && second === undefined) return listOr404(cluster, first);
  if (rest.length === 0 && root === 'apis') {
    if (second !== undefined) return listOr404(cluster, `${first}/${second}`);
    const group = apiGroup(cluster.kinds.all(), first);
    if (group) return objectReply(200, group);
  }
  throw notServed();
}

function listOr404(cluster: Cluster, wanted: string): Reply {
  const list = apiResourceList(cluster.kinds.all(), wanted);
  if (!list) throw notServed();
  return objectReply(200, list);
}
