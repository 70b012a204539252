import { detailsOf } from '@sallyport/audit';
import { createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerCluster } from './register-cluster.ts';
import type { SnapshotSource } from './snapshot.ts';
import { createSnapshotSource } from './snapshot-source.ts';
import { type TestStore, testDatabases } from './stores/testing.ts';

const clock = createFakeClock();
const organization = { id: createId('organization'), name: 'acme' };
let database: TestStore;
let snapshots: SnapshotSource;

beforeAll(async () => {
  const [embedded] = testDatabases(undefined);
  if (embedded === undefined) throw new Error('there is no embedded database');
  database = await embedded.open({ clock });
  await database.store.transact((tx) => tx.put('Organization', { ...organization, spec: {} }));
  snapshots = await createSnapshotSource({ store: database.store, clock });
});
afterAll(async () => {
  await snapshots.close();
  await database.drop();
});

const register = (name: string) =>
  registerCluster(
    { store: database.store, snapshots, clock, joinTokenLifetimeMs: 60_000 },
    { organization, name, labels: { tier: 'test' } },
  );

it("registers a cluster like the API does, in nobody's name, with a join token that lets an agent in", async () => {
  const { cluster, joinToken } = await register('prod');
  const record = snapshots.current().find('Cluster', 'prod', organization.id);
  expect(record).toMatchObject({ ...cluster, resourceVersion: 1 });
  expect(snapshots.current().projects.get(record?.projectId ?? ('' as never))?.name).toBe('default');
  expect(await database.store.transact((tx) => tx.redeemJoinToken(joinToken.token.reveal()))).toEqual({
    clusterId: cluster.id,
  });
  const events = await database.store.listAudit({ organizationId: organization.id, limit: 10 });
  expect(events.map((event) => [event.code, event.principal, detailsOf(event)['resourceId']])).toEqual(
    expect.arrayContaining([
      ['resource.created', undefined, cluster.id],
      ['cluster.join_token.issued', undefined, undefined],
    ]),
  );
});

it('gives a name to one of many who ask for it at once, and to nobody later', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => register('raced')));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'ERR_API_CONFLICT' });
  }
  await expect(register('raced')).rejects.toMatchObject({ code: 'ERR_API_CONFLICT' });
});

it('keeps the limits of the installation', async () => {
  const { installation } = snapshots.current();
  await database.store.transact((tx) => tx.put('Installation', { ...installation, spec: { limits: { clusters: 2 } } }));
  await expect(register('third')).rejects.toMatchObject({ code: 'ERR_API_LIMIT' });
  expect(snapshots.current().find('Cluster', 'third', organization.id)).toBeUndefined();
});
