import { isId } from '@sallyport/core';
import type { KeptAccessRequest, KeptGrant } from '../stores/access-contracts.ts';
import type { Transaction } from '../stores/contracts.ts';
import type { AccessGround } from './ground.ts';
import { noSuchGrant, noSuchRequest } from './refusals.ts';
import { maySeeGrant, maySeeRequest } from './visibility.ts';

/** A grant that is locked, with the request that it comes from. */
export interface LockedGrant {
  readonly grant: KeptGrant;
  readonly request?: KeptAccessRequest;
}

/**
 * Locks an access request that the caller may know of.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export async function lockRequest(tx: Transaction, ground: AccessGround, id: string): Promise<KeptAccessRequest> {
  const { organizationId } = ground.caller;
  const request = isId('accessRequest', id) ? await tx.access.lockRequest(organizationId, id) : undefined;
  if (request === undefined || !maySeeRequest(ground, request)) throw noSuchRequest(id);
  return request;
}

/**
 * Locks a grant that the caller may know of.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export async function lockGrant(tx: Transaction, ground: AccessGround, id: string): Promise<LockedGrant> {
  const { organizationId } = ground.caller;
  const grant = isId('grant', id) ? await tx.access.lockGrant(organizationId, id) : undefined;
  const requestId = grant?.requestId;
  const request = requestId === undefined ? undefined : await tx.access.lockRequest(organizationId, requestId);
  if (grant === undefined || !maySeeGrant(ground, grant, request?.policyId)) throw noSuchGrant(id);
  return { grant, ...(request !== undefined && { request }) };
}
