import { ApiError } from '../errors.ts';
import type { Handler } from './context.ts';

const unknown: Handler = async (_, { parameters }) => {
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no grant ${JSON.stringify((parameters['id'] ?? '').slice(0, 64))} for you`,
  });
};

/** Lists the grants that the caller may see. */
export const listGrants: Handler = async () => ({ items: [], metadata: { totalCount: 0, resourceVersion: '0' } });
/** Shows one grant. */
export const getGrant = unknown;
/** Grants a role without a request. */
export const createGrant = unknown;
/** Asks for more time under a grant. */
export const renewGrant = unknown;
/** Revokes a grant. */
export const revokeGrant = unknown;
