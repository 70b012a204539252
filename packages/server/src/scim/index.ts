/**
 * SCIM 2.0 (RFC 7643, 7644): identity providers keep their people and groups here themselves.
 *
 * Mount {@link createScimRoutes} at {@link SCIM_PREFIX}; give a provider its token with {@link issueScimToken}. Bulk
 * requests, sorting, groups in groups and password changes are left out.
 *
 * @packageDocumentation
 */
export type { ScimContext } from './context.ts';
export type { ScimErrorCode } from './errors.ts';
export { ScimError } from './errors.ts';
export { findProvisioned, isPendingSubject, pendingSubject } from './provisioned.ts';
export { createScimRoutes, MAX_SCIM_BODY_BYTES, SCIM_PREFIX, scimUrl } from './routes.ts';
export { issueScimToken, SCIM_TOKEN_OVERLAP_MS } from './token.ts';
