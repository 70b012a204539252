import { randomUUID } from 'node:crypto';
import type { RawHeaders } from '../../raw-headers.ts';
import { firstHeader } from '../../raw-headers.ts';
import type { AuditInput } from './audit-log.ts';
import type { Authenticate } from './authenticate.ts';
import { impersonate } from './impersonate.ts';
import { type AccessAttributes, forbiddenMessage, type Rbac } from './rbac.ts';
import { parseRequestInfo, type RequestInfo } from './request-info.ts';
import { StatusError } from './status-error.ts';
import { ANONYMOUS, type UserInfo } from './user.ts';

/** The head of a request, as it came. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: RawHeaders;
  readonly peerCertificate: Buffer | undefined;
  readonly sourceIP: string;
  readonly isUpgrade: boolean;
}

/** How far a request got: who, what, and why not. */
export interface Admission {
  readonly info: RequestInfo;
  /** Whom handlers see: the impersonated user when there is one. */
  readonly user: UserInfo;
  readonly audit: AuditInput;
  /** Set when the request is refused before any handler. */
  readonly refusal: StatusError | undefined;
}

/** Attributes of a request for the authorizer. */
export function accessAttributes(info: RequestInfo): AccessAttributes {
  if (!info.isResource) return { isResource: false, verb: info.verb, path: info.path };
  const { verb, group, resource, subresource, namespace, name } = info;
  return { isResource: true, verb, group, resource, subresource, namespace, name };
}

/** Stands for a request whose path can't be read. */
const UNREADABLE: RequestInfo = {
  isResource: false,
  path: '',
  verb: '',
  group: '',
  version: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  parts: [],
};

/** What kube-apiserver keeps of an id that comes with the request. */
const MAX_AUDIT_ID = 64;
const CONNECTING = new Set(['exec', 'attach', 'portforward']);

/**
 * Authenticates, impersonates and authorizes a request, in the order of kube-apiserver's handler chain. Never throws:
 * a refusal is part of the result, because it is audited like everything else.
 */
export function admit(
  services: { readonly authenticate: Authenticate; readonly rbac: Rbac; readonly now: () => number },
  head: RequestHead,
): Admission {
  let info = UNREADABLE;
  let caller: UserInfo = ANONYMOUS;
  let user: UserInfo | undefined;
  let constraint: string | undefined;
  let reason: string | undefined;
  let refusal: StatusError | undefined;
  try {
    info = parseRequestInfo(head.method, head.target);
    const attributes = accessAttributes(info);
    caller = services.authenticate(head.rawHeaders, head.peerCertificate);
    const impersonated = impersonate(services.rbac, caller, head.rawHeaders, attributes);
    user = impersonated?.user;
    constraint = impersonated?.constraint;
    reason = services.rbac.authorize(user ?? caller, attributes);
    if (reason === undefined) throw forbidden(user ?? caller, attributes);
    checkUpgradePermission(services.rbac, user ?? caller, attributes, head);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    refusal = error;
    reason = undefined;
  }
  const audit: AuditInput = {
    auditID: firstHeader(head.rawHeaders, 'audit-id')?.slice(0, MAX_AUDIT_ID) || randomUUID(),
    target: head.target,
    info,
    user: caller,
    impersonated: user,
    constraint,
    sourceIP: head.sourceIP,
    userAgent: firstHeader(head.rawHeaders, 'user-agent') ?? '',
    receivedAtMs: services.now(),
    reason,
  };
  return { info, user: user ?? caller, audit, refusal };
}

function forbidden(user: UserInfo, attributes: AccessAttributes): StatusError {
  const details = attributes.isResource
    ? { name: attributes.name, ...(attributes.group && { group: attributes.group }), kind: attributes.resource }
    : undefined;
  return new StatusError('Forbidden', forbiddenMessage(user, attributes), details ? { details } : {});
}

/** Since 1.36 a WebSocket to exec, attach or portforward (a GET) needs `create` as well as `get`. */
function checkUpgradePermission(rbac: Rbac, user: UserInfo, attributes: AccessAttributes, head: RequestHead): void {
  if (!attributes.isResource || head.method !== 'GET' || attributes.resource !== 'pods') return;
  if (!CONNECTING.has(attributes.subresource)) return;
  if ((firstHeader(head.rawHeaders, 'upgrade') ?? '').toLowerCase() !== 'websocket') return;
  const create: AccessAttributes = { ...attributes, verb: 'create' };
  if (rbac.authorize(user, create) === undefined) throw forbidden(user, create);
}
