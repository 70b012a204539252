import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import S3rver from 's3rver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobStoreConformance } from '../../testing/index.ts';
import { createFileBlobStore } from './file.ts';
import { createMemoryBlobStore } from './memory.ts';
import { createS3BlobStore } from './s3.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blobs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('blobs in memory', () => {
  for (const { name, run } of blobStoreConformance) it(name, () => run(async () => createMemoryBlobStore()));
});

describe('blobs in a folder', () => {
  const open = async () => createFileBlobStore({ folder: join(folder, randomBytes(6).toString('hex')) });
  for (const { name, run } of blobStoreConformance) it(name, () => run(open));

  it('can be read by their owner only, and leave nothing unfinished', async () => {
    const own = join(folder, 'own');
    await createFileBlobStore({ folder: own }).put('a/0', Uint8Array.of(1));
    expect((await stat(join(own, 'a', '0'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(own, 'a'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(own, 'a'))).toEqual(['0']);
  });

  it('leave no folder behind that is empty, and lose unfinished files once they are old', async () => {
    const own = join(folder, 'swept');
    const store = createFileBlobStore({ folder: own });
    expect(await store.deleteUnfinished?.(new Date())).toBe(0);
    for (const key of ['a/0', 'a/1', 'b/0']) await store.put(key, Uint8Array.of(1));
    await store.delete('a/0');
    expect(await readdir(own)).toEqual(['a', 'b']);
    await store.delete('a/1');
    expect(await readdir(own)).toEqual(['b']);
    const [old, fresh] = [join(own, 'b', '1.0011aabbccdd.part'), join(own, 'b', '2.0011aabbccdd.part')];
    for (const path of [old, fresh]) await writeFile(path, 'half of it');
    await utimes(old, 1_000, 1_000);
    expect(await store.deleteUnfinished?.(new Date(2_000_000))).toBe(1);
    expect(await readdir(join(own, 'b'))).toEqual(['0', '2.0011aabbccdd.part']);
  });

  it('are refused with ERR_BLOB_STORE under keys that lead elsewhere, and where nothing can be written', async () => {
    const refusal = expect.objectContaining({ code: 'ERR_BLOB_STORE' });
    const store = await open();
    for (const key of ['../a', 'a/../b', '/etc/passwd', 'a//b', 'A', '']) {
      await expect(store.put(key, Uint8Array.of(1))).rejects.toEqual(refusal);
    }
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    await chmod(file, 0o400);
    await expect(createFileBlobStore({ folder: file }).put('a/0', Uint8Array.of(1))).rejects.toEqual(refusal);
  });
});

describe('blobs in a bucket', () => {
  let server: S3rver;
  let endpoint: string;
  beforeAll(async () => {
    server = new S3rver({
      port: 0,
      address: '127.0.0.1',
      silent: true,
      directory: join(folder, 's3'),
      configureBuckets: [{ name: 'recordings' }],
    });
    endpoint = `http://127.0.0.1:${((await server.run()) as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  const open = (overrides: { bucket?: string; accessKeyId?: string } = {}) =>
    createS3BlobStore({
      endpoint,
      bucket: overrides.bucket ?? 'recordings',
      accessKeyId: overrides.accessKeyId ?? 'S3RVER',
      secretAccessKey: new Secret('S3RVER'),
      prefix: `${randomBytes(6).toString('hex')}/`,
    });
  for (const { name, run } of blobStoreConformance) it(name, () => run(async () => open()));

  it('are refused with ERR_BLOB_STORE with a key that is not known, without the bucket, and without anybody who answers', async () => {
    const refusal = expect.objectContaining({ code: 'ERR_BLOB_STORE' });
    await expect(open({ accessKeyId: 'SOMEBODY' }).put('a/0', Uint8Array.of(1))).rejects.toEqual(refusal);
    await expect(open({ bucket: 'absent' }).put('a/0', Uint8Array.of(1))).rejects.toEqual(refusal);
    const away = createS3BlobStore({
      endpoint: 'http://127.0.0.1:1',
      bucket: 'recordings',
      accessKeyId: 'S3RVER',
      secretAccessKey: new Secret('canary-key'),
    });
    await expect(away.get('a/0')).rejects.toEqual(refusal);
  });
});
