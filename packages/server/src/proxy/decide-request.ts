import type { Allow } from '@sallyport/authz';
import type { Clock } from '@sallyport/core';
import type { SnapshotSource } from '../snapshot.ts';
import { impersonationRefusal } from './act-as.ts';
import type { Admission, Asked, Refused } from './admit.ts';
import { lookUpLive } from './authenticate.ts';
import { assertKept, type Decider, denial } from './decide.ts';
import { STALE } from './refusal.ts';
import type { RequestInspector } from './request-content/inspect.ts';

/** What deciding works with. */
export interface DecideRequestOptions {
  readonly decider: Decider;
  readonly inspector: RequestInspector;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
}

/**
 * Decides a request; where the decision turns on what the body says, the body is read and the request decided again. Only what
 * comes out of the last decision goes upstream.
 */
export async function decideRequest(asked: Asked, options: DecideRequestOptions): Promise<Admission | Refused> {
  const { decider, inspector, snapshots, clock } = options;
  const first = decideOnce(asked, options);
  if ('refusal' in first || !asksForBody(first.decision)) return kept(first);

  const inspected = await inspector.inspect(asked.request, asked.attributes);
  if ('code' in inspected) return { facts: asked, refusal: inspected };
  const { content, release } = inspected;
  const read: Asked = {
    ...asked,
    request: inspected.request,
    question: { ...asked.question, content },
    releaseBody: release,
  };
  // The caller sends the body as slowly as it likes: meanwhile the session may have ended and the policy changed.
  if (!snapshots.isFresh()) return { facts: read, refusal: STALE };
  const who = lookUpLive(read.who.credential, snapshots.current(), new Date(clock.now()));
  if ('code' in who) return { facts: read, refusal: who };
  return kept(decideOnce({ ...read, who }, { decider, snapshots, clock }));
}

function decideOnce(
  asked: Asked,
  { decider, snapshots, clock }: Pick<DecideRequestOptions, 'decider' | 'snapshots' | 'clock'>,
): Admission | Refused {
  const { who, request, question } = asked;
  const decision = decider.decide(snapshots.current(), who, request, question, new Date(clock.now()));
  const { actAs } = question;
  if (decision.effect === 'deny') {
    return {
      facts: { ...asked, decision },
      refusal:
        actAs === undefined
          ? decider.explain(decision, who, question.attributes)
          : impersonationRefusal(denial(decision).message),
    };
  }
  // An authorizer that knows nothing of acting as others allows what the caller may, and must not be taken at that.
  if (actAs !== undefined && decision.impersonate.user !== actAs.userName) {
    const message = 'acting as somebody else (--as, --as-group) is not allowed here. Leave it out.';
    return { facts: asked, refusal: impersonationRefusal(message) };
  }
  return { ...asked, decision };
}

function kept(outcome: Admission | Refused): Admission | Refused {
  if (!('refusal' in outcome)) assertKept(outcome.decision.obligations);
  return outcome;
}

function asksForBody({ obligations }: Allow): boolean {
  return obligations.some(({ kind }) => kind === 'inspect');
}
