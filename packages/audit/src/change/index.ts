/**
 * What a write changed in an object of Kubernetes, told so that it can be kept: {@link describeChange} compares two objects by
 * their schema and yields JSON Patches there and back (RFC 6902) in which everything secret is masked. Pure, without I/O, and
 * total: no object makes it throw.
 *
 * @packageDocumentation
 */
export { type ChangeSide, describeChange, type ObservedWrite } from './describe-change.ts';
export type { JsonObject } from './json.ts';
export type { ResourceName } from './kube-schema.ts';
export { CHANGE_LIMITS, type ChangeLimits } from './limits.ts';
export type { WrittenBody } from './mask-body.ts';
export { MASK_TEXT } from './masked.ts';
