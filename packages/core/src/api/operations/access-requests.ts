import {
  accessRequestListSchema,
  accessRequestQuerySchema,
  accessRequestSchema,
  createAccessRequestSchema,
  createGrantSchema,
  endWithReasonSchema,
  followUpSchema,
  grantListSchema,
  grantQuerySchema,
  grantSchema,
  renewGrantSchema,
  requestableListSchema,
  requestableQuerySchema,
  reviewAccessRequestSchema,
} from '../access-requests.ts';
import type { Operation } from './operation.ts';

const REQUESTS = '/organizations/{organization}/access-requests' as const;
const GRANTS = '/organizations/{organization}/grants' as const;

/**
 * Operations of just-in-time access. Those that a request policy decides are `self`: whoever may ask, and whoever may see
 * or review a request, is named there, and all others find nothing.
 */
export const accessRequestOperations = {
  listRequestable: {
    method: 'GET',
    path: '/organizations/{organization}/requestable',
    summary: 'Lists what the caller may ask for, and on what terms',
    permission: 'self',
    query: requestableQuerySchema,
    response: requestableListSchema,
    status: 200,
  },
  createAccessRequest: {
    method: 'POST',
    path: REQUESTS,
    summary:
      'Asks for a role for a while, as far as a request policy lets the caller; in an emergency takes it at once',
    permission: 'self',
    body: createAccessRequestSchema,
    response: accessRequestSchema,
    status: 201,
    isIdempotent: true,
  },
  listAccessRequests: {
    method: 'GET',
    path: REQUESTS,
    summary: 'Lists the access requests that the caller made, may review, or may see by permission',
    permission: 'self',
    query: accessRequestQuerySchema,
    response: accessRequestListSchema,
    status: 200,
  },
  getAccessRequest: {
    method: 'GET',
    path: `${REQUESTS}/{id}`,
    summary: 'Shows one access request with its reviews',
    permission: 'self',
    response: accessRequestSchema,
    status: 200,
  },
  reviewAccessRequest: {
    method: 'POST',
    path: `${REQUESTS}/{id}/reviews`,
    summary: 'Approves or denies an access request of somebody else, as a reviewer that its request policy names',
    permission: 'self',
    body: reviewAccessRequestSchema,
    response: accessRequestSchema,
    status: 200,
  },
  cancelAccessRequest: {
    method: 'POST',
    path: `${REQUESTS}/{id}/cancel`,
    summary: 'Cancels a pending access request: one’s own, or another’s by permission',
    permission: 'self',
    body: endWithReasonSchema,
    response: accessRequestSchema,
    status: 200,
  },
  followUpAccessRequest: {
    method: 'POST',
    path: `${REQUESTS}/{id}/follow-up`,
    summary: 'Says what the review after a break-glass use came to',
    permission: 'self',
    body: followUpSchema,
    response: accessRequestSchema,
    status: 200,
  },
  listGrants: {
    method: 'GET',
    path: GRANTS,
    summary: 'Lists the grants of the caller, and those of others by permission',
    permission: 'self',
    query: grantQuerySchema,
    response: grantListSchema,
    status: 200,
  },
  createGrant: {
    method: 'POST',
    path: GRANTS,
    summary: 'Grants a role to somebody else for a while without a request, never beyond what the caller holds',
    permission: 'grants.create',
    body: createGrantSchema,
    response: grantSchema,
    status: 201,
    isIdempotent: true,
  },
  getGrant: {
    method: 'GET',
    path: `${GRANTS}/{id}`,
    summary: 'Shows one grant',
    permission: 'self',
    response: grantSchema,
    status: 200,
  },
  renewGrant: {
    method: 'POST',
    path: `${GRANTS}/{id}/renew`,
    summary: 'Asks for more time under a grant of the caller, reviewed like any access request',
    permission: 'self',
    body: renewGrantSchema,
    response: accessRequestSchema,
    status: 201,
    isIdempotent: true,
  },
  revokeGrant: {
    method: 'POST',
    path: `${GRANTS}/{id}/revoke`,
    summary:
      'Revokes a grant at once, with everything open on it: one’s own, one that one may review, or by permission',
    permission: 'self',
    body: endWithReasonSchema,
    response: grantSchema,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Operation>>;
