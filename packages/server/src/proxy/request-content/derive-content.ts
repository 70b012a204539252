import type { RequestContent } from '@sallyport/authz';
import type { RawHeaders, RequestAttributes, ResourceAttributes } from '@sallyport/core';
import type { Refusal } from '../refusal.ts';
import { holdsMask, revealsHidden, SECRET_MASK } from '../response/mask.ts';
import { type DecodedBody, decodeBody } from './decode-body.ts';
import { findContradiction, isWithoutVersion } from './find-contradiction.ts';
import { findPatchPrivileges, findPrivileges, type NeededPrivileges, type PrivilegeScan } from './find-privileges.ts';
import { readJsonPatch } from './json-patch.ts';
import type { InspectionLimits } from './limits.ts';
import { UnreadableBody } from './parse-json.ts';

/** A request whose body is to be judged. */
export interface JudgedRequest {
  readonly method: string;
  readonly headers: RawHeaders;
  readonly attributes: RequestAttributes;
}

/** What is said of a body that decides nothing. */
export const EMPTY_CONTENT: RequestContent = { privileges: [], mayCreate: false, holdsMask: false };

/** Subresources behind which bodies belong to a program, not to the API server. */
const OPAQUE_SUBRESOURCES: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy']);

/**
 * Whether the body of a request can bring anything about in the cluster's objects. Of a DELETE it can't (its body holds
 * options), nor of what is carried to a program in a pod, nor of a path that is no resource.
 */
export function isTelling(attributes: RequestAttributes): attributes is ResourceAttributes {
  return (
    attributes.kind === 'resource' &&
    (attributes.verb === 'create' || attributes.verb === 'update' || attributes.verb === 'patch') &&
    !OPAQUE_SUBRESOURCES.has(attributes.subresource)
  );
}

/** What the body of a request says, as far as decisions need it; or why that can't be told. Pure. */
export function deriveContent(
  request: JudgedRequest,
  body: Uint8Array,
  limits: InspectionLimits,
): RequestContent | Refusal {
  const { attributes } = request;
  if (!isTelling(attributes)) return EMPTY_CONTENT;
  if (body.length === 0) return { ...EMPTY_CONTENT, mayCreate: attributes.subresource === '' };
  const decoded = decodeBody(request.method, request.headers, body, limits);
  if ('code' in decoded) return decoded;
  const isSecret = attributes.apiGroup === '' && attributes.resource === 'secrets';
  const contradiction = contradictionOf(decoded, attributes);
  try {
    return {
      privileges: privilegesOf(decoded, attributes, isSecret),
      mayCreate: mayCreate(decoded, request, attributes),
      ...(contradiction !== undefined && { contradiction }),
      holdsMask: isSecret && writesMask(decoded),
      ...(isSecret && decoded.form === 'jsonPatch' && revealsHidden(decoded.value) && { revealsHidden: true }),
    };
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return {
      code: 'ERR_PROXY_BODY_UNREADABLE',
      message: `the body of the request has no single reading: ${error.message}.`,
    };
  }
}

function privilegesOf(
  { form, value }: DecodedBody,
  { apiGroup, resource }: ResourceAttributes,
  isSecret: boolean,
): NeededPrivileges {
  // A schema names the fields that objects may have; no pod comes of it.
  if (apiGroup === 'apiextensions.k8s.io' && resource === 'customresourcedefinitions') return [];
  const scan: PrivilegeScan = { isSecret, isVolume: apiGroup === '' && resource === 'persistentvolumes' };
  return form === 'jsonPatch' ? findPatchPrivileges(readJsonPatch(value), scan) : findPrivileges(value, scan);
}

/** Subresources change what is there; so does every patch but an apply. */
function mayCreate(
  { form, value }: DecodedBody,
  { method }: JudgedRequest,
  { subresource }: ResourceAttributes,
): boolean {
  if (subresource !== '' || form !== 'object') return false;
  return method !== 'PUT' || isWithoutVersion(value);
}

function contradictionOf({ form, value }: DecodedBody, attributes: ResourceAttributes): string | undefined {
  return attributes.subresource === '' && form !== 'jsonPatch' ? findContradiction(value, attributes) : undefined;
}

/** `stringData` takes values as they are, so there the mask is what its base64 stands for. */
const PLAIN_MASK = Buffer.from(SECRET_MASK, 'base64').toString();

function writesMask({ value, raw }: DecodedBody): boolean {
  return raw === undefined ? holdsMask(value) || holdsText(value, PLAIN_MASK) : holdsMask(raw);
}

function holdsText(value: unknown, text: string): boolean {
  if (typeof value !== 'object' || value === null) return value === text;
  return Object.values(value).some((inner) => holdsText(inner, text));
}
