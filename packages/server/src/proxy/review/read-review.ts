import { firstHeader, type RawHeaders, type RequestAttributes } from '@sallyport/core';
import type { Refusal } from '../refusal.ts';
import { decodeBody } from '../request-content/decode-body.ts';
import { decodeMessage, openProtobuf } from '../request-content/decode-protobuf.ts';
import { isJson, type Json } from '../request-content/json.ts';
import { INSPECTION_LIMITS } from '../request-content/limits.ts';
import { UnreadableBody } from '../request-content/parse-json.ts';
import type { Shape } from '../request-content/protobuf-shapes.ts';

/** Requests by which people ask what they may do, or who they are. */
export type ReviewKind = 'SelfSubjectAccessReview' | 'SelfSubjectRulesReview' | 'SelfSubjectReview';

const KINDS: ReadonlyMap<string, ReviewKind> = new Map([
  ['authorization.k8s.io/selfsubjectaccessreviews', 'SelfSubjectAccessReview'],
  ['authorization.k8s.io/selfsubjectrulesreviews', 'SelfSubjectRulesReview'],
  ['authentication.k8s.io/selfsubjectreviews', 'SelfSubjectReview'],
]);

/** Which review a request is; `undefined` for any other request. */
export function reviewKindOf(attributes: RequestAttributes): ReviewKind | undefined {
  if (attributes.kind !== 'resource' || attributes.verb !== 'create') return undefined;
  const { apiGroup, resource, subresource, name, namespace } = attributes;
  if (subresource !== '' || name !== '' || namespace !== '') return undefined;
  return KINDS.get(`${apiGroup}/${resource}`);
}

// staging/src/k8s.io/api/authorization/v1/generated.proto
const REVIEW: Shape = {
  2: [
    'spec',
    {
      1: [
        'resourceAttributes',
        {
          1: ['namespace', 'text'],
          2: ['verb', 'text'],
          3: ['group', 'text'],
          4: ['version', 'text'],
          5: ['resource', 'text'],
          6: ['subresource', 'text'],
          7: ['name', 'text'],
        },
      ],
      2: ['nonResourceAttributes', { 1: ['path', 'text'], 2: ['verb', 'text'] }],
    },
  ],
};
const RULES_REVIEW: Shape = { 2: ['spec', { 1: ['namespace', 'text'] }] };

/** The `spec` of a review. kubectl 1.32 and later send reviews as protobuf. */
export function readReviewSpec(
  kind: ReviewKind,
  headers: RawHeaders,
  body: Uint8Array,
): { readonly spec: Json } | Refusal {
  if (/^application\/vnd\.kubernetes\.protobuf\b/i.test(firstHeader(headers, 'content-type') ?? '')) {
    try {
      const { raw } = openProtobuf(body);
      return specOf(decodeMessage(raw, kind === 'SelfSubjectRulesReview' ? RULES_REVIEW : REVIEW));
    } catch (error) {
      if (!(error instanceof UnreadableBody)) throw error;
      return unreadableReview(error.message);
    }
  }
  const decoded = decodeBody('POST', headers, body, INSPECTION_LIMITS);
  return 'code' in decoded ? decoded : specOf(decoded.value);
}

function specOf(object: unknown): { readonly spec: Json } {
  const spec = isJson(object) ? object['spec'] : undefined;
  return { spec: isJson(spec) ? spec : {} };
}

/** The action that an access review asks about; or why it asks about none. */
export function reviewedAction(spec: Json): RequestAttributes | Refusal {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (isJson(resource) === isJson(path)) {
    return unreadableReview('it names not exactly one of resourceAttributes and nonResourceAttributes');
  }
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  if (isJson(path)) return { kind: 'nonResource', verb: text(path['verb']), path: text(path['path']) };
  const of = isJson(resource) ? resource : {};
  return {
    kind: 'resource',
    verb: text(of['verb']),
    apiGroup: text(of['group']),
    apiVersion: text(of['version']),
    resource: text(of['resource']),
    subresource: text(of['subresource']),
    namespace: text(of['namespace']),
    name: text(of['name']),
    remainder: '',
    path: '',
  };
}

function unreadableReview(why: string): Refusal {
  return { code: 'ERR_PROXY_BODY_UNREADABLE', message: `the review can not be read: ${why}.` };
}
