import type { CheckpointWitness, WitnessedCheckpoint } from '@sallyport/audit/witness';
import { createId, silentLogger, systemClock } from '@sallyport/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TestStore } from '../stores/testing.ts';
import { testDatabases } from '../stores/testing.ts';
import { startWitnessing } from './witness-job.ts';

const log = createId('organization');
const key = { name: 'access.example.com/audit', publicKey: new Uint8Array(32) };
let test: TestStore;
let taken: WitnessedCheckpoint[];
let isAway: boolean;
const witness: CheckpointWitness = {
  name: 'outside',
  async record(checkpoint) {
    if (isAway) throw new Error('away');
    taken.push(checkpoint);
  },
};

beforeEach(async () => {
  const [database] = testDatabases(undefined);
  if (database === undefined) throw new Error('there is always the embedded database');
  test = await database.open();
  [taken, isAway] = [[], false];
});
afterEach(() => test.drop());

const sign = (size: number) =>
  test.store.transact((tx) => tx.auditProof.putCheckpoint({ log, size, note: `note of ${size}`, key }));
const start = (intervalMs: number) =>
  startWitnessing({
    ...{ store: test.store, holder: 'a', clock: systemClock, logger: silentLogger },
    witnesses: [{ witness, intervalMs }],
  });
const codes = async () =>
  (await test.store.listAudit({ organizationId: log, limit: 10 })).map(({ code, details }) => ({ code, details }));

it('hands the newest checkpoint over once, and a later one when it is there', async () => {
  await sign(5);
  await sign(9);
  const job = start(20);
  await vi.waitFor(() => expect(taken).toEqual([{ log, size: 9, note: 'note of 9' }]), 10_000);
  await sign(12);
  await vi.waitFor(() => expect(taken.map(({ size }) => size)).toEqual([9, 12]), 10_000);
  await job.close();
  expect(await test.store.auditProof.witnessed()).toMatchObject([{ witness: 'outside', log, size: 12 }]);
  expect(await codes()).toEqual([]);
});

it('tells once that a witness fails, and once that it took one again', async () => {
  isAway = true;
  await sign(5);
  const attempts = vi.spyOn(witness, 'record');
  const job = start(20);
  await vi.waitFor(() => expect(attempts.mock.calls.length).toBeGreaterThan(2), 10_000);
  expect(await codes()).toMatchObject([
    { code: 'audit.witness.failed', details: { witness: 'outside', log, size: 5 } },
  ]);
  isAway = false;
  await vi.waitFor(() => expect(taken).toHaveLength(1), 10_000);
  await job.close();
  expect((await codes()).map(({ code }) => code).sort()).toEqual(['audit.witness.failed', 'audit.witness.recorded']);
});
