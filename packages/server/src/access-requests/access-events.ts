import type { AuditEvent, AuditEventCode } from '@sallyport/audit';
import { formatDuration } from '@sallyport/core';
import { describeScope } from '../resources/definitions/describe-reach.ts';
import type { KeptAccessRequest, KeptGrant } from '../stores/access-contracts.ts';
import { grantFacts, requestFacts } from '../stores/access-facts.ts';
import type { AccessGround } from './ground.ts';

/** How much each of them matters, where that is more than usual. */
const SEVERITIES: Partial<Readonly<Record<AuditEventCode, AuditEvent['severity']>>> = {
  'access_request.approved': 'notice',
  'access_request.broke_glass': 'critical',
  'access_request.followed_up': 'notice',
  'grant.created': 'notice',
  'grant.revoked': 'notice',
};

/** Makes the audit event of a transition of an access request, in the name of whoever makes it. */
export function requestEvent(
  ground: AccessGround,
  code: AuditEventCode,
  request: KeptAccessRequest,
  more: NonNullable<AuditEvent['details']> = {},
): AuditEvent {
  const { scope, durationMs, reason, ticket, grantId, isBreakGlass } = request;
  return eventOf(ground, code, requestFacts(request), {
    scope: JSON.stringify(describeScope(scope, ground.snapshot)),
    duration: formatDuration(durationMs),
    reason,
    ...(ticket !== undefined && { ticket }),
    ...(grantId !== undefined && { grantId }),
    ...(isBreakGlass && { isBreakGlass }),
    ...more,
  });
}

/** Makes the audit event of a transition of a grant, in the name of whoever makes it. */
export function grantEvent(ground: AccessGround, code: AuditEventCode, grant: KeptGrant): AuditEvent {
  const { scope, reason } = grant;
  return eventOf(ground, code, grantFacts(grant), {
    scope: JSON.stringify(describeScope(scope, ground.snapshot)),
    reason,
  });
}

function eventOf(
  { actor }: AccessGround,
  code: AuditEventCode,
  facts: Partial<AuditEvent>,
  more: NonNullable<AuditEvent['details']>,
): AuditEvent {
  return actor.event(code, {
    severity: SEVERITIES[code] ?? 'info',
    ...facts,
    details: { ...facts.details, ...more },
  });
}
