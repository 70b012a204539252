import type { GrantResource } from '@sallyport/core/api';
import type { GateState } from '../ui/gate.tsx';
import { distance, left } from '../ui/time-words.ts';
import { isClosing } from '../ui/window-state.ts';

/** The part of a grant that its window is about. */
export type GrantWindow = Pick<GrantResource, 'state' | 'startsAt' | 'endsAt'>;

/** The sign of a grant's state now. */
export function gateOfGrant({ state, startsAt, endsAt }: GrantWindow, now: Date): GateState {
  if (state === 'expired' || state === 'revoked' || endsAt <= now) return 'ended';
  if (state === 'scheduled' && startsAt > now) return 'waiting';
  return isClosing(startsAt, endsAt, now) ? 'closing' : 'open';
}

/** How long a grant goes on, when it begins, or that it is over. */
export function remainingOf(grant: GrantWindow, now: Date): string {
  const gate = gateOfGrant(grant, now);
  if (gate === 'ended') return 'ended';
  return gate === 'waiting' ? distance(grant.startsAt, now) : left(grant.endsAt, now);
}
