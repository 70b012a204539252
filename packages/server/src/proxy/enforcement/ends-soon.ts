import type { GrantId } from '@sallyport/core';
import type { Snapshot } from '../../snapshot.ts';
import type { Admission } from '../admit.ts';
import type { Decider } from '../decide.ts';
import type { ResponseSink } from '../request.ts';
import { standsUntil } from './recheck.ts';

/** How long before the end of a grant its user is told, in milliseconds. */
export const ENDS_SOON_MS = 300_000;

/**
 * The value of a `Warning` header (RFC 7234, section 5.5, in the form that kubectl prints) for an answer that goes by a grant
 * with less than five minutes left; `undefined` for any other. Always the same text for one grant, since kubectl prints each
 * text once. When something else goes on allowing the same, nothing ends.
 */
export function endsSoonWarning(
  decider: Decider,
  admission: Admission,
  snapshot: Snapshot,
  at: Date,
): string | undefined {
  const { expiresAt, reasons } = admission.decision;
  if (expiresAt === undefined || expiresAt.getTime() - at.getTime() > ENDS_SOON_MS) return undefined;
  if (standsUntil(decider, admission, snapshot, at, ENDS_SOON_MS + 1) === undefined) return undefined;
  for (const { source } of reasons) {
    const grant = snapshot.grants.get(source?.replace('grant/', '') as GrantId);
    if (grant?.endsAt.getTime() !== expiresAt.getTime()) continue;
    const role = snapshot.get('Role', grant.roleId)?.name ?? grant.roleId;
    return warning(`grant ${grant.id} of role ${role} ends at ${expiresAt.toISOString()}`);
  }
  return undefined;
}

/** A sink that puts a `Warning` on every answer. */
export function withWarning(sink: ResponseSink, value: string): ResponseSink {
  return { ...sink, head: (status, headers) => sink.head(status, [...headers, 'Warning', value]) };
}

/** kubectl drops a warning that is not ASCII in quotes, or has another code. */
function warning(text: string): string {
  return `299 - "${text.replace(/[^\u0020-\u007e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
