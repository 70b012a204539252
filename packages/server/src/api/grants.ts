import type { endWithReasonSchema, grantQuerySchema, RenewGrant } from '@sallyport/core/api';
import type { z } from 'zod';
import { type Gift, grantDirectly } from '../access-requests/grant-directly.ts';
import { actorOf, groundOn } from '../access-requests/ground.ts';
import { listGrantsFor } from '../access-requests/list-grants.ts';
import { renew } from '../access-requests/renew.ts';
import { revoke } from '../access-requests/revoke-grant.ts';
import { showGrant } from '../access-requests/show.ts';
import type { ApiContext, Call, Handler } from './context.ts';
import { assertProof } from './proof.ts';

/** Lists the grants that the caller may see. */
export const listGrants: Handler = async (context, call) =>
  listGrantsFor(viewOf(context, call), call.query as z.output<typeof grantQuerySchema>);

/** Shows one grant. */
export const getGrant: Handler = async (context, call) => showGrant(viewOf(context, call), idOf(call));

/** Grants a role without a request. */
export const createGrant: Handler = (context, call) =>
  grantDirectly(context, actorOf(context, call), call.body as Gift, call.remember);

/** Asks for more time under a grant. */
export const renewGrant: Handler = async (context, call) => {
  assertProof(context, call.caller);
  return renew(context, actorOf(context, call), idOf(call), call.body as RenewGrant, call.remember);
};

/** Revokes a grant. It takes no fresh login: whoever sees that something is wrong ends it first. */
export const revokeGrant: Handler = (context, call) => {
  const { reason } = call.body as z.output<typeof endWithReasonSchema>;
  return revoke(context, actorOf(context, call), idOf(call), reason);
};

function viewOf(context: ApiContext, call: Call) {
  return groundOn(context, actorOf(context, call), context.snapshots.current());
}

function idOf({ parameters }: Call): string {
  return parameters['id'] ?? '';
}
