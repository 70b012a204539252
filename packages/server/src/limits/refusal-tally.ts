import type { Clock, Timer } from '@sallyport/core';
import type { Facts } from '../proxy/admit.ts';
import type { RequestRecorder } from '../proxy/record.ts';
import { type Refusal, refusalStatus } from '../proxy/refusal.ts';

/** Refusals of one second are one event, in milliseconds. */
const WINDOW_MS = 1_000;

/** Writes refusals by limits into the audit log, without letting a flood of them fill it. */
export interface RefusalTally {
  /** Counts a refusal. It is recorded within a second, with how many others there were like it. */
  count(facts: Facts, refusal: Refusal): void;
  /** Records what was counted and not yet recorded. */
  close(): void;
}

/** One event for each principal, cluster, code and second: the first of its requests, and the number of all. */
export function createRefusalTally(recorder: Pick<RequestRecorder, 'denied'>, clock: Clock): RefusalTally {
  const counted = new Map<string, { readonly facts: Facts; readonly refusal: Refusal; count: number }>();
  let timer: Timer | undefined;

  function flush(): void {
    timer?.cancel();
    timer = undefined;
    for (const { facts, refusal, count } of counted.values()) {
      void recorder.denied(facts, refusal, refusalStatus(refusal).code, count);
    }
    counted.clear();
  }

  return {
    count(facts, refusal) {
      const key = `${facts.who?.principal.id} ${facts.who?.cluster.id} ${refusal.code}`;
      const known = counted.get(key);
      if (known !== undefined) known.count += 1;
      else counted.set(key, { facts, refusal, count: 1 });
      timer ??= clock.setTimeout(flush, WINDOW_MS);
    },
    close: flush,
  };
}
