import { isId } from '@sallyport/core';
import type { AccessRequestResource, GrantResource } from '@sallyport/core/api';
import { describeGrant, originOf } from './describe-grant.ts';
import { describeRequest } from './describe-request.ts';
import type { AccessGround } from './ground.ts';
import { noSuchGrant, noSuchRequest } from './refusals.ts';
import { maySeeGrant, maySeeRequest } from './visibility.ts';

/**
 * Shows one access request to whoever may know of it.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export async function showRequest(ground: AccessGround, id: string): Promise<AccessRequestResource> {
  const { access } = ground.context.store;
  const { organizationId } = ground.caller;
  const request = isId('accessRequest', id) ? await access.findRequest(organizationId, id) : undefined;
  if (request === undefined || !maySeeRequest(ground, request)) throw noSuchRequest(id);
  const grant = request.grantId === undefined ? undefined : await access.findGrant(organizationId, request.grantId);
  return describeRequest(ground, request, grant);
}

/**
 * Shows one grant to whoever may know of it.
 * @throws ApiError `ERR_API_NOT_FOUND`
 */
export async function showGrant(ground: AccessGround, id: string): Promise<GrantResource> {
  const { access } = ground.context.store;
  const { organizationId } = ground.caller;
  const grant = isId('grant', id) ? await access.findGrant(organizationId, id) : undefined;
  const request =
    grant?.requestId === undefined ? undefined : await access.findRequest(organizationId, grant.requestId);
  if (grant === undefined || !maySeeGrant(ground, grant, request?.policyId)) throw noSuchGrant(id);
  return describeGrant(ground, grant, await originOf(ground, grant, request, access.findGrant));
}
