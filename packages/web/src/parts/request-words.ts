import type { AccessRequestResource } from '@sallyport/core/api';
import type { GateState } from '../ui/gate.tsx';

/** The sign of where a request stands. */
export function gateOfRequest({ state, grant }: Pick<AccessRequestResource, 'state' | 'grant'>): GateState {
  switch (state) {
    case 'pending':
      return 'waiting';
    case 'denied':
      return 'barred';
    case 'approved':
      if (grant?.state === 'active') return 'open';
      return grant === undefined || grant.state === 'scheduled' ? 'waiting' : 'ended';
    case 'cancelled':
    case 'expired':
      return 'ended';
  }
}

/** Where a request stands, in one short line. */
export function stateWords(request: AccessRequestResource): string {
  const { state, steps, step, resolvedBy, resolvedReason, grant, isBreakGlass } = request;
  const by = resolvedBy === undefined ? '' : ` by ${resolvedBy}`;
  const why = resolvedReason === undefined ? '' : `: “${resolvedReason}”`;
  switch (state) {
    case 'pending': {
      const current = step === undefined ? undefined : steps[step];
      if (current === undefined) return 'Waiting';
      return `${current.given} of ${current.approvals}; waits for ${current.reviewers.join(', ')}`;
    }
    case 'denied':
      return `Denied${by}${why}`;
    case 'cancelled':
      return `Cancelled${by}${why}`;
    case 'expired':
      return 'Expired: nobody decided in time';
    case 'approved': {
      const how = isBreakGlass ? 'taken at once' : resolvedBy === undefined ? 'approved at once' : `approved${by}`;
      if (grant?.state === 'active') return `Open, ${how}`;
      if (grant?.state === 'scheduled') return `Scheduled, ${how}`;
      return grant === undefined ? how[0]?.toUpperCase() + how.slice(1) : `Ended, ${how}`;
    }
  }
}
