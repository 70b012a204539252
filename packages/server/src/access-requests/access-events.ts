import type { AuditDetails, AuditEvent, AuditEventCode } from '@sallyport/audit';
import { formatDuration } from '@sallyport/core';
import { describeScope } from '../resources/definitions/describe-reach.ts';
import type { KeptAccessRequest, KeptGrant } from '../stores/access-contracts.ts';
import { grantFacts, requestFacts } from '../stores/access-facts.ts';
import type { AccessGround } from './ground.ts';

/** Codes of what becomes of access requests. */
export type RequestEventCode = Extract<AuditEventCode, `access_request.${string}`>;

/** Makes the audit event of a transition of an access request, in the name of whoever makes it. */
export function requestEvent(
  { actor, snapshot }: AccessGround,
  code: RequestEventCode,
  request: KeptAccessRequest,
  more: Partial<AuditDetails<'access_request.reviewed'>> = {},
): AuditEvent {
  const { scope, durationMs, reason, ticket, grantId, isBreakGlass } = request;
  const { details, ...facts } = requestFacts(request);
  return actor.event(code, {
    ...facts,
    details: {
      ...details,
      scope: JSON.stringify(describeScope(scope, snapshot)),
      duration: formatDuration(durationMs),
      reason,
      ...(ticket !== undefined && { ticket }),
      ...(grantId !== undefined && { grantId }),
      ...(isBreakGlass && { isBreakGlass }),
      ...(actor.notificationChannel !== undefined && { notificationChannel: actor.notificationChannel }),
      ...more,
    },
  });
}

/** Makes the audit event of a transition of a grant, in the name of whoever makes it. */
export function grantEvent(
  { actor, snapshot }: AccessGround,
  code: 'grant.created' | 'grant.revoked',
  grant: KeptGrant,
): AuditEvent {
  const { scope, reason } = grant;
  const { details, ...facts } = grantFacts(grant);
  return actor.event(code, {
    ...facts,
    details: { ...details, scope: JSON.stringify(describeScope(scope, snapshot)), reason },
  });
}
