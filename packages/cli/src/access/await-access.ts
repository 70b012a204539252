import { type Clock, sleep } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { describeError } from '../output/error.ts';

/** What became of an access request, from the view of whoever waits for the access. */
export type AccessOutcome = 'active' | 'denied' | 'expired' | 'cancelled' | 'ended';

/** What {@link awaitAccess} needs. */
export interface AwaitAccessOptions {
  readonly read: (signal: AbortSignal) => Promise<AccessRequestResource>;
  readonly clock: Clock;
  /** Ends the waiting; its reason is what {@link awaitAccess} rejects with. */
  readonly signal: AbortSignal;
  /** Longest wait in milliseconds. Absent: until the request is decided, which it is by its expiry at the latest. */
  readonly timeoutMs?: number;
  /** Called when the request is not as it was. */
  readonly onChange?: (request: AccessRequestResource, before: AccessRequestResource) => void;
  /** Called when the server does not answer, once, and again with `undefined` when it does. */
  readonly onFault?: (error: unknown) => void;
}

/** What became of the waiting: an outcome, or `undefined` when time was up before there was one. */
export interface AwaitedAccess {
  readonly request: AccessRequestResource;
  readonly outcome?: AccessOutcome;
}

/** Says what became of a request; `undefined` while it is pending, or approved for later. */
export function outcomeOf({ state, grant }: AccessRequestResource): AccessOutcome | undefined {
  if (state === 'pending') return undefined;
  if (state !== 'approved') return state;
  if (grant?.state === 'active') return 'active';
  return grant?.state === 'expired' || grant?.state === 'revoked' ? 'ended' : undefined;
}

/**
 * Waits until a request has an outcome. A server that is away or overloaded for a while is asked again until it answers.
 * Rejects with the signal's reason, and with whatever else keeps the request from being read: a login that ended, above all.
 */
export async function awaitAccess(
  first: AccessRequestResource,
  { read, clock, signal, timeoutMs, onChange, onFault }: AwaitAccessOptions,
): Promise<AwaitedAccess> {
  const startedMs = clock.monotonicMs();
  const elapsed = () => clock.monotonicMs() - startedMs;
  let request = first;
  let faults = 0;
  for (;;) {
    const outcome = outcomeOf(request);
    if (outcome !== undefined) return { request, outcome };
    const leftMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : timeoutMs - elapsed();
    if (leftMs <= 0) return { request };
    await sleep(clock, Math.min(leftMs, faults > 0 ? backoffMs(faults) : pauseMs(elapsed())), signal);
    try {
      const next = await read(signal);
      if (faults > 0) onFault?.(undefined);
      faults = 0;
      if (isChanged(request, next)) onChange?.(next, request);
      request = next;
    } catch (error) {
      signal.throwIfAborted();
      if (!PASSING.has(describeError(error).code)) throw error;
      if (faults === 0) onFault?.(error);
      faults += 1;
    }
  }
}

/** Faults of the moment: the request is still there when they are over. */
const PASSING: ReadonlySet<string> = new Set([
  'ERR_API_UNREACHABLE',
  'ERR_API_STALE',
  'ERR_API_TOO_MANY_REQUESTS',
  'ERR_API_INTERNAL',
  'ERR_CLI_SERVER_UNREACHABLE',
]);

/** Whoever looks on wants to know at once; what takes minutes may take some seconds more. */
function pauseMs(elapsedMs: number): number {
  if (elapsedMs < 60_000) return 1_000;
  return elapsedMs < 600_000 ? 2_000 : 5_000;
}

function backoffMs(faults: number): number {
  return Math.min(15_000, 1_000 * 2 ** (faults - 1));
}

function isChanged(before: AccessRequestResource, now: AccessRequestResource): boolean {
  return (
    before.state !== now.state ||
    before.reviews.length !== now.reviews.length ||
    before.contentSha256 !== now.contentSha256 ||
    before.grant?.state !== now.grant?.state
  );
}
