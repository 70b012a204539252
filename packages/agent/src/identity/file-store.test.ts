import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anIdentity } from '../testing/identities.ts';
import { createTestCa } from '../testing/test-ca.ts';
import { createFileIdentityStore } from './file-store.ts';
import { formatIdentity } from './identity.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'identity-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('an identity in a file', () => {
  it('is there again after a restart, readable by its owner alone', async () => {
    const directory = path.join(folder, 'agent');
    const identity = await anIdentity(await createTestCa());
    expect(await createFileIdentityStore(directory).load()).toBeUndefined();
    await createFileIdentityStore(directory).save(identity);
    const loaded = await createFileIdentityStore(directory).load();
    expect(loaded && formatIdentity(loaded)).toEqual(formatIdentity(identity));
    expect((await stat(path.join(directory, 'identity.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await readdir(directory)).toEqual(['identity.json']);
  });

  it('is refused when damaged, without the key in the error', async () => {
    const record = formatIdentity(await anIdentity(await createTestCa()));
    const other = formatIdentity(await anIdentity(await createTestCa()));
    const { 'tls.key': _key, ...withoutKey } = record;
    for (const content of [
      `${JSON.stringify(record)}x`,
      '[]',
      'null',
      JSON.stringify(withoutKey),
      JSON.stringify({ ...record, 'tls.key': other['tls.key'] }),
      JSON.stringify({ ...record, 'cluster-id': other['cluster-id'] }),
      JSON.stringify({ ...record, 'cluster-id': 'nonsense' }),
    ]) {
      await writeFile(path.join(folder, 'identity.json'), content);
      const loading = createFileIdentityStore(folder).load();
      const error = (await loading.catch((e: unknown) => e)) as Error;
      expect(error).toMatchObject({ code: 'ERR_AGENT_IDENTITY_STORE' });
      expect(`${error.message}${String(error.cause)}`).not.toContain(record['tls.key'].slice(40, 60));
    }
  });

  it('says when the directory can not be written', async () => {
    await writeFile(path.join(folder, 'file'), '');
    const store = createFileIdentityStore(path.join(folder, 'file', 'below'));
    await expect(store.save(await anIdentity(await createTestCa()))).rejects.toMatchObject({
      code: 'ERR_AGENT_IDENTITY_STORE',
    });
  });
});
