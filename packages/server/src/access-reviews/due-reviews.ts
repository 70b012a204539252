import type { Clock, Logger } from '@sallyport/core';
import { deciding } from '../api/authority.ts';
import { type DueJob, startDueJob } from '../due-job.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { KeptAccessReview } from '../stores/access-review-contracts.ts';
import type { Store } from '../stores/contracts.ts';
import { systemEvent } from '../system-event.ts';
import { closeLocked } from './close-review.ts';
import { remindByTime } from './remind.ts';
import type { EventMaker } from './review-events.ts';

/** What {@link startDueReviews} works with. */
export interface DueReviewsOptions {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly clock: Clock;
  readonly logger: Logger;
}

const JOB = 'due-access-reviews';
const BATCH = 20;

/**
 * Closes access reviews whose time is over, and reminds reviewers at the interval of each. Servers need not agree on which of them
 * does it: under the lock of the review the second one finds nothing left to do.
 */
export function startDueReviews({ store, snapshots, clock, logger }: DueReviewsOptions): DueJob {
  const event: EventMaker = (code, facts) => systemEvent({ clock, snapshots }, code, facts);
  const job = startDueJob({
    job: JOB,
    nextDueAt: () => store.accessReviews.nextDueAt(),
    settle,
    watch: (listener) => store.accessReviews.watch(listener),
    clock,
    logger,
  });

  /** One that can't be settled must not keep the others from it. */
  async function settle(at: Date): Promise<boolean> {
    let isSettled = true;
    const failed = new Set<string>();
    for (;;) {
      const due = (await store.accessReviews.listDue(at, BATCH + failed.size)).filter(({ id }) => !failed.has(id));
      if (due.length === 0) return isSettled;
      for (const review of due) {
        if (job.isClosed()) return false;
        try {
          await settleOne(review, at);
        } catch (err) {
          isSettled = false;
          failed.add(review.id);
          logger.warn(
            { err, job: JOB, accessReview: review.id },
            'an access review could not be settled and is tried again',
          );
        }
      }
    }
  }

  function settleOne({ id, organizationId }: KeptAccessReview, at: Date): Promise<void> {
    return deciding({ store, snapshots }, organizationId, (snapshot, commit) =>
      commit(async (tx) => {
        const review = await tx.accessReviews.lock(organizationId, id);
        if (review === undefined || review.state !== 'open') return;
        if (review.dueAt <= at) await closeLocked(review, { tx, snapshot, organizationId, at, event });
        else if (review.nextReminderAt !== undefined && review.nextReminderAt <= at)
          await remindByTime(tx, event, review, at);
      }),
    );
  }

  return job;
}
