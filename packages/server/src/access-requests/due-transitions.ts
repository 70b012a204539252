import type { AuditEvent } from '@sallyport/audit';
import { expireAccessRequest, expireGrant, startGrant } from '@sallyport/authz';
import type { Clock, Logger, Timer } from '@sallyport/core';
import type { SnapshotSource } from '../snapshot.ts';
import type { KeptAccessRequest, KeptGrant } from '../stores/access-contracts.ts';
import { grantFacts, requestFacts } from '../stores/access-facts.ts';
import type { Store, Transaction } from '../stores/contracts.ts';
import type { Lease } from '../stores/key-contracts.ts';
import { stepMade } from '../stores/step-made.ts';
import { systemEvent } from '../system-event.ts';

/** What {@link startDueTransitions} works with. */
export interface DueTransitionsOptions {
  readonly store: Pick<Store, 'transact' | 'leases'> & {
    readonly access: Pick<Store['access'], 'nextDueAt' | 'watch'>;
  };
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  /** Which server this is. */
  readonly holder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const JOB = 'due-access';
/** How long one batch may take before another server begins as well, in milliseconds. */
const LEASE_MS = 30_000;
/** What is written in one transaction: one that announces a change holds up others. */
const BATCH = 50;
/** How often each server looks for what others have made, in case they are gone before it is due, in milliseconds. */
const LOOK_INTERVAL_MS = 30_000;
/** When a look that failed, or found another server at work, is repeated, in milliseconds. */
const RETRY_MS = 1_000;

/**
 * Puts into the records what time alone decides: requests that nobody decided expire, grants start and end, each with one audit
 * event in the same transaction, whatever number of servers run and whenever they stop. It looks at once, for what became due
 * while no server ran; then one timer is set to the very instant of what comes next.
 *
 * Decisions don't wait for it: they compare with the clock themselves.
 */
export function startDueTransitions(options: DueTransitionsOptions): { close(): Promise<void> } {
  const { store, snapshots, holder, clock, logger } = options;
  /** What the timer is set for, and when that is by the clock that nobody sets. */
  let next: { readonly dueAtMs: number; readonly monotonicMs: number } | undefined;
  let timer: Timer | undefined;
  let isClosed = false;
  let isWoken = false;
  let looking: Promise<void> | undefined;

  function wake(): void {
    isWoken = true;
    looking ??= lookWhileWoken().finally(() => {
      looking = undefined;
    });
  }

  async function lookWhileWoken(): Promise<void> {
    let isSettled = true;
    while (isWoken && !isClosed) {
      isWoken = false;
      timer?.cancel();
      try {
        isSettled = await look();
      } catch (err) {
        isSettled = false;
        logger.warn({ err, job: JOB }, 'what is due could not be written and is tried again');
      }
    }
    if (!isClosed) timer = clock.setTimeout(wake, isSettled ? untilNext() : RETRY_MS);
  }

  /** Says whether nothing is left that is due. */
  async function look(): Promise<boolean> {
    const dueAt = await store.access.nextDueAt();
    const atMs = instant();
    if (dueAt !== undefined && dueAt.getTime() <= atMs && !(await settle(new Date(atMs)))) return false;
    setNext(await store.access.nextDueAt());
    return true;
  }

  /** Writes all that is due, unless another server does. Says whether it did. */
  async function settle(at: Date): Promise<boolean> {
    for (;;) {
      const lease = await store.leases.acquire(JOB, holder, LEASE_MS);
      if (lease === undefined || isClosed) return false;
      try {
        if ((await store.transact((tx) => settleBatch(tx, lease, at))) === 0) return true;
      } finally {
        await store.leases.release(lease);
      }
    }
  }

  async function settleBatch(tx: Transaction, lease: Lease, at: Date): Promise<number> {
    await tx.holdLease(lease);
    const { requests, grants } = await tx.access.takeDue(at, BATCH);
    for (const request of requests) await expireOne(tx, request);
    for (const grant of grants) await moveOne(tx, grant, at);
    return requests.length + grants.length;
  }

  async function expireOne(tx: Transaction, request: KeptAccessRequest): Promise<void> {
    const step = stepMade(expireAccessRequest(request, request.pendingUntil));
    const expired: KeptAccessRequest = { ...request, ...step.request };
    await tx.access.updateRequest(expired);
    await tx.appendAudit(event('access_request.expired', requestFacts(expired)));
  }

  /** One that started and ended unseen did both. */
  async function moveOne(tx: Transaction, grant: KeptGrant, at: Date): Promise<void> {
    if (!grant.isStarted && grant.startsAt <= at) {
      stepMade(startGrant(grant, at));
      await tx.access.markStarted(grant.id);
      await tx.appendAudit(event('grant.started', grantFacts(grant)));
    }
    if (grant.endsAt > at) return;
    const expired: KeptGrant = { ...grant, ...stepMade(expireGrant(grant, at)).grant };
    await tx.access.updateGrant(expired);
    await tx.appendAudit(event('grant.expired', grantFacts(expired)));
  }

  function event(code: AuditEvent['code'], facts: Partial<AuditEvent>): AuditEvent {
    return systemEvent({ clock, snapshots }, code, facts);
  }

  /** What it is now; an instant that was waited for has come, also when the clock was set back meanwhile. */
  function instant(): number {
    const hasCome = next !== undefined && clock.monotonicMs() >= next.monotonicMs;
    return Math.max(clock.now(), hasCome ? (next?.dueAtMs ?? 0) : 0);
  }

  function setNext(dueAt: Date | undefined): void {
    const dueAtMs = dueAt?.getTime();
    if (dueAtMs === next?.dueAtMs) return;
    next = dueAtMs === undefined ? undefined : { dueAtMs, monotonicMs: clock.monotonicMs() + dueAtMs - clock.now() };
  }

  function untilNext(): number {
    const delayMs = next === undefined ? LOOK_INTERVAL_MS : next.monotonicMs - clock.monotonicMs();
    return Math.min(Math.max(delayMs, 0), LOOK_INTERVAL_MS);
  }

  const unwatch = store.access.watch(wake);
  wake();
  return {
    async close() {
      isClosed = true;
      unwatch();
      await looking;
      timer?.cancel();
    },
  };
}
