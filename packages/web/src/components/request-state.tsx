import type { AccessRequestResource } from '@sallyport/core/api';
import type { ReactNode } from 'react';
import { Gate, type GateState } from '../ui/gate.tsx';
import { Time } from './time.tsx';

/** Where the request stands, in one line; changes are read out. */
export function RequestState({ request, now }: { readonly request: AccessRequestResource; readonly now: Date }) {
  const { gate, words } = stateOf(request, now);
  return (
    <p className="request-state" role="status">
      <Gate state={gate} />
      <span>{words}</span>
    </p>
  );
}

function stateOf(request: AccessRequestResource, now: Date): { gate: GateState; words: ReactNode } {
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
            <strong>{waitingFor(request)}</strong>, until <Time at={pendingUntil} now={now} />
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
            <strong>Expired</strong>: nobody decided until <Time at={pendingUntil} now={now} />
          </>
        ),
      };
    case 'approved':
      return approved(grant, now, ending);
  }
}

function approved(
  grant: AccessRequestResource['grant'],
  now: Date,
  by: ReactNode,
): { gate: GateState; words: ReactNode } {
  switch (grant?.state) {
    case undefined:
      return { gate: 'waiting', words: <strong>Approved{by}</strong> };
    case 'scheduled':
      return {
        gate: 'waiting',
        words: (
          <>
            <strong>Approved</strong>
            {by}. Opens <Time at={grant.startsAt} now={now} />
          </>
        ),
      };
    case 'active':
      return {
        gate: 'open',
        words: (
          <>
            <strong>
              Open until <Time at={grant.endsAt} now={now} />
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
            <strong>{grant.state === 'expired' ? 'Ended' : 'Revoked'}</strong> <Time at={grant.endsAt} now={now} />,
            approved{by}
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
