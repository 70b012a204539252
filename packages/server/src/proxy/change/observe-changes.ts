import type { ChangeSide } from '@sallyport/audit';
import { effectiveSettings } from '../../access/effective-settings.ts';
import type { TunnelWay } from '../../tunnels/cluster-tunnels.ts';
import type { Admission } from '../admit.ts';
import { type Enforcement, signFor } from '../enforcement/enforced-stream.ts';
import { type ChangeTap, createChangeTap } from './change-tap.ts';
import { createByteBudget } from './held-bytes.ts';
import { CHANGE_TAP_LIMITS, type ChangeTapLimits } from './limits.ts';
import { type PlannedWrite, planWrite } from './observed-write.ts';
import { beforeDecisionId, readBefore } from './read-before.ts';

/** Observes what writes change. */
export interface ChangeObserver {
  /**
   * Begins with a request that was admitted and is about to go upstream by `via`; for an update, patch or deletion the object
   * is read first, as whoever writes and only when they may. Resolves at once with `undefined` for requests whose change is
   * not kept. Never rejects and never takes longer than its limit.
   */
  begin(admission: Admission, via: TunnelWay): Promise<ChangeTap | undefined> | undefined;
}

/** Makes an observer; its budget of memory holds for all writes together. */
export function createChangeObserver(
  enforcement: Enforcement,
  limits: ChangeTapLimits = CHANGE_TAP_LIMITS,
): ChangeObserver {
  const { decider, snapshots, clock, logger } = enforcement;
  const budget = createByteBudget(limits.maxHeldBytes);

  /** The read of the object, when whoever writes may read it whole. */
  function admitRead(admission: Admission, attributes: PlannedWrite['beforeAttributes']): Admission | undefined {
    if (attributes === undefined) return undefined;
    const question = { attributes, ...(admission.question.actAs && { actAs: admission.question.actAs }) };
    const request = { ...admission.request, method: 'GET' };
    const decision = decider.decide(snapshots.current(), admission.who, request, question, new Date(clock.now()));
    if (decision.effect === 'deny') return undefined;
    // What is masked for the reader is masked for the log too; what is filtered may not be theirs to see.
    if (decision.obligations.some(({ kind }) => kind !== 'maskSecrets')) return undefined;
    return { ...admission, attributes, question, decision };
  }

  async function read(admission: Admission, write: PlannedWrite, via: TunnelWay, isLate: () => boolean) {
    const reading = admitRead(admission, write.beforeAttributes);
    if (reading === undefined || write.beforeTarget === undefined) return 'unknown';
    try {
      const capability = await signFor(enforcement, reading);
      if (isLate()) return 'unknown';
      const head = {
        target: write.beforeTarget,
        capability: capability.token,
        decisionId: beforeDecisionId(admission.requestId),
      };
      return await readBefore(via.tunnel, head, clock, limits, budget);
    } catch (error) {
      logger.warn({ err: error, requestId: admission.requestId }, 'what a write changes could not be read before it');
      return 'unknown';
    }
  }

  /** The object as it is, or `unknown` once the time for that is over: signing may take its time too. */
  function before(admission: Admission, write: PlannedWrite, via: TunnelWay): Promise<ChangeSide> {
    return new Promise((resolve) => {
      let isLate = false;
      const deadline = clock.setTimeout(() => {
        isLate = true;
        resolve('unknown');
      }, limits.beforeTimeoutMs);
      void read(admission, write, via, () => isLate).then((side) => {
        deadline.cancel();
        resolve(side);
      });
    });
  }

  return {
    begin(admission, via) {
      const { principal, cluster } = admission.who;
      const kept = effectiveSettings(snapshots.current(), principal, cluster)?.auditChanges?.value ?? 'patch';
      const write = planWrite(admission, kept);
      if (write === undefined) return undefined;
      return before(admission, write, via).then((side) =>
        createChangeTap(write, side, admission.request, limits, budget),
      );
    },
  };
}
