import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKubeconfigFile, updateKubeconfigFile } from './file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const IO = { code: 'ERR_KUBECONFIG_IO' };

describe('updateKubeconfigFile', () => {
  it('makes the file and its folder when they are missing', async () => {
    const path = join(folder, '.kube', 'config');
    expect(await updateKubeconfigFile(path, (text) => `${text}new`)).toEqual({ path, hasChanged: true });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(mode(join(folder, '.kube'))).toBe('700');
    expect(readdirSync(join(folder, '.kube'))).toEqual(['config']);
  });

  it('SEC-G06 writes mode 0600 whatever the umask and whatever was there', async () => {
    const path = join(folder, 'config');
    for (const umask of [0, 0o777]) {
      writeFileSync(path, 'old');
      chmodSync(path, 0o644);
      const before = process.umask(umask);
      try {
        await updateKubeconfigFile(path, (text) => `${text}${umask}`);
      } finally {
        process.umask(before);
      }
      expect(mode(path)).toBe('600');
    }
  });

  it('SEC-G06 writes the file that symbolic links lead to, and keeps the links', async () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real/two', join(folder, 'one'));
    symlinkSync('config', join(folder, 'real', 'two'));
    for (const text of ['first', 'second']) {
      await updateKubeconfigFile(join(folder, 'one'), () => text);
      expect(readFileSync(join(folder, 'real', 'config'), 'utf8')).toBe(text);
    }
    expect(lstatSync(join(folder, 'one')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(folder, 'real', 'two')).isSymbolicLink()).toBe(true);
  });

  it('SEC-G06 lets no writer lose the work of another', async () => {
    const path = join(folder, 'config');
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        updateKubeconfigFile(path, (text) => `${text}${String.fromCharCode(97 + i)}`),
      ),
    );
    expect([...readFileSync(path, 'utf8')].sort().join('')).toBe('abcdefghijkl');
    expect(readdirSync(folder)).toEqual(['config']);
  });

  it("waits for kubectl's own lock, and says which file it is", async () => {
    const path = join(folder, 'config');
    writeFileSync(`${path}.lock`, '');
    const error = await updateKubeconfigFile(path, () => 'x', { lockTimeoutMs: 60 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ ...IO, nextStep: expect.stringContaining('config.lock') });
    expect(readdirSync(folder)).toEqual(['config.lock']);
  });

  it('leaves everything as it was when the change fails or changes nothing', async () => {
    const path = join(folder, 'config');
    writeFileSync(path, 'text');
    const inode = statSync(path).ino;
    await expect(
      updateKubeconfigFile(path, () => {
        throw new RangeError('no');
      }),
    ).rejects.toThrow(RangeError);
    expect(await updateKubeconfigFile(path, (text) => text)).toEqual({ path, hasChanged: false });
    expect(statSync(path).ino).toBe(inode);
    expect(readdirSync(folder)).toEqual(['config']);
  });

  it('refuses what is no regular file, is too large or can be followed for ever', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    mkdirSync(join(folder, 'folder'));
    symlinkSync('loop', join(folder, 'loop'));
    writeFileSync(join(folder, 'large'), Buffer.alloc(8 * 1024 * 1024 + 1, 35));
    for (const name of ['pipe', 'folder', 'loop', 'large']) {
      await expect(updateKubeconfigFile(join(folder, name), () => 'x')).rejects.toMatchObject(IO);
    }
    expect(readdirSync(folder).sort()).toEqual(['folder', 'large', 'loop', 'pipe']);
  });

  it('tells when the folder is a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(updateKubeconfigFile(join(folder, 'file', 'config'), () => 'x')).rejects.toMatchObject(IO);
  });
});

describe('readKubeconfigFile', () => {
  it('reads a missing file as empty', async () => {
    expect(await readKubeconfigFile(join(folder, 'none'))).toBe('');
  });
});
