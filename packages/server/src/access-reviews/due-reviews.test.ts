import type { AuditEvent } from '@sallyport/audit';
import { createId, type Logger, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SnapshotSource } from '../snapshot.ts';
import { createSnapshotSource } from '../snapshot-source.ts';
import type { KeptAccessReview, KeptAccessReviewItem } from '../stores/access-review-contracts.ts';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { ACCESS_NAMES, type AccessWorld, anIssuedGrant, putAccessWorld } from '../testing/access-records.ts';
import { startDueReviews } from './due-reviews.ts';
import { nextReminder } from './remind.ts';

const HOUR_MS = 3_600_000;

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('access reviews in time, on $name', (on) => {
  let clock: FakeClock;
  let test: TestStore;
  let store: Store;
  let world: AccessWorld;
  let snapshots: SnapshotSource;
  const running: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    clock = createFakeClock();
    test = await on.open({ clock });
    store = test.store;
  });
  afterAll(() => test.drop());
  beforeEach(async () => {
    world = await putAccessWorld(store);
    snapshots = await createSnapshotSource({ store, clock: createFakeClock(new Date(clock.now())) });
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close();
    await snapshots.close();
    expect(clock.pending).toBe(0);
    await test.db.deleteFrom('access_reviews').execute();
  });

  const warned: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warned.push(String(message)) };
  function run(): void {
    running.push(startDueReviews({ store, snapshots, clock, logger }));
  }
  /** Waits until every job sleeps, which it does when a timer is set. */
  const asleep = () => expect.poll(() => clock.pending, { timeout: 10_000 }).toBe(running.length);
  async function advance(ms: number): Promise<void> {
    await asleep();
    clock.advance(ms);
    await asleep();
  }
  async function told(): Promise<readonly AuditEvent[]> {
    const events = await store.listAudit({ organizationId: world.organizationId, limit: 100 });
    return events.filter(({ code }) => /^(?:access_review|grant)\./.test(code)).reverse();
  }
  const codes = async () => (await told()).map(({ code }) => code);

  /** Puts a live grant and a review that asks about it. */
  async function putReview(overrides: Partial<KeptAccessReview> = {}) {
    const at = clock.now();
    const grant = anIssuedGrant(world, at, { endsAt: new Date(at + 24 * HOUR_MS) });
    const scope = { kind: 'organization' as const };
    const terms = {
      id: createId('accessReview', at),
      organizationId: world.organizationId,
      name: 'q4',
      ...({ scope, about: 'both', reviewers: 'permitted', state: 'open', unanswered: 'remove' } as const),
      createdAt: new Date(at),
      createdById: world.requesterId,
      dueAt: new Date(at + 5 * HOUR_MS),
      names: { createdBy: 'ada', scope, reviewers: 'permitted' as const },
      ...overrides,
    };
    const next = nextReminder(terms, terms.createdAt);
    const review: KeptAccessReview = { ...terms, ...(next !== undefined && { nextReminderAt: next }) };
    const item: KeptAccessReviewItem = {
      id: createId('accessReviewItem', at),
      reviewId: review.id,
      about: { kind: 'grant', id: grant.id },
      subject: { kind: 'principal', id: grant.principalId },
      principalId: grant.principalId,
      basis: { roleId: grant.roleId, scope: grant.scope },
      names: { subject: { kind: 'User', name: 'rita@example.com' }, role: 'deployer', scope },
      state: 'pending',
    };
    await store.transact(async (tx) => {
      await tx.access.insertGrant(grant, ACCESS_NAMES.grant);
      await tx.accessReviews.insert(review, [item]);
    });
    return { review, item, grant };
  }

  it('reminds at every interval while something is pending, and closes at the very instant, on whatever servers run', async () => {
    run();
    run();
    const { review, item, grant } = await putReview({ remindEveryMs: 2 * HOUR_MS });
    for (let ms = 30_000; ms < 2 * HOUR_MS; ms += 30_000) clock.advance(30_000);
    await advance(30_000);
    expect(await codes()).toEqual(['access_review.reminded']);
    await advance(2 * HOUR_MS);
    expect(await codes()).toEqual(['access_review.reminded', 'access_review.reminded']);
    await advance(HOUR_MS - 1);
    expect(await codes()).toHaveLength(2);
    await advance(1);
    expect((await codes()).slice(2)).toEqual(['grant.revoked', 'access_review.removed', 'access_review.closed']);
    expect((await told()).at(-1)).toMatchObject({
      at: review.dueAt,
      organizationId: world.organizationId,
      details: { accessReviewId: review.id, accessReview: 'q4', pending: 0, removed: 1 },
    });
    const [closed, kept] = [
      await store.accessReviews.find(world.organizationId, 'q4'),
      await store.access.findGrant(world.organizationId, grant.id),
    ];
    expect(closed).toMatchObject({ id: review.id, state: 'closed', closed: { at: review.dueAt } });
    expect(closed?.closed?.byId).toBeUndefined();
    expect(closed?.nextReminderAt).toBeUndefined();
    expect(kept?.end).toEqual({
      at: review.dueAt,
      state: 'revoked',
      reason: 'access review q4: nobody answered in time',
    });
    expect(await store.accessReviews.findItem(review.id, item.id)).toMatchObject({
      state: 'removed',
      answer: { at: review.dueAt, reason: 'nobody answered in time' },
    });
    expect(warned).toEqual([]);
  });

  it('SEC-E11 closes what became due while no server ran, and is silent when nothing is left to remind of', async () => {
    const { review, item } = await putReview({ remindEveryMs: HOUR_MS, unanswered: 'keep' });
    await store.transact((tx) =>
      tx.accessReviews.answer([{ id: item.id, state: 'attested', answer: { at: new Date(clock.now()) } }]),
    );
    clock.advance(90 * 60_000);
    run();
    await asleep();
    expect(await codes()).toEqual([]);
    expect((await store.accessReviews.find(world.organizationId, review.id))?.nextReminderAt).toEqual(
      new Date(review.createdAt.getTime() + 2 * HOUR_MS),
    );
    for (const one of running.splice(0)) await one.close();
    clock.advance(24 * HOUR_MS);
    run();
    await asleep();
    expect(await codes()).toEqual(['access_review.closed']);
  });

  it('refuses a second answer about one item with "ERR_STORE_CONFLICT", and a name twice', async () => {
    const { review, item } = await putReview();
    const answer = () =>
      store.transact((tx) =>
        tx.accessReviews.answer([{ id: item.id, state: 'attested', answer: { at: new Date(clock.now()) } }]),
      );
    await answer();
    await expect(answer()).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
    const again = { ...review, id: createId('accessReview') };
    await expect(store.transact((tx) => tx.accessReviews.insert(again, []))).rejects.toMatchObject({
      code: 'ERR_STORE_NAME_TAKEN',
    });
  });
});
