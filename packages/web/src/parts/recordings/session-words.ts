import type { SessionResource } from '@sallyport/core/api';
import type { GateState } from '../../ui/gate.tsx';

/** What was done, for titles: `exec into payout-worker`. */
export function sessionTitle({ kind, pod }: SessionResource): string {
  return { exec: `exec into ${pod}`, attach: `attach to ${pod}`, portForward: `port-forward to ${pod}` }[kind];
}

/** Cluster, namespace, pod and container, outermost first. */
export function sessionPlace({ cluster, namespace, pod, container }: SessionResource): readonly string[] {
  return [cluster, namespace, pod, ...(container === undefined ? [] : [container])];
}

/** Where a recording stands, as a sign and a word. */
export function sessionState({ state, failure }: SessionResource): { readonly gate: GateState; readonly word: string } {
  switch (state) {
    case 'recording':
      return { gate: 'open', word: 'live' };
    case 'complete':
      return { gate: 'ended', word: failure === undefined ? 'ended' : 'ended here' };
    case 'interrupted':
      return { gate: 'closing', word: 'cut short' };
    case 'incomplete':
      return { gate: 'closing', word: 'with gaps' };
  }
}

/** How long it lasted, in milliseconds; until `now` while it runs. */
export function sessionLength({ startedAt, endedAt }: SessionResource, now: Date): number {
  return Math.max(0, (endedAt ?? now).getTime() - startedAt.getTime());
}
