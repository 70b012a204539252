import { join } from 'node:path';
import type { LogReport } from '@sallyport/audit/proof';
import { chunkKeyOf, firstHead, nextHead } from '@sallyport/audit/recording';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type OrganizationId, parseId, Secret } from '@sallyport/core';
import { developmentEncryptionKey } from '@sallyport/server';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../../packages/cli/src/state/home.ts';
import { type RealServer, startRealServer } from '../../packages/cli/src/testing/real-server.ts';
import { runCaptured } from '../../packages/cli/src/testing/run-captured.ts';
import { openStore, type Store } from '../../packages/server/src/stores/index.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { awaitCondition, lacks, part, temporaryFolder } from '../support/index.ts';

/** Tables of the log, in an order in which they can be filled. */
const TABLES = ['audit_events', 'audit_log', 'audit_tiles', 'audit_trees', 'audit_checkpoints'];
const COUNT = 300;

// Whoever has the database changes it while the server runs.
describe.skipIf(lacks('postgres'))('sallyport audit verify at a server whose database somebody else can write', () => {
  const folder = temporaryFolder('audit-verify');
  const home = createHome(join(folder, 'home')).folder;
  const recordingId = createId('sessionRecording');
  const chunkKey = chunkKeyOf(recordingId, 0);
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let real: RealServer;
  let store: Store;
  let owner: pg.Client;
  let log: OrganizationId;
  /** Ids of events of ours, in the order of the log. */
  let ids: readonly string[];

  const run = (...argv: string[]) =>
    runCaptured(argv, {
      env: { SALLYPORT_HOME: home, SALLYPORT_KEYRING: 'off' },
      ...{ userHome: home, cwd: folder, openBrowser: real.browserOf('owner') },
    });
  const verify = async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await run('audit', 'verify', '-o', 'json', ...words);
    return { exitCode, stderr, report: JSON.parse(stdout) as LogReport };
  };
  const seqOf = async (id: string) => {
    const { rows } = await owner.query<{ seq: string; log_index: string }>(
      'select seq, log_index from audit_log join audit_events using (seq) where id = $1',
      [id],
    );
    return { seq: rows[0]?.seq, index: Number(rows[0]?.log_index) };
  };
  const sizeOf = async () => {
    const { rows } = await owner.query<{ size: string }>(
      'select max(size) as size from audit_checkpoints where log = $1',
      [log],
    );
    return Number(rows[0]?.size);
  };
  const append = async (count: number) => {
    const events = Array.from({ length: count }, () => anAuditEvent({ organizationId: log, at: new Date() }));
    await store.appendAudit(events);
    const last = events.at(-1)?.id ?? '';
    await awaitCondition(async () => (await seqOf(last)).index < (await sizeOf()), {
      what: 'the checkpoint of an event',
    });
    return events.map(({ id }) => id);
  };
  const copy = async (from: (table: string) => string, to: (table: string) => string) => {
    await owner.query('begin');
    await owner.query(`lock table ${TABLES.join(', ')}`);
    for (const table of TABLES) {
      if (to(table) === table) await owner.query(`delete from ${table}`);
      else await owner.query(`create table ${to(table)} (like ${table})`);
      await owner.query(`insert into ${to(table)} overriding system value select * from ${from(table)}`);
    }
    await owner.query('commit');
  };

  beforeAll(async () => {
    database = await createPostgresDatabase(part('postgres'));
    real = await startRealServer(join(folder, 'server'), database.url);
    store = await openStore(
      { kind: 'postgres', url: database.url },
      { encryptionKey: developmentEncryptionKey(join(folder, 'server')) },
    );
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    const login = await run('login', real.url, '--ca-file', real.caFile);
    expect(login.exitCode, login.stderr).toBe(0);
    const { rows } = await owner.query<{ id: string }>("select id from organizations where name = 'acme'");
    log = parseId('organization', rows[0]?.id ?? '');
    ids = await append(COUNT);
    await keepRecording();
    // The owner of a database is not held by its triggers.
    await owner.query('alter table audit_events disable trigger user');
  }, 90_000);
  afterAll(async () => {
    await owner?.end();
    await store?.close();
    await real?.close();
    await database?.drop();
  }, 30_000);

  async function keepRecording(): Promise<void> {
    const chunk = Uint8Array.of(1, 2, 3);
    const rest = { replicaId: createId('replica'), organizationId: log, clusterId: createId('cluster') };
    const startedAt = new Date();
    await store.transact(async (tx) => {
      await tx.recordings.start({
        ...{ ...rest, id: recordingId, requestId: createId('decision'), clusterName: 'prod', startedAt },
        ...{ principalId: createId('principal'), userName: 'ada', kind: 'exec', namespace: 'shop', pod: 'web-0' },
        ...{ isTty: true, isRequired: false, hasStdin: false },
        key: { blobStore: 'database', dataKey: new Secret('key') },
      });
      await tx.recordings.end({ id: recordingId, state: 'complete', endedAt: startedAt });
    });
    await store.recordings.blobs.put(chunkKey, chunk);
    const headSha256 = Buffer.from(nextHead(firstHead(recordingId), chunk)).toString('hex');
    await store.appendAudit([
      anAuditEvent({
        ...{ code: 'session.recording.ended', organizationId: log, recordingId, at: startedAt },
        details: { state: 'complete', chunks: 1, bytes: 3, headSha256 },
      }),
    ]);
    await append(1);
  }

  it('SEC-G02 holds, and every kind of tampering is named with its place', async () => {
    const whole = await verify('--recordings');
    expect(whole).toMatchObject({ exitCode: 0, report: { holds: true, recordings: 1 } });

    const [edited = '', deleted = '', a = '', b = ''] = [ids[17], ids[60], ids[100], ids[200]];
    const at = await seqOf(edited);
    const severity = async (value: string) =>
      owner.query(`update audit_events set event = jsonb_set(event, '{severity}', to_jsonb($2::text)) where seq = $1`, [
        at.seq,
        value,
      ]);
    const { rows } = await owner.query<{ severity: string }>(
      "select event->>'severity' as severity from audit_events where seq = $1",
      [at.seq],
    );
    await severity('critical');
    expect(await verify()).toMatchObject({
      exitCode: 9,
      stderr: expect.stringContaining(`edited at ${at.index}`),
      report: { findings: [{ kind: 'edited', index: at.index, eventId: edited }] },
    });
    await severity(rows[0]?.severity ?? '');

    const gone = await seqOf(deleted);
    await owner.query('create table gone as select * from audit_events where id = $1', [deleted]);
    await owner.query('delete from audit_events where id = $1', [deleted]);
    expect(await verify()).toMatchObject({
      exitCode: 9,
      report: { findings: [{ kind: 'deleted', index: gone.index }] },
    });
    await owner.query('insert into audit_events overriding system value select * from gone');

    const [first, second] = [await seqOf(a), await seqOf(b)];
    const exchange = async (one: typeof first, other: typeof first) => {
      await owner.query('begin');
      await owner.query('delete from audit_log where log = $1 and log_index in ($2, $3)', [
        log,
        one.index,
        other.index,
      ]);
      for (const [index, seq] of [
        [one.index, other.seq],
        [other.index, one.seq],
      ]) {
        await owner.query('insert into audit_log (log, log_index, seq) values ($1, $2, $3)', [log, index, seq]);
      }
      await owner.query('commit');
    };
    await exchange(first, second);
    expect(await verify()).toMatchObject({
      exitCode: 9,
      report: {
        findings: [
          { kind: 'reordered', index: first.index, eventId: b },
          { kind: 'reordered', index: second.index, eventId: a },
        ],
      },
    });
    await exchange({ ...first, seq: second.seq }, { ...second, seq: first.seq });

    await store.recordings.blobs.put(chunkKey, Uint8Array.of(1, 2, 4));
    expect(await verify('--recordings')).toMatchObject({
      exitCode: 9,
      report: { findings: [{ kind: 'swappedRecording' }] },
    });
    // Without being asked to, it does not read them.
    expect(await verify()).toMatchObject({ exitCode: 0, report: { recordings: 0 } });
    await store.recordings.blobs.put(chunkKey, Uint8Array.of(1, 2, 3));
    expect(await verify('--recordings')).toMatchObject({ exitCode: 0, report: { holds: true } });
  }, 120_000);

  it('SEC-G02 names the newest events that were cut off, and a backup that was restored', async () => {
    await copy(
      (table) => table,
      (table) => `old_${table}`,
    );
    const backup = await sizeOf();
    await append(COUNT);
    const whole = await verify();
    expect(whole).toMatchObject({ exitCode: 0 });
    await copy(
      (table) => table,
      (table) => `whole_${table}`,
    );

    // Their places and hashes go with them; the checkpoint that covers them stays.
    const cut = (await sizeOf()) - 20;
    await owner.query('begin');
    await owner.query(`lock table ${TABLES.join(', ')}`);
    await owner.query(
      'delete from audit_events where seq in (select seq from audit_log where log = $1 and log_index >= $2)',
      [log, cut],
    );
    await owner.query('delete from audit_log where log = $1 and log_index >= $2', [log, cut]);
    await owner.query(
      'update audit_tiles set hashes = substr(hashes, 1, $2) where log = $1 and level = 0 and tile_index = $3',
      [log, (cut % 256) * 32, Math.floor(cut / 256)],
    );
    await owner.query('delete from audit_tiles where log = $1 and level = 0 and tile_index > $2', [
      log,
      Math.floor(cut / 256),
    ]);
    await owner.query('commit');
    expect(await verify()).toMatchObject({
      exitCode: 9,
      report: { findings: [{ kind: 'truncated', index: cut }] },
    });

    await copy(
      (table) => `old_${table}`,
      (table) => table,
    );
    const restored = await verify();
    expect(restored).toMatchObject({ exitCode: 9, report: { anchors: 1, findings: [{ kind: 'rolledBack' }] } });
    expect(restored.report.findings[0]?.index).toBeGreaterThanOrEqual(backup);
    expect(restored.report.findings[0]?.lastIndex).toBe(whole.report.entries - 1);
  }, 120_000);
});
