import type { Allow } from '@sallyport/authz';
import type { Clock } from '@sallyport/core';
import type { SnapshotSource } from '../snapshot.ts';
import { impersonationRefusal } from './act-as.ts';
import type { Admission, Asked, Refused } from './admit.ts';
import type { AskOutside } from './ask-outside.ts';
import { lookUpLive } from './authenticate.ts';
import { assertKept, type Decider, denial } from './decide.ts';
import { STALE } from './refusal.ts';
import type { RequestInspector } from './request-content/inspect.ts';

/** What deciding works with. */
export interface DecideRequestOptions {
  readonly decider: Decider;
  readonly inspector: RequestInspector;
  readonly snapshots: SnapshotSource;
  /** Has a say in what the policy allows. Absent: nobody has. */
  readonly askOutside?: AskOutside;
  readonly clock: Clock;
}

/**
 * Decides a request; where the decision turns on what the body says, the body is read and the request decided again, as it is
 * once somebody outside was asked. Only what comes out of the last decision goes upstream.
 */
export async function decideRequest(asked: Asked, options: DecideRequestOptions): Promise<Admission | Refused> {
  const { askOutside } = options;
  const own = await decideByPolicy(asked, options);
  // What the server asks by itself is no business of anybody's.
  if (askOutside === undefined || 'refusal' in own || own.who.principal.kind === 'system') return own;
  return (await askOutside(own)) ?? decideAgain(own, options);
}

async function decideByPolicy(asked: Asked, options: DecideRequestOptions): Promise<Admission | Refused> {
  const { inspector } = options;
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
  return decideAgain(read, options);
}

/**
 * Decides after something was waited for: the caller sends a body as slowly as it likes, and meanwhile the session may have ended
 * and the policy changed.
 */
function decideAgain(asked: Asked, options: DecideRequestOptions): Admission | Refused {
  const { snapshots, clock } = options;
  if (!snapshots.isFresh()) return { facts: asked, refusal: STALE };
  const who = lookUpLive(asked.who.credential, snapshots.current(), new Date(clock.now()));
  if ('code' in who) return { facts: asked, refusal: who };
  return kept(decideOnce({ ...asked, who }, options));
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
