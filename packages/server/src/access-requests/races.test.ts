import { createAuditEvent } from '@sallyport/audit';
import { contentSha256 } from '@sallyport/authz';
import { type PrincipalId, silentLogger } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../errors.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import { createSnapshotSource } from '../snapshot-source.ts';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { ACCESS_NAMES, type AccessWorld, anAccessRequest, putAccessWorld } from '../testing/access-records.ts';
import { cancel } from './cancel.ts';
import { startDueTransitions } from './due-transitions.ts';
import type { AccessActor, AccessContext } from './ground.ts';
import { review } from './review.ts';

const HOUR_MS = 3_600_000;

const LANES = 4;
/** Rounds for each database: the embedded one has one connection, where there is little to race for. */
const ROUNDS: Readonly<Record<string, number>> = { PostgreSQL: 500, PGlite: 40 };

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('decisions that race, on $name', (on) => {
  let test: TestStore;
  /** Decisions of one organization wait for one another, so that rounds of several go on side by side. */
  let worlds: readonly AccessWorld[];
  const clock = createFakeClock();
  /** The clock of the server that lets requests expire, where it is later by an hour. */
  const laterClock = createFakeClock(new Date(clock.now() + HOUR_MS));
  const replicas: (AccessContext & { readonly store: Store; readonly snapshots: SnapshotSource })[] = [];
  const closers: (() => Promise<void>)[] = [];

  async function addReplica(store: Store, of: FakeClock) {
    const snapshots = await createSnapshotSource({ store, clock: of });
    closers.push(() => snapshots.close());
    replicas.push({ store, snapshots, clock: of });
  }
  beforeAll(async () => {
    test = await on.open({ clock });
    worlds = await Promise.all(Array.from({ length: LANES }, () => putAccessWorld(test.store)));
    const another = (await test.openAnother?.()) ?? test.store;
    if (another !== test.store) closers.push(() => another.close());
    await addReplica(test.store, clock);
    await addReplica(another, clock);
    const [, second] = replicas;
    if (second === undefined) throw new Error('a replica is missing');
    const { snapshots } = second;
    const job = startDueTransitions({
      store: another,
      snapshots,
      holder: 'later',
      clock: laterClock,
      logger: silentLogger,
    });
    closers.push(() => job.close());
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
    await test.drop();
  });

  const personOf = (snapshot: Snapshot, id: PrincipalId) => {
    const principal = snapshot.principals.get(id);
    if (principal === undefined) throw new Error(`principal ${id} is missing`);
    return principal;
  };
  const actor = (snapshot: Snapshot, { organizationId }: AccessWorld, id: PrincipalId): AccessActor => ({
    organizationId,
    principal: personOf(snapshot, id),
    event: (code, facts) => createAuditEvent(code, clock.now(), { organizationId, ...facts }),
  });

  /** A request that four people decide on two servers at a time, while a third one takes it for expired. */
  async function round(
    world: AccessWorld,
    index: number,
  ): Promise<{ readonly id: string; readonly won: readonly string[] }> {
    const [here, there] = index % 2 === 0 ? replicas : [...replicas].reverse();
    const [first, job] = [here, replicas[1]];
    if (first === undefined || there === undefined || job === undefined) throw new Error('a replica is missing');
    const snapshot = first.snapshots.current();
    const request = anAccessRequest(world, clock.now(), { pendingUntil: new Date(clock.now() + HOUR_MS / 2) });
    const role = snapshot.get('Role', world.roleId);
    const policy = snapshot.requestPolicies.get(world.policyId);
    if (role === undefined || policy === undefined) throw new Error('the role or the policy is missing');
    const seen = contentSha256(request, role, policy);
    // Where it is written the job hears of it; that is one who decides, and no faster than the others.
    const { store } = index % 3 === 0 ? first : job;
    await store.transact((tx) => tx.access.insertRequest(request, ACCESS_NAMES.request));
    const by = (id: PrincipalId) => actor(snapshot, world, id);
    const approval = { verdict: 'approve' as const, contentSha256: seen };
    const contenders = {
      approvedByVera: () => review(first, by(world.reviewerId), request.id, approval),
      approvedByOtto: () => review(there, by(world.otherReviewerId), request.id, approval),
      denied: () => review(there, by(world.otherReviewerId), request.id, { verdict: 'deny', reason: 'not now' }),
      cancelled: () => cancel(first, by(world.requesterId), request.id, 'never mind'),
    };
    const won: string[] = [];
    await Promise.all(
      Object.entries(contenders).map(async ([name, decide]) => {
        try {
          await decide();
          won.push(name);
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 'ERR_API_CONFLICT') throw error;
        }
      }),
    );
    return { id: request.id, won };
  }

  const rounds = ROUNDS[on.name] ?? 0;
  it(`SEC-E15 have one winner each in ${rounds} rounds: one end, at most one grant, one audit event`, async () => {
    const outcomes = new Map<string, readonly string[]>();
    await Promise.all(
      worlds.map(async (world, lane) => {
        for (let i = lane; i < rounds; i += LANES) {
          const { id, won } = await round(world, i);
          outcomes.set(id, won);
        }
      }),
    );
    // What nobody decided by then, the later server does.
    await expect.poll(pending).toBe(0);
    const { rows } = await sql<{ id: string; state: string; grants: number; codes: readonly string[] }>`
      select id, state,
        (select count(*)::integer from grants where request_id = access_requests.id) as grants,
        (select json_agg(code) from audit_events where event->'details'->>'accessRequestId' = access_requests.id
          and code like 'access_request.%') as codes
      from access_requests`.execute(test.db);
    expect(rows).toHaveLength(rounds);
    const winners = new Map<string, number>();
    for (const { id, state, grants, codes } of rows) {
      const [winner = 'expired', ...others] = outcomes.get(id) ?? [];
      winners.set(winner, (winners.get(winner) ?? 0) + 1);
      expect(others).toEqual([]);
      expect({ state, grants, codes }).toEqual({
        state: winner.startsWith('approved') ? 'approved' : winner,
        grants: winner.startsWith('approved') ? 1 : 0,
        codes: [`access_request.${winner.startsWith('approved') ? 'approved' : winner}`],
      });
    }
    expect(winners.size).toBeGreaterThan(1);
  }, 120_000);

  async function pending(): Promise<number> {
    const { count } = await test.db
      .selectFrom('access_requests')
      .select(({ fn }) => fn.countAll<string | number>().as('count'))
      .where('state', '=', 'pending')
      .executeTakeFirstOrThrow();
    return Number(count);
  }
});
