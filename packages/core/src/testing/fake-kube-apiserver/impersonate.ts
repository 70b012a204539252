import { allHeaders, firstHeader, type RawHeaders } from '../../raw-headers.ts';
import { type AccessAttributes, forbiddenMessage, type Rbac } from './rbac.ts';
import { StatusError } from './status-error.ts';
import { ANONYMOUS, AUTHENTICATED, SERVICE_ACCOUNT_PREFIX, serviceAccountGroups, type UserInfo } from './user.ts';

/** Outcome of impersonation. */
export interface Impersonated {
  readonly user: UserInfo;
  /** `impersonate:user-info` when constrained impersonation (KEP-5284) allowed it; absent for the legacy verb. */
  readonly constraint?: string;
}

const AUTHENTICATION = 'authentication.k8s.io';
const EXTRA_PREFIX = 'impersonate-extra-';

// Header values arrive one byte per character; names are UTF-8.
const unpack = (value: string): string => Buffer.from(value, 'latin1').toString('utf8').trim();

interface Request {
  readonly user: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

function parseHeaders(headers: RawHeaders): Request {
  const extra: Record<string, string[]> = {};
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (!name.startsWith(EXTRA_PREFIX)) continue;
    const key = decodeURIComponent(name.slice(EXTRA_PREFIX.length)).toLowerCase();
    extra[key] = [...(extra[key] ?? []), unpack(headers[i + 1] as string)];
  }
  const uid = firstHeader(headers, 'impersonate-uid');
  return {
    // Of two lines the first wins, without a word.
    user: unpack(firstHeader(headers, 'impersonate-user') ?? ''),
    uid: uid === undefined || uid === '' ? undefined : unpack(uid),
    groups: allHeaders(headers, 'impersonate-group').map(unpack),
    extra,
  };
}

function serviceAccountOf(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(SERVICE_ACCOUNT_PREFIX)) return undefined;
  const [namespace = '', name = '', ...rest] = user.slice(SERVICE_ACCOUNT_PREFIX.length).split(':');
  return rest.length === 0 && namespace !== '' && name !== '' ? { namespace, name } : undefined;
}

function target(group: string, resource: string, name: string, subresource = '', namespace = '') {
  return { group, resource, name, subresource, namespace };
}

/** What must be allowed under the verb `impersonate`. */
function legacyTargets(request: Request) {
  const account = serviceAccountOf(request.user);
  return [
    account ? target('', 'serviceaccounts', account.name, '', account.namespace) : target('', 'users', request.user),
    ...request.groups.map((group) => target('', 'groups', group)),
    ...(request.uid === undefined ? [] : [target(AUTHENTICATION, 'uids', request.uid)]),
    ...extraTargets(request),
  ];
}

function extraTargets(request: Request) {
  return Object.entries(request.extra).flatMap(([key, values]) =>
    values.map((value) => target(AUTHENTICATION, 'userextras', value, key)),
  );
}

function constrainedTargets(request: Request) {
  return [
    target(AUTHENTICATION, 'users', request.user),
    ...request.groups.map((group) => target(AUTHENTICATION, 'groups', group)),
    ...(request.uid === undefined ? [] : [target(AUTHENTICATION, 'uids', request.uid)]),
    ...extraTargets(request),
  ];
}

/**
 * Acts as the user that `Impersonate-*` headers name, when the caller may. Semantics of kube-apiserver 1.36: a comma is
 * part of a group's name, several lines are several groups, constrained impersonation is tried before the legacy verb.
 * `attributes` is what the request wants to do. Returns `undefined` when nobody is impersonated.
 * @throws StatusError 400 without a user, 403 when it is not allowed
 */
export function impersonate(
  rbac: Rbac,
  caller: UserInfo,
  headers: RawHeaders,
  attributes: AccessAttributes,
): Impersonated | undefined {
  const request = parseHeaders(headers);
  if (request.user === '') {
    if (request.uid === undefined && request.groups.length === 0 && Object.keys(request.extra).length === 0)
      return undefined;
    throw new StatusError('BadRequest', 'requested groups, uid or extra without impersonating a user name');
  }
  const user = impersonatedUser(request);
  if (isConstrainedAllowed(rbac, caller, request, attributes)) return { user, constraint: 'impersonate:user-info' };
  for (const wanted of legacyTargets(request)) {
    const access: AccessAttributes = { isResource: true, verb: 'impersonate', ...wanted };
    if (rbac.authorize(caller, access) === undefined) {
      throw new StatusError('Forbidden', forbiddenMessage(caller, access), {
        details: { name: wanted.name, ...(wanted.group && { group: wanted.group }), kind: wanted.resource },
      });
    }
  }
  return { user };
}

function isConstrainedAllowed(rbac: Rbac, caller: UserInfo, request: Request, attributes: AccessAttributes): boolean {
  // Service accounts and nodes have modes of their own, which the fake leaves out: they need the legacy verb here.
  if (request.user.startsWith('system:')) return false;
  if (request.groups.some((group) => group === '' || group === 'system:masters')) return false;
  if (caller.groups.includes('system:masters')) return false;
  const onRequest: AccessAttributes = { ...attributes, verb: `impersonate-on:user-info:${attributes.verb}` };
  if (rbac.authorize(caller, onRequest) === undefined) return false;
  return constrainedTargets(request).every(
    (wanted) => rbac.authorize(caller, { isResource: true, verb: 'impersonate:user-info', ...wanted }) !== undefined,
  );
}

function impersonatedUser(request: Request): UserInfo {
  const account = serviceAccountOf(request.user);
  const named = account && request.groups.length === 0 ? serviceAccountGroups(account.namespace) : request.groups;
  const groups =
    request.user === ANONYMOUS.username
      ? [...new Set([...named, ...ANONYMOUS.groups])]
      : [...new Set([...named, AUTHENTICATED])];
  return {
    username: request.user,
    ...(request.uid !== undefined && { uid: request.uid }),
    groups,
    ...(Object.keys(request.extra).length > 0 && { extra: request.extra }),
  };
}
