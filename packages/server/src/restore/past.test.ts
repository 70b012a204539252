import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aBinding } from '@sallyport/authz/testing';
import { Secret, silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { developmentConfig } from '../config.ts';
import type { SnapshotRead } from '../stores/change-feed.ts';
import type { DatabasePast } from '../stores/past-contracts.ts';

import { backUpDatabase, putBackupBack } from './backup.ts';
import { isSamePast, keepPast } from './keep-past.ts';
import { type NotedRecord, type PastNotes, readAllNotes, readNotes } from './past-notes.ts';
import { planRestore } from './restore-database.ts';

const at = new Date('2026-01-02T03:04:05.678Z');
const aMark = { database: 'a', since: 10, seq: 20, at: at.toISOString() };
const aPast = (overrides: Partial<DatabasePast> = {}): DatabasePast => ({ databaseId: 'a', head: 20, ...overrides });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-past-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a database that a server has seen before', () => {
  const restore = { notedUpTo: 20, continuesAt: 1_000 };
  const cases: readonly {
    readonly name: string;
    readonly past: DatabasePast;
    readonly changeTime?: Date;
    readonly want: boolean | RegExp;
  }[] = [
    { name: 'as it was', past: aPast(), changeTime: at, want: true },
    { name: 'further on', past: aPast({ head: 30_000 }), want: true },
    { name: 'another one', past: aPast({ databaseId: 'b', head: 1 }), want: false },
    { name: 'that has less', past: aPast({ head: 19 }), want: /at change 19, this server has seen 20/ },
    {
      name: 'that has less, and went on since',
      past: aPast({ head: 25 }),
      changeTime: new Date(0),
      want: /change 20 of the database is another one/,
    },
    { name: 'restored with all that it knows', past: aPast({ head: 1_001, restore }), want: false },
    {
      name: 'restored with less than it knows',
      past: aPast({ head: 1_001, restore: { ...restore, notedUpTo: 19 } }),
      want: /knew of changes up to 19, this server has seen 20/,
    },
  ];
  for (const { name, past, changeTime, want } of cases) {
    it(`SEC-H13 ${want instanceof RegExp ? 'refuses' : 'takes'} one ${name}`, () => {
      const look = () => isSamePast(aMark, past, changeTime);
      if (want instanceof RegExp) expect(look).toThrow(want);
      else expect(look()).toBe(want);
    });
  }
});

describe('what a server notes', () => {
  const binding = { ...aBinding(), resourceVersion: 1 };
  let reads: SnapshotRead[];
  const aRead = (version: number, record: object | undefined): SnapshotRead =>
    ({ version, records: {}, updates: { bindings: new Map([[binding.id, record]]) } }) as unknown as SnapshotRead;
  const keep = (head: number) => {
    const changes = {
      head: async () => head,
      watch: () => () => {},
      read: async () => {
        const read = reads.shift();
        if (read === undefined) throw new Error('nothing to read');
        return read;
      },
    };
    const past = { read: async () => aPast({ head }), changeTime: async () => undefined };
    return keepPast({ store: { changes, past }, folder, clock: createFakeClock(), logger: silentLogger });
  };

  it('is every standing record that changed, once, and how far it has seen', async () => {
    reads = [aRead(11, binding), aRead(12, binding), aRead(13, { ...binding, resourceVersion: 2 })];
    const past = await keep(10);
    for (let i = 0; i < 3; i++) await past.changes.read(10);
    await past.close();
    const lines = readFileSync(join(folder, 'standing.ndjson'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as NotedRecord).seq)).toEqual([11, 13]);
    expect(await readNotes(folder)).toMatchObject({ database: 'a', since: 10, seq: 13, records: [{ seq: 13 }] });
  });

  it('goes on at the next start, with what others did meanwhile', async () => {
    reads = [aRead(11, binding)];
    const first = await keep(10);
    await first.changes.read(10);
    await first.close();
    reads = [aRead(12, undefined)];
    await (await keep(12)).close();
    expect(await readAllNotes(folder)).toMatchObject([{ since: 10, seq: 12, records: [{ seq: 12, record: null }] }]);
  });

  it('goes on where somebody reads everything after a change', async () => {
    reads = [{ version: 12, records: { bindings: [] }, updates: {} }, aRead(12, undefined)];
    const past = await keep(10);
    await past.changes.read();
    await past.close();
    expect(await readNotes(folder)).toMatchObject({ since: 10, seq: 12, records: [{ seq: 12, record: null }] });
  });

  it('begins anew where the feed no longer tells what changed', async () => {
    reads = [aRead(11, binding)];
    const first = await keep(10);
    await first.changes.read(10);
    await first.close();
    reads = [{ version: 90_000, records: { bindings: [] }, updates: {} }];
    await (await keep(90_000)).close();
    expect(await readNotes(folder)).toMatchObject({ since: 90_000, seq: 90_000, records: [] });
  });

  it('stands behind a mark that a killed server did not write any more', async () => {
    writeFileSync(join(folder, 'seen.json'), JSON.stringify(aMark));
    const line = JSON.stringify({ seq: 21, kind: 'Binding', id: binding.id, record: null });
    writeFileSync(join(folder, 'standing.ndjson'), `${line}\n{"seq":22,"ki`);
    expect(await readNotes(folder)).toMatchObject({ seq: 21 });
    await expect(keep(20)).rejects.toMatchObject({ code: 'ERR_STORE_ROLLED_BACK' });
  });
});

