import { randomBytes } from 'node:crypto';
import { createId, Secret } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { putOrganization } from '../testing/writes.ts';
import { createStore, openDatabase, type StoreLocation } from './open-store.ts';
import { createPostgresDatabase } from './testing.ts';

const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'];

describe.skipIf(serverUrl === undefined)('encrypting anew, on PostgreSQL', () => {
  it('SEC-H11 lets the former encryption key go: every secret opens under the new one alone', async () => {
    const { url, drop } = await createPostgresDatabase(serverUrl ?? '');
    const location: StoreLocation = { kind: 'postgres', url };
    const clock = createFakeClock();
    const [former, current] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
    const before = createStore(await openDatabase(location, { encryptionKey: former, clock }));
    const at = new Date(clock.now());
    await before.keys.establish({
      purpose: 'cookie',
      keyId: 'k',
      secret: new Secret('canary-key'),
      phase: 'current',
      createdAt: at,
      signsFrom: at,
    });
    const rows = Array.from({ length: 700 }, (_, i) => ({ model: 'M', id: `id-${i}`, payload: { i } }));
    for (const row of rows) await before.oauth.upsert({ ...row, grantId: 'grant' });
    await before.close();

    await expect(openDatabase(location, { encryptionKey: current })).rejects.toMatchObject({
      code: 'ERR_STORE_ENCRYPTION_KEY',
    });
    const both = createStore(
      await openDatabase(location, { encryptionKey: current, formerEncryptionKeys: [former], clock }),
    );
    // Served meanwhile: marks do not depend on the key.
    expect((await both.oauth.find('M', 'id-7'))?.payload).toEqual({ i: 7 });
    const { rewrapped, left } = await both.rewrap();
    expect(left).toEqual([]);
    // Besides rows and key: the check of the key itself, and the key of marks.
    expect(rewrapped).toBe(rows.length + 3);
    expect(await both.rewrap()).toEqual({ rewrapped: 0, left: [] });
    await both.close();

    const database = await openDatabase(location, { encryptionKey: current, clock });
    const after = createStore(database);
    expect((await after.keys.list('cookie')).keys[0]?.secret.reveal()).toBe('canary-key');
    for (const { id, payload } of rows) expect((await after.oauth.find('M', id))?.payload).toEqual(payload);
    await sql`update oauth_rows set payload = ${`v1.${'0'.repeat(16)}.AAAA.AAAA`} where id_mark = (select min(id_mark) from oauth_rows)`.execute(
      database.db,
    );
    expect((await after.rewrap()).left).toEqual(['oauth_rows.payload']);
    await after.close();
    await expect(openDatabase(location, { encryptionKey: former })).rejects.toMatchObject({
      code: 'ERR_STORE_ENCRYPTION_KEY',
    });
    await drop();
  });
});

it('never writes an unopened text anew, and finds secrets of tables that it has not heard of, on PGlite', async () => {
  const key = new Secret(randomBytes(32));
  const location: StoreLocation = { kind: 'pglite', dataDir: 'memory://' };
  const database = await openDatabase(location, { encryptionKey: key });
  const { db, envelope } = database;
  const foreign = `v1.${'f'.repeat(16)}.AAAA.AAAA`;
  await sql`create table plugin_secrets (id text primary key, secret text)`.execute(db);
  await sql`insert into plugin_secrets values ('a', ${foreign}), ('b', ${envelope.seal('x', 'b')}), ('c', 'v1.text'), ('d', null)`.execute(
    db,
  );
  const store = createStore(database);
  expect(await store.rewrap()).toEqual({ rewrapped: 0, left: ['plugin_secrets.secret'] });
  const { rows } = await sql<{ secret: string }>`select secret from plugin_secrets where id = 'a'`.execute(db);
  expect(rows[0]?.secret).toBe(foreign);
  await store.transact((tx) => putOrganization(tx, { id: createId('organization'), name: 'still-works' }));
  await store.close();
});
