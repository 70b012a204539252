import { type ReviewedAccessRequest, reviewAccessRequest } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { AccessRequestResource, reviewAccessRequestSchema } from '@sallyport/core/api';
import type { z } from 'zod';
import type { KeptAccessRequest } from '../stores/access-contracts.ts';
import type { Transaction } from '../stores/contracts.ts';
import { requestEvent } from './access-events.ts';
import { describeRequest } from './describe-request.ts';
import type { AccessActor, AccessContext, AccessGround } from './ground.ts';
import { lockRequest } from './lock.ts';
import { refused, refusedField } from './refusals.ts';
import { renewedGrant } from './renewed-grant.ts';
import { insertGrantOf } from './submit.ts';
import { decideAccess } from './transact.ts';
import { describeChange } from './what-changed.ts';

/** What a reviewer says, as the contract's schema reads it. */
export type Verdict = z.output<typeof reviewAccessRequestSchema>;

/**
 * Takes one reviewer's verdict. The last approval that is needed makes the grant, which counts once this resolves.
 * @throws ApiError
 */
export function review(
  context: AccessContext,
  actor: AccessActor,
  id: string,
  said: Verdict,
): Promise<AccessRequestResource> {
  return decideAccess(context, actor, async (tx, ground) => {
    const request = await lockRequest(tx, ground, id);
    if (said.verdict === 'approve' && said.contentSha256 === undefined) {
      throw refusedField('contentSha256', 'is missing: an approval says what was seen', 'Send that of the request.');
    }
    const reviewed = await judge(tx, ground, request, said);
    if (reviewed.outcome === 'refused') {
      const { code, message } = reviewed;
      if (code !== 'contentChanged') throw refused(reviewed);
      throw refused({ ...reviewed, message: `${message}: ${describeChange(ground, request)}` });
    }
    return write(tx, ground, request, reviewed);
  });
}

async function judge(tx: Transaction, ground: AccessGround, request: KeptAccessRequest, said: Verdict) {
  const { records, actor, caller, at } = ground;
  const { verdict, reason, contentSha256, duration } = said;
  const renews = await renewedBy(tx, request);
  return reviewAccessRequest(
    request,
    {
      id: createId('review', at.getTime()),
      verdict,
      ...(reason !== undefined && { reason }),
      ...(contentSha256 !== undefined && { contentSha256 }),
      ...(duration !== undefined && { duration }),
    },
    {
      ...records,
      reviewer: caller,
      ...(actor.authentication !== undefined && { authentication: actor.authentication }),
      at,
      grantId: createId('grant', at.getTime()),
      ...(renews !== undefined && { renews }),
    },
  );
}

/** What a request prolongs, locked, so that it is not revoked meanwhile. */
async function renewedBy(tx: Transaction, { organizationId, renewsId }: KeptAccessRequest) {
  const grant = renewsId === undefined ? undefined : await tx.access.lockGrant(organizationId, renewsId);
  return grant && (await renewedGrant(tx.access.lockGrant, grant));
}

const CODES = {
  approved: 'access_request.approved',
  denied: 'access_request.denied',
  stillPending: 'access_request.reviewed',
} as const;

async function write(
  tx: Transaction,
  ground: AccessGround,
  before: KeptAccessRequest,
  reviewed: Exclude<ReviewedAccessRequest, { readonly outcome: 'refused' }>,
): Promise<AccessRequestResource> {
  const { caller } = ground;
  const { outcome, review: given } = reviewed;
  const request: KeptAccessRequest = {
    ...before,
    ...reviewed.request,
    reviewerNames: new Map([...before.reviewerNames, [caller.id, caller.userName]]),
  };
  await tx.access.updateRequest(request, [{ review: given, reviewerName: caller.userName }]);
  if (outcome === 'approved') await insertGrantOf(tx, request, reviewed.grant);
  await tx.appendAudit(
    requestEvent(ground, CODES[outcome], request, {
      reviewId: given.id,
      verdict: given.verdict,
      step: given.step,
      contentSha256: given.contentSha256,
      ...(given.reason !== undefined && { reviewReason: given.reason }),
    }),
  );
  return describeRequest(ground, request, outcome === 'approved' ? reviewed.grant : undefined);
}
