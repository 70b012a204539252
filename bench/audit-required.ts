/** What a request waits for whose event must be committed first, against one commit of as many events as wait at a time. */
import { createAuditPipeline } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import { Secret, silentLogger, systemClock } from '@sallyport/core';
import { createStoreAuditSink, openStore } from '../packages/server/src/stores/index.ts';
import { createPostgresDatabase } from '../packages/server/src/stores/testing.ts';
import type { Comparison } from './comparison.ts';
import { percentile } from './statistics.ts';

const AT_ONCE = 16;
const ROUNDS_OF_A_ROUND = 200;

/** Sixteen requests at once, each with an event that is required, on PostgreSQL as it is configured. */
export const requiredCost = (serverUrl: string): Comparison => ({
  id: 'audit-required',
  title: `wait for a required event, c${AT_ONCE}, p50`,
  unit: 'ms',
  figure: 'waiting',
  baseline: `one commit of ${AT_ONCE}`,
  async open() {
    const database = await createPostgresDatabase(serverUrl);
    const store = await openStore(
      { kind: 'postgres', url: database.url },
      { encryptionKey: new Secret(Buffer.alloc(32, 7)) },
    );
    const sink = createStoreAuditSink(store);
    const pipeline = createAuditPipeline({
      sinks: [{ sink, delivery: 'required' }],
      clock: systemClock,
      logger: silentLogger,
    });

    async function msToWait(): Promise<number> {
      const waits: number[] = [];
      const caller = async () => {
        for (let n = 0; n < ROUNDS_OF_A_ROUND; n++) {
          const startedAt = performance.now();
          await pipeline.record(anAuditEvent(), 'required');
          waits.push(performance.now() - startedAt);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, caller));
      return percentile(waits, 0.5);
    }

    async function msToCommit(): Promise<number> {
      const commits: number[] = [];
      for (let n = 0; n < ROUNDS_OF_A_ROUND; n++) {
        const group = Array.from({ length: AT_ONCE }, () => anAuditEvent());
        const startedAt = performance.now();
        await sink.write(group);
        commits.push(performance.now() - startedAt);
      }
      return percentile(commits, 0.5);
    }

    await msToWait();
    await msToCommit();
    return {
      round: async () => ({ waiting: await msToWait(), [`one commit of ${AT_ONCE}`]: await msToCommit() }),
      async close() {
        await pipeline.close();
        await store.close();
        await database.drop();
      },
    };
  },
});
