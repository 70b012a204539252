import type { AccessRequestResource } from '@sallyport/core/api';
import type { ReactNode } from 'react';
import { Gate, type GateState } from '../ui/gate.tsx';
import { Time } from '../ui/time.tsx';

/** Where the request stands, in one line; changes are read out. */
export function RequestState({ request }: { readonly request: AccessRequestResource }) {
  const { gate, words } = stateOf(request);
  return (
    <p className="flex items-baseline gap-2" role="status">
      <Gate state={gate} />
      <span>{words}</span>
    </p>
  );
}

function stateOf(request: AccessRequestResource): { gate: GateState; words: ReactNode } {
  const { state, grant, pendingUntil, resolvedBy, resolvedReason } = request;
  const by = resolvedBy === undefined ? '' : ' by ';
  const ending = (
    <>
      {by}
      <bdi>{resolvedBy}</bdi>
      {resolvedReason !== undefined && (
        <>
          : <bdi>{resolvedReason}</bdi>
        </>
      )}
    </>
  );
  switch (state) {
    case 'pending':
      return {
        gate: 'waiting',
        words: (
          <>
            <strong>{waitingFor(request)}</strong>, until <Time at={pendingUntil} />
          </>
        ),
      };
    case 'denied':
      return {
        gate: 'barred',
        words: (
          <>
            <strong>Denied</strong>
            {ending}
          </>
        ),
      };
    case 'cancelled':
      return {
        gate: 'ended',
        words: (
          <>
            <strong>Cancelled</strong>
            {ending}
          </>
        ),
      };
    case 'expired':
      return {
        gate: 'ended',
        words: (
          <>
            <strong>Expired</strong>: nobody decided until <Time at={pendingUntil} />
          </>
        ),
      };
    case 'approved':
      return approved(grant, ending);
  }
}

function approved(grant: AccessRequestResource['grant'], by: ReactNode): { gate: GateState; words: ReactNode } {
  switch (grant?.state) {
    case undefined:
      return { gate: 'waiting', words: <strong>Approved{by}</strong> };
    case 'scheduled':
      return {
        gate: 'waiting',
        words: (
          <>
            <strong>Approved</strong>
            {by}. Opens <Time at={grant.startsAt} />
          </>
        ),
      };
    case 'active':
      return {
        gate: 'open',
        words: (
          <>
            <strong>
              Open until <Time at={grant.endsAt} />
            </strong>
            , approved{by}
          </>
        ),
      };
    case 'expired':
    case 'revoked':
      return {
        gate: 'ended',
        words: (
          <>
            <strong>{grant.state === 'expired' ? 'Ended' : 'Revoked'}</strong> <Time at={grant.endsAt} />, approved{by}
          </>
        ),
      };
  }
}

function waitingFor({ steps, step }: AccessRequestResource): string {
  const current = step === undefined ? undefined : steps[step];
  if (current === undefined) return 'Waiting';
  return `Waiting: ${current.given} of ${current.approvals} ${current.approvals === 1 ? 'approval' : 'approvals'}`;
}
