import { type Cluster, createId, isId, type RawHeaders } from '@sallyport/core';
import { API_PREFIX, KUBE_PASSAGE } from '@sallyport/core/api';
import type { LiveLogin } from '../authn/login-sessions.ts';
import { ApiError } from '../errors.ts';
import type { Authenticated } from '../proxy/authenticate.ts';
import type { Snapshot } from '../snapshot.ts';

/** The cluster that an address of the kube path names, and what is meant for its API server. */
export interface PageTarget {
  readonly clusterId: string;
  /** Path and query, byte for byte as requested. */
  readonly target: string;
}

const [BEFORE_ID = '', AFTER_ID = ''] = `${API_PREFIX}${KUBE_PASSAGE.path}`.split('{id}');
const MAX_ID_CHARACTERS = 64;

/** Reads `/api/v1/clusters/{id}/kube/…`; `undefined` for any other address. Nothing is decoded. */
export function readPageTarget(url: string): PageTarget | undefined {
  if (!url.startsWith(BEFORE_ID)) return undefined;
  const end = url.indexOf('/', BEFORE_ID.length);
  const clusterId = url.slice(BEFORE_ID.length, end);
  if (end < 0 || clusterId.length > MAX_ID_CHARACTERS || !url.startsWith(`${AFTER_ID}/`, end)) return undefined;
  return { clusterId, target: url.slice(end + AFTER_ID.length) };
}

/** The address of a cluster's part of the kube path: {@link readPageTarget} the other way round. */
export function pageAddress({ clusterId, target }: PageTarget): string {
  return `${BEFORE_ID}${clusterId}${AFTER_ID}${target}`;
}

/**
 * The person of a browser's session at a cluster of their organization, as the access proxy takes whom somebody else has
 * authenticated: by live records. The session alone is what stands behind it; no credential is minted.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export function authenticatedAt(
  { loginSession, principal, organization }: LiveLogin,
  clusterId: string,
  snapshot: Pick<Snapshot, 'clusters'>,
  at: Date,
): Authenticated {
  const cluster: Cluster | undefined = isId('cluster', clusterId) ? snapshot.clusters.get(clusterId) : undefined;
  if (cluster === undefined || cluster.organizationId !== organization.id) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `there is no cluster ${JSON.stringify(clusterId)} for you`,
      nextStep: 'Run `sallyport clusters list` to see those that there are.',
    });
  }
  return {
    principal,
    session: loginSession,
    cluster,
    credential: {
      credentialId: createId('credential', at.getTime()),
      principalId: principal.id,
      loginSessionId: loginSession.id,
      organizationId: organization.id,
      clusterId: cluster.id,
      issuedAt: at,
      expiresAt: loginSession.expiresAt,
    },
  };
}

/**
 * What of a page's headers goes on. All the rest is dropped here: the cookie, credentials of any kind, whom to act as, and what
 * kubectl alone says of itself.
 */
const HEADERS = new Set([
  'accept-encoding',
  'accept-language',
  'content-length',
  'content-type',
  'if-match',
  'if-none-match',
  'traceparent',
  'tracestate',
  'user-agent',
  // Of a WebSocket; they count only beside an `Upgrade`.
  'upgrade',
  'connection',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
]);

/** The forms of an answer that a page may have: data that no browser runs. */
const FORMS = /^application\/json(?:$|;)|^text\/plain(?:$|;)/i;

/** The headers that a request of a page goes on with. Of what it accepts, only forms that a page may have are left. */
export function pageHeaders(headers: RawHeaders): RawHeaders {
  const kept: string[] = [];
  const accepted: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    const lower = name.toLowerCase();
    if (lower === 'accept') accepted.push(...value.split(',').map((each) => each.trim()));
    else if (HEADERS.has(lower)) kept.push(name, value);
  }
  const forms = accepted.filter((each) => FORMS.test(each));
  return ['Accept', forms.length === 0 ? 'application/json' : forms.join(', '), ...kept];
}

/** Whether an answer of this type may go to a page. */
export function isPageForm(contentType: string | undefined): boolean {
  // An answer without a type has no body that counts: 204, 304.
  return contentType === undefined || FORMS.test(contentType.trim());
}

const BODY_FORMS = new Set([
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]);

/**
 * Refuses a body of a type that a form of a foreign page could send, or that is not read here.
 * @throws ApiError `ERR_API_MEDIA_TYPE`
 */
export function assertBodyForm(contentType: string | undefined): void {
  const [type = ''] = (contentType ?? '').split(';');
  if (BODY_FORMS.has(type.trim().toLowerCase())) return;
  throw new ApiError({
    code: 'ERR_API_MEDIA_TYPE',
    message: `the body must be one of ${[...BODY_FORMS].join(', ')}`,
  });
}
