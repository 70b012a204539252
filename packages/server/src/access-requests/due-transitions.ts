import type { AuditEvent, AuditEventCode, AuditFacts } from '@sallyport/audit';
import { expireAccessRequest, expireGrant, startGrant } from '@sallyport/authz';
import type { Clock, Logger } from '@sallyport/core';
import { startDueJob } from '../due-job.ts';
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

/**
 * Puts into the records what time alone decides: requests that nobody decided expire, grants start and end, each with one audit
 * event in the same transaction, whatever number of servers run and whenever they stop; see {@link startDueJob} for when.
 *
 * Decisions don't wait for it: they compare with the clock themselves.
 */
export function startDueTransitions(options: DueTransitionsOptions): { close(): Promise<void> } {
  const { store, snapshots, holder, clock, logger } = options;
  const job = startDueJob({
    job: JOB,
    nextDueAt: () => store.access.nextDueAt(),
    settle,
    watch: (listener) => store.access.watch(listener),
    clock,
    logger,
  });

  /** Writes all that is due, unless another server does. Says whether it did. */
  async function settle(at: Date): Promise<boolean> {
    for (;;) {
      const lease = await store.leases.acquire(JOB, holder, LEASE_MS);
      if (lease === undefined || job.isClosed()) return false;
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

  function event<Code extends AuditEventCode>(code: Code, facts: AuditFacts<Code>): AuditEvent<Code> {
    return systemEvent({ clock, snapshots }, code, facts);
  }

  return job;
}