describe('a restore', () => {
  const noted = (seq: number, id = 'bnd_1'): NotedRecord => ({ seq, kind: 'Binding', id, record: null });
  const notes = (since: number, seq: number, records: readonly NotedRecord[] = []): PastNotes => ({
    ...{ database: 'a', since, seq, records },
  });
  const past = aPast({ head: 15 });

  it('takes what was noted since the backup, from all servers, the newest of each record', () => {
    const plan = planRestore(
      [notes(10, 20, [noted(14), noted(18, 'bnd_2')]), notes(19, 25, [noted(24, 'bnd_2')])],
      past,
      false,
    );
    expect(plan).toEqual({ notedUpTo: 25, records: [noted(24, 'bnd_2')], isBlind: false });
  });

  for (const [name, all] of [
    ['nobody noted anything', []],
    ['the notes are of another database', [{ ...notes(10, 20), database: 'b' }]],
    ['the notes begin after the backup', [notes(16, 20)]],
    ['the notes have a hole', [notes(10, 18), notes(20, 25)]],
  ] as const) {
    it(`SEC-H13 is refused where ${name}, unless somebody says so`, () => {
      expect(() => planRestore(all, past, false)).toThrowError(
        expect.objectContaining({ code: 'ERR_RESTORE_REFUSED' }),
      );
      expect(planRestore(all, past, true)).toMatchObject({ isBlind: true });
    });
  }
});

describe('a backup of the embedded database', () => {
  const config = () => developmentConfig({ stateDir: join(folder, 'state') });
  const refused = { code: 'ERR_BACKUP_REFUSED' };

  it('is not made of nothing, into a folder with something, or of PostgreSQL', async () => {
    await expect(backUpDatabase(config(), join(folder, 'backup'))).rejects.toMatchObject(refused);
    writeFileSync(join(folder, 'file'), '');
    await expect(backUpDatabase(config(), folder)).rejects.toMatchObject(refused);
    const external = { ...config(), databaseUrl: new Secret('postgres://x') };
    await expect(backUpDatabase(external, join(folder, 'backup'))).rejects.toMatchObject(refused);
  });

  it('is not put back when it is none, or of another encryption key', async () => {
    const backup = join(folder, 'backup');
    await expect(putBackupBack(config(), backup)).rejects.toMatchObject(refused);
    mkdirSync(backup);
    writeFileSync(join(backup, 'backup.json'), JSON.stringify({ format: 1, encryptionKeyFingerprint: '0'.repeat(16) }));
    await expect(putBackupBack(config(), backup)).rejects.toThrow(/is of the encryption key 0{16}/);
  });
});
