import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { createId, Secret } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { putOrganization } from '../../testing/writes.ts';
import { openStore } from '../open-store.ts';
import { openPglite } from './client.ts';

const workers = vi.hoisted((): Worker[] => []);
vi.mock('node:worker_threads', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:worker_threads')>();
  class ObservedWorker extends original.Worker {
    constructor(...parameters: ConstructorParameters<typeof Worker>) {
      super(...parameters);
      workers.push(this);
    }
  }
  return { ...original, Worker: ObservedWorker };
});

const encryptionKey = new Secret(randomBytes(32));
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sallyport-store-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const open = (key = encryptionKey) => openStore({ kind: 'pglite', dataDir }, { encryptionKey: key });

describe('the embedded store in a folder', () => {
  it('keeps what was committed, locks its folder while open, and takes only the key it was set up with', async () => {
    // A start that was killed while it initialised leaves a folder that is no database.
    await mkdir(join(dataDir, 'pgdata'));
    await writeFile(join(dataDir, 'pgdata', 'PG_VERSION'), '18');

    const organization = { id: createId('organization'), name: 'acme' };
    const store = await open();
    await store.transact((tx) => putOrganization(tx, organization));
    await expect(open()).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' });
    await Promise.all([store.close(), store.close()]);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
    await expect(store.changes.head()).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });

    await expect(open(new Secret(randomBytes(32)))).rejects.toMatchObject({
      code: 'ERR_STORE_ENCRYPTION_KEY',
      nextStep: expect.stringContaining('encryption key'),
    });
    const again = await open();
    expect((await again.changes.read()).records.organizations).toEqual([expect.objectContaining(organization)]);
    await again.close();
    expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
  });

  it('says so when the folder holds something that is no database, and frees it', async () => {
    await writeFile(join(dataDir, 'initialised'), '');
    await writeFile(join(dataDir, 'pgdata'), 'not a folder');
    await expect(open()).rejects.toMatchObject({
      code: 'ERR_STORE_FOLDER',
      nextStep: expect.stringContaining('backup'),
    });
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  });
});

describe('the embedded database', () => {
  it('fails pending and later queries when its thread dies, and still closes', async () => {
    const client = await openPglite({ dataDir: 'memory://' });
    expect((await client.query('select $1::int + 1 as two', [1])).rows).toEqual([{ two: 2 }]);
    const pending = client.query('select pg_sleep(60)', []);
    const worker = workers.at(-1);
    await worker?.terminate();
    await expect(pending).rejects.toMatchObject({
      code: 'ERR_STORE_CLOSED',
      message: 'the embedded database has stopped',
      nextStep: expect.stringContaining('Restart'),
    });
    await expect(client.query('select 1', [])).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });
    await client.close();
  });

  it('does not hold up the thread that asks', async () => {
    const client = await openPglite({ dataDir: 'memory://' });
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 5);
    await client.query('select count(*) from generate_series(1, 2000000) a', []);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(5);
    await client.close();
  });
});
