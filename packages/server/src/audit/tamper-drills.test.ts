import type { AuditEvent } from '@sallyport/audit';
import {
  createTreeHasher,
  type LogFinding,
  leafHash,
  readLines,
  type VerifyLogOptions,
  verifyLog,
} from '@sallyport/audit/proof';
import { chunkKeyOf, createMemoryBlobStore, firstHead, nextHead } from '@sallyport/audit/recording';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, Secret, systemClock } from '@sallyport/core';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { exportBundle } from './export-bundle.ts';
import { createRecordingHead } from './recording-head.ts';
import { createTestSigner, indexAndSign } from './testing/checkpoints.ts';

const signer = createTestSigner();

const TABLES = ['audit_events', 'audit_log', 'audit_tiles', 'audit_trees', 'audit_checkpoints'] as const;
const log = createId('organization');
const FIRST = 280;
const SIZE = 300;

describe.each(testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL']))('tampering on $name', (database) => {
  let test: TestStore;
  const blobs = createMemoryBlobStore();
  const recordingId = createId('sessionRecording');
  const events: AuditEvent[] = Array.from({ length: SIZE }, (_, index) =>
    anAuditEvent({ id: createId('auditEvent'), organizationId: log, at: new Date(1_760_000_000_000 + index * 1_000) }),
  );

  const run = (query: ReturnType<typeof sql>) => query.execute(test.db);
  const noteOf = async (size: number) => {
    const [found] = await test.store.auditProof.checkpoints(log, { after: size - 1, upTo: size, limit: 1 });
    return found?.note ?? '';
  };
  const save = async (prefix: string) => {
    for (const table of TABLES)
      await run(sql`create table ${sql.raw(`${prefix}_${table}`)} as select * from ${sql.raw(table)}`);
  };
  const restore = async (prefix: string) => {
    for (const table of TABLES) {
      await run(sql`delete from ${sql.raw(table)}`);
      const overriding = table === 'audit_events' ? sql.raw('overriding system value') : sql``;
      await run(sql`insert into ${sql.raw(table)} ${overriding} select * from ${sql.raw(`${prefix}_${table}`)}`);
    }
  };

  beforeAll(async () => {
    test = await database.open({ clock: systemClock });
    const chunk = Uint8Array.of(1, 2, 3);
    await blobs.put(chunkKeyOf(recordingId, 0), chunk);
    const headSha256 = Buffer.from(nextHead(firstHead(recordingId), chunk)).toString('hex');
    events[42] = anAuditEvent({
      ...{ code: 'session.recording.ended', organizationId: log, recordingId, at: events[42]?.at ?? new Date() },
      details: { state: 'complete', chunks: 1, bytes: 3, headSha256 },
    });
    await test.store.appendAudit(events.slice(0, FIRST));
    await indexAndSign(test.store, signer);
    // Whoever owns the database is not held by its triggers.
    await run(sql`alter table audit_events disable trigger user`);
    await save('old');
    await test.store.appendAudit(events.slice(FIRST));
    await indexAndSign(test.store, signer);
    await save('whole');
  });
  afterEach(() => restore('whole'));
  afterAll(() => test.drop());

  const recordingHead = createRecordingHead(
    { key: async () => ({ blobStore: 'memory', dataKey: new Secret('') }) },
    new Map([['memory', blobs]]),
  );
  const verify = (options: VerifyLogOptions = {}) =>
    verifyLog(
      readLines(
        exportBundle({ rows: test.store.auditProof, recordingHead }, { log, keys: signer.keys(), at: new Date() }),
      ),
      { keys: signer.keys(), ...options },
    );
  const named = async (options?: VerifyLogOptions): Promise<readonly LogFinding[]> => {
    const { findings, holds } = await verify(options);
    expect(holds).toBe(findings.length === 0);
    return findings;
  };
  const seqOf = async (index: number) => {
    const { rows } = await sql<{ seq: number }>`
      select seq from audit_log where log = ${log} and log_index = ${index}`.execute(test.db);
    return Number(rows[0]?.seq);
  };
  const at = (index: number) => ({ index, eventId: events[index]?.id, at: events[index]?.at.toISOString() });

  it('what was not touched holds', async () => {
    const anchors = [await noteOf(FIRST), await noteOf(SIZE)];
    expect(await verify({ anchors })).toMatchObject({ holds: true, entries: SIZE, anchors: 2, recordings: 1 });
  });

  it('SEC-G02 an event that was edited is named', async () => {
    await run(
      sql`update audit_events set event = jsonb_set(event, '{severity}', '"critical"') where seq = ${await seqOf(17)}`,
    );
    expect(await named()).toEqual([{ kind: 'edited', ...at(17), message: expect.any(String) }]);
  });

  it('SEC-G02 an event that was edited with its hashes, but not in the tree, is named', async () => {
    const event = JSON.parse(JSON.stringify({ ...events[17], severity: 'critical' })) as Record<string, unknown>;
    const salt = new Uint8Array(16);
    await run(sql`
      update audit_events set event = ${JSON.stringify(event)}::jsonb, salt = ${salt}, leaf_hash = ${leafHash(salt, event)}
      where seq = ${await seqOf(17)}`);
    expect(await named()).toEqual([{ kind: 'edited', ...at(17), message: expect.any(String) }]);
  });

  it.each([0, 17, SIZE - 1])('SEC-G02 an event that was deleted is named: %i', async (index) => {
    await run(sql`delete from audit_events where seq = ${await seqOf(index)}`);
    expect(await named()).toMatchObject([{ kind: 'deleted', index }]);
  });

  it('SEC-G02 the newest events cut off, with their places in the tree, are named', async () => {
    await run(
      sql`delete from audit_events where seq in (select seq from audit_log where log = ${log} and log_index >= 290)`,
    );
    await run(sql`delete from audit_log where log = ${log} and log_index >= 290`);
    await run(
      sql`update audit_tiles set hashes = substr(hashes, 1, ${(290 - 256) * 32}) where level = 0 and tile_index = 1`,
    );
    await run(sql`update audit_trees set size = 290`);
    expect(await named()).toMatchObject([{ kind: 'truncated', index: 290, lastIndex: 299, at: at(289).at }]);
  });

  it('SEC-G02 events in one another’s place are named', async () => {
    const [a, b] = [await seqOf(5), await seqOf(250)];
    await run(sql`delete from audit_log where log = ${log} and log_index in (5, 250)`);
    await run(sql`insert into audit_log (log, log_index, seq) values (${log}, 5, ${b}), (${log}, 250, ${a})`);
    expect(await named()).toMatchObject([
      { ...at(250), kind: 'reordered', index: 5 },
      { ...at(5), kind: 'reordered', index: 250 },
    ]);
  });

  it('SEC-G02 a recording whose chunks were swapped is named by its event', async () => {
    const key = chunkKeyOf(recordingId, 0);
    const before = (await blobs.get(key)) ?? new Uint8Array();
    await blobs.put(key, Uint8Array.of(1, 2, 4));
    expect(await named()).toMatchObject([{ kind: 'swappedRecording', ...at(42) }]);
    await blobs.delete(key);
    expect(await named()).toMatchObject([{ kind: 'swappedRecording', ...at(42) }]);
    await blobs.put(key, before);
  });

  it('SEC-G02 a restored backup holds by itself, and not beside what was kept elsewhere', async () => {
    const anchors = [await noteOf(SIZE)];
    await restore('old');
    expect(await verify()).toMatchObject({ holds: true, entries: FIRST });
    expect(await named({ anchors })).toMatchObject([{ kind: 'rolledBack', index: FIRST, lastIndex: SIZE - 1 }]);
  });

  it('SEC-G02 a log that was written and signed anew with the stolen key is named beside what was kept elsewhere', async () => {
    const anchors = [await noteOf(FIRST), await noteOf(SIZE)];
    const forged = JSON.parse(JSON.stringify({ ...events[285], severity: 'critical' })) as Record<string, unknown>;
    const salt = new Uint8Array(16);
    const seq = await seqOf(285);
    const leaf = leafHash(salt, forged);
    await run(sql`
      update audit_events set event = ${JSON.stringify(forged)}::jsonb, salt = ${salt}, leaf_hash = ${leaf} where seq = ${seq}`);
    await run(sql`
      update audit_tiles set hashes = overlay(hashes placing ${leaf}::bytea from ${(285 - 256) * 32 + 1})
      where log = ${log} and level = 0 and tile_index = 1`);
    const { rows } = await sql<{ leaf_hash: Uint8Array }>`
      select leaf_hash from audit_log join audit_events using (seq) where log = ${log} order by log_index`.execute(
      test.db,
    );
    const tree = createTreeHasher();
    for (const { leaf_hash } of rows) tree.push(new Uint8Array(leaf_hash));
    const { note } = signer.sign(log, SIZE, tree.root());
    await run(sql`update audit_checkpoints set note = ${note} where log = ${log} and size = ${SIZE}`);
    expect(await verify()).toMatchObject({ holds: true });
    expect(await named({ anchors })).toMatchObject([{ kind: 'rewritten', index: FIRST, lastIndex: SIZE - 1 }]);
  });
});
