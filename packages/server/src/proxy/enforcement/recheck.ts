import type { Allow } from '@sallyport/authz';
import type { Snapshot } from '../../snapshot.ts';
import type { Admission } from '../admit.ts';
import { lookUpLive } from '../authenticate.ts';
import { type Decider, withoutTerms } from '../decide.ts';
import type { Refusal } from '../refusal.ts';
import { showText, whyChanged, whyDenied, whyNotLive } from './why-ended.ts';

/**
 * Decides an admitted request again on a later snapshot, or at a later instant: the live records behind its credential, then
 * the policy. Whom it acts as and what is demanded of it must not have changed either, since an open stream goes on as it
 * began. Yields the request as it is admitted now, or why it is no longer.
 */
export function recheck(decider: Decider, admission: Admission, snapshot: Snapshot, at: Date): Admission | Refusal {
  const terminated = snapshot.terminatedSessions.get(admission.requestId);
  if (terminated !== undefined) {
    return {
      code: 'ERR_PROXY_SESSION_TERMINATED',
      message: `${showText(terminated.terminatedBy)} ended this session: ${showText(terminated.reason)}`,
    };
  }
  const who = lookUpLive(admission.who.credential, snapshot, at);
  if ('code' in who) {
    const why = whyNotLive(admission.who, snapshot, at);
    return ended(
      `access has ended: ${why === undefined ? who.message : `${why}. Run \`sallyport login\`, then try again.`}`,
    );
  }
  const { question } = admission;
  if (question.isReview === 'rules') return { ...admission, who };
  const decision = decider.decide(snapshot, who, admission.request, question, at);
  if (decision.effect === 'deny') {
    return ended(`access has ended: ${whyDenied(admission, who.principal, decision, snapshot, at)}`);
  }
  const now = question.isReview === undefined ? decision : withoutTerms(decision);
  if (basisOf(now) !== basisOf(admission.decision)) {
    const why = whyChanged(admission, who.principal, snapshot, at);
    return ended(`access has changed${why === undefined ? '' : `: ${why}`}. Run the command again.`);
  }
  return { ...admission, who, decision: now };
}

/**
 * Until when an admitted request stands as it is, as far as sessions and grants are known by now: when a grant that it goes by
 * ends, and another one that allows the same does not, it stands until that one ends. Looks no further ahead than `horizonMs`.
 * `undefined` when it stands at least as long as that.
 */
export function standsUntil(
  decider: Decider,
  admission: Admission,
  snapshot: Snapshot,
  at: Date,
  horizonMs: number,
): Date | undefined {
  const horizon = at.getTime() + horizonMs;
  let current = admission;
  for (;;) {
    const next = recheckAt(current);
    if (next === undefined || next.getTime() >= horizon) return undefined;
    const then = recheck(decider, current, snapshot, next);
    // What would have to be decided again at the same instant would never come to an end.
    if ('code' in then || (recheckAt(then) ?? horizon) <= next) return next;
    current = then;
  }
}

/** When an admitted request has to be decided again although nothing has changed; `undefined` for never. */
export function recheckAt({ who, decision }: Admission): Date | undefined {
  const session = who.session?.expiresAt;
  const { expiresAt } = decision;
  return session === undefined || (expiresAt !== undefined && expiresAt < session) ? expiresAt : session;
}

function ended(message: string): Refusal {
  return { code: 'ERR_PROXY_ACCESS_ENDED', message };
}

function basisOf({ impersonate, obligations }: Allow): string {
  return JSON.stringify([impersonate, obligations]);
}
