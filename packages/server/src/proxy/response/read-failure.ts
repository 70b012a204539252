import { failureStatus, type KubernetesStatus, parseStatus, type ResourceAttributes } from '@sallyport/core';
import { skipValue } from './scan-json.ts';
import { textOf } from './scan-members.ts';

/** What a failed answer may tell. */
export interface FailureRules {
  readonly attributes: ResourceAttributes;
  readonly isFiltering: boolean;
  readonly isMasking: boolean;
}

/** Reasons whose texts name the object and the caller, and quote nothing from it. */
const PLAIN_REASONS: ReadonlySet<string> = new Set([
  'Unauthorized',
  'Forbidden',
  'NotFound',
  'AlreadyExists',
  'Conflict',
  'Gone',
  'Expired',
  'MethodNotAllowed',
  'NotAcceptable',
  'UnsupportedMediaType',
  'RequestEntityTooLarge',
  'TooManyRequests',
  'ServiceUnavailable',
  'ServerTimeout',
  'Timeout',
]);

/**
 * What may be seen of an answer other than 2xx: a Status, and if upstream gave none, one of ours in its place. A missing
 * object is told in the words in which a hidden one is.
 */
export function readFailure(body: Uint8Array, code: number, rules: FailureRules): Uint8Array {
  const { attributes, isFiltering, isMasking } = rules;
  const status = readStatus(body);
  if (status === undefined) return encode(failureStatus('InternalError', `the API server answered ${code}`, { code }));
  if (isFiltering && status.reason === 'NotFound' && status.details?.name === attributes.name) {
    return encode(missing(attributes));
  }
  if (isMasking && attributes.verb === 'patch' && !PLAIN_REASONS.has(status.reason ?? '')) {
    // What comes of a patch is read back by the API server, and what can't be read is quoted with what stands around it.
    const message = 'the API server did not take the patch. Its reason is not shown, since it may quote hidden data.';
    return encode(failureStatus(status.reason ?? 'InternalError', message, { code }));
  }
  return body;
}

/** The answer for an object that is not shown, letter for letter that of kube-apiserver for one that does not exist. */
export function missing({ apiGroup, resource, name }: ResourceAttributes): KubernetesStatus {
  const qualified = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  return failureStatus('NotFound', `${qualified} ${JSON.stringify(name)} not found`, {
    details: { name, ...(apiGroup !== '' && { group: apiGroup }), kind: resource },
  });
}

/** A Status as a body. */
export function encode(status: KubernetesStatus): Uint8Array {
  return Buffer.from(`${JSON.stringify(status)}\n`);
}

function readStatus(body: Uint8Array): KubernetesStatus | undefined {
  const text = textOf(body, 0, body.length).trim();
  const bytes = Buffer.from(text);
  try {
    if (skipValue(bytes, 0, bytes.length) !== bytes.length) return undefined;
    return parseStatus(JSON.parse(text));
  } catch {
    return undefined;
  }
}
