import type { Deny, OutsideAuthorizer } from '@sallyport/authz';
import type { Clock, Logger } from '@sallyport/core';
import type { SnapshotSource } from '../snapshot.ts';
import type { Admission, Refused } from './admit.ts';
import type { Decider } from './decide.ts';

/** Bounds of what is asked outside. */
export interface OutsideLimits {
  /** Longest time that an outside authorizer may take, in milliseconds. Default 2,000; then the request is denied. */
  readonly answerMs: number;
}

/** Limits in force where the options name none. */
export const OUTSIDE_LIMITS: OutsideLimits = Object.freeze({ answerMs: 2_000 });

const MAX_REASON_CHARACTERS = 512;

/** What asking works with. */
export interface AskOutsideOptions {
  readonly authorize: OutsideAuthorizer;
  readonly decider: Decider;
  readonly snapshots: SnapshotSource;
  readonly limits?: OutsideLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Why an admitted request is refused after all; nothing when it may go on. Never rejects: what can't be asked is refused. */
export type AskOutside = (admission: Admission) => Promise<Refused | undefined>;

/** Makes what asks an outside authorizer about requests that the policy allows. */
export function createAskOutside(options: AskOutsideOptions): AskOutside {
  const { authorize, decider, snapshots, limits = OUTSIDE_LIMITS, clock, logger } = options;

  /** Why not; nothing when it is allowed. */
  async function refusedFor({ who, request, question, requestId }: Admission): Promise<string | undefined> {
    const query = decider.query(snapshots.current(), who, request, question, new Date(clock.now()));
    const giveUp = new AbortController();
    const timer = clock.setTimeout(
      () => giveUp.abort(new Error(`no answer within ${limits.answerMs} ms`)),
      limits.answerMs,
    );
    try {
      // What comes of JavaScript, or off a wire without a check, may be anything.
      const verdict: unknown = await beforeAbort(() => authorize(query, { signal: giveUp.signal }), giveUp.signal);
      if (typeof verdict !== 'object' || verdict === null || !('effect' in verdict)) throw new Error('no verdict');
      if (verdict.effect === 'allow') return undefined;
      if (verdict.effect !== 'deny' || !('reason' in verdict) || typeof verdict.reason !== 'string') {
        throw new Error('no verdict');
      }
      return `policy outside of Sallyport: ${plainLine(verdict.reason)}`;
    } catch (error) {
      logger.warn({ err: error, requestId }, 'an outside authorizer gave no verdict, so the request is denied');
      return 'the policy service outside of Sallyport gave no verdict';
    } finally {
      timer.cancel();
    }
  }

  return async (admission) => {
    const message = await refusedFor(admission);
    if (message === undefined) return undefined;
    const { decision, who, attributes } = admission;
    const { snapshotVersion } = decision;
    const deny: Deny = { effect: 'deny', reasons: [{ message, source: 'outside' }], requestable: [], snapshotVersion };
    return { facts: { ...admission, decision: deny }, refusal: decider.explain(deny, who, attributes) };
  };
}

/** What `work` comes to, unless `signal` is aborted before; whoever ignores the signal is not waited for. */
function beforeAbort<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    void (async () => work())().then(resolve, reject);
  });
}

/** Text that may be printed in a terminal. */
function plainLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_REASON_CHARACTERS);
}
