import type { TunnelWay } from '../../tunnels/cluster-tunnels.ts';
import type { Refusal } from '../refusal.ts';
import type { ResponseSink } from '../request.ts';
import type { AnswerLimits } from './limits.ts';
import type { AnswerPlan } from './plan.ts';
import { primeWatch } from './prime-watch.ts';
import { createWatchedObjects, type WatchedObjects } from './watched-objects.ts';

/**
 * What is in view when the watch of `plan` begins. `undefined` for other answers, and for views that objects neither come
 * into nor leave.
 */
export async function beginWatch(
  via: TunnelWay,
  plan: AnswerPlan | undefined,
  head: { readonly capability: string; readonly decisionId: string },
  sink: ResponseSink,
  limits: Required<AnswerLimits>,
): Promise<WatchedObjects | Refusal | undefined> {
  if (plan === undefined || plan.shape !== 'watch' || plan.rules.view?.canChange !== true) return undefined;
  if (plan.primingTarget === undefined) return createWatchedObjects(limits.maxWatchedObjects);
  const priming = primeWatch(via.tunnel, plan, head, plan.primingTarget, limits);
  sink.onGone(() => priming.cancel());
  return priming.done;
}
