import { ApiError } from '../errors.ts';
import type { Handler } from './context.ts';

const unknown: Handler = async (_, { parameters }) => {
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no access request ${JSON.stringify((parameters['id'] ?? '').slice(0, 64))} for you`,
  });
};
const none: Handler = async () => ({ items: [], metadata: { totalCount: 0, resourceVersion: '0' } });

/** Lists what the caller may ask for, and on what terms. */
export const listRequestable: Handler = async () => ({ items: [] });
/** Asks for a role for a while. */
export const createAccessRequest = unknown;
/** Lists the access requests that the caller may see. */
export const listAccessRequests = none;
/** Shows one access request. */
export const getAccessRequest = unknown;
/** Approves or denies an access request. */
export const reviewAccessRequest = unknown;
/** Cancels a pending access request. */
export const cancelAccessRequest = unknown;
/** Says what the review after a break-glass use came to. */
export const followUpAccessRequest = unknown;
