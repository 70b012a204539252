import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readTextFile, removeFile, writePrivateFile } from './atomic-file.ts';
import { accountKey, createHome, resolveHome } from './home.ts';
import type { Keyring } from './keyring.ts';
import { holdLock, withLock } from './lock.ts';
import { createSessionStore } from './secrets.ts';
import { parseServerAddress } from './server-address.ts';

const folder = temporaryFolder();
let count = 0;
const aFolder = () => join(folder, `home-${count++}`);
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('the state folder', () => {
  it('is SALLYPORT_HOME, relative to the working folder, else .sallyport in the home folder', () => {
    const context = { cwd: '/work', userHome: '/home/jo' };
    expect(resolveHome({ ...context, env: {} }).folder).toBe('/home/jo/.sallyport');
    expect(resolveHome({ ...context, env: { SALLYPORT_HOME: 'state' } }).folder).toBe('/work/state');
    expect(resolveHome({ ...context, env: { SALLYPORT_HOME: '/state' } }).folder).toBe('/state');
  });

  it('is 0700 and its files 0600 whatever the umask and whatever was there', async () => {
    const home = aFolder();
    mkdirSync(home, { mode: 0o755 });
    const umask = process.umask(0);
    try {
      await writePrivateFile(join(home, 'file'), 'text');
    } finally {
      process.umask(umask);
    }
    expect(modeOf(home)).toBe(0o700);
    expect(modeOf(join(home, 'file'))).toBe(0o600);
    chmodSync(join(home, 'file'), 0o644);
    await writePrivateFile(join(home, 'file'), 'new');
    expect(modeOf(join(home, 'file'))).toBe(0o600);
    expect(readdirSync(home)).toEqual(['file']);
  });

  it('says which file could not be written and leaves nothing behind', async () => {
    const home = aFolder();
    mkdirSync(join(home, 'taken'), { recursive: true });
    await expect(writePrivateFile(join(home, 'taken'), 'text')).rejects.toMatchObject({
      code: 'ERR_CLI_STATE_IO',
      message: expect.stringContaining(join(home, 'taken')),
    });
    expect(readdirSync(home)).toEqual(['taken']);
  });

  it('tells a missing file from one that was removed', async () => {
    const path = join(aFolder(), 'file');
    expect(await readTextFile(path)).toBeUndefined();
    expect(await removeFile(path)).toBe(false);
    await writePrivateFile(path, 'text');
    expect(await removeFile(path)).toBe(true);
  });

  it('gives every account a file of its own', () => {
    const urls = ['https://a.example', 'https://a.example:7443', 'https://a-example', 'https://[::1]:1'];
    const keys = urls.flatMap((url) =>
      ['jo', 'JO', '../jo', 'é'].flatMap((userName) => [
        accountKey({ url, organization: 'acme', userName }),
        accountKey({ url, organization: 'umbrella', userName }),
      ]),
    );
    expect(new Set(keys).size).toBe(32);
    for (const key of keys) expect(key).toMatch(/^[a-z0-9._-]+$/);
  });
});

describe('parseServerAddress', () => {
  for (const { typed, want } of [
    { typed: 'sallyport.example.com', want: 'https://sallyport.example.com' },
    { typed: '127.0.0.1:7443', want: 'https://127.0.0.1:7443' },
    { typed: 'https://Host.example/', want: 'https://host.example' },
    { typed: '[::1]:7443', want: 'https://[::1]:7443' },
  ]) {
    it(`reads ${typed}`, () => expect(parseServerAddress(typed).origin).toBe(want));
  }
  for (const { typed, code } of [
    { typed: 'http://host.example', code: 'ERR_CLI_PLAIN_HTTP' },
    { typed: 'ftp://host.example', code: 'ERR_CLI_USAGE' },
    { typed: 'https://user:pass@host.example', code: 'ERR_CLI_USAGE' },
    { typed: 'https://host.example/path', code: 'ERR_CLI_USAGE' },
    { typed: 'https://host.example/?q', code: 'ERR_CLI_USAGE' },
    { typed: 'not a host', code: 'ERR_CLI_USAGE' },
    { typed: '', code: 'ERR_CLI_USAGE' },
  ]) {
    it(`refuses ${JSON.stringify(typed)} with ${code}`, () =>
      expect(() => parseServerAddress(typed)).toThrow(expect.objectContaining({ code })));
  }
});

describe('login sessions at rest', () => {
  const account = { url: 'https://one.example', organization: 'acme', userName: 'jo@acme.example' };
  const session = {
    ...account,
    refreshToken: 'canary-refresh',
    dpopKey: { kty: 'EC', d: 'canary-key' },
  };

  it('lie in a 0600 file where there is no keyring', async () => {
    const home = createHome(aFolder());
    const store = createSessionStore(home);
    await store.write(session);
    expect(await store.read(account)).toEqual(session);
    expect(modeOf(home.sessionFile(account))).toBe(0o600);
    expect(await store.remove(account)).toBe(true);
    expect(await store.read(account)).toBeUndefined();
    expect(await store.remove(account)).toBe(false);
  });

  it('leave no key and no refresh token in the folder where there is a keyring', async () => {
    const home = createHome(aFolder());
    const entries = new Map<string, string>();
    const store = createSessionStore(home, memoryKeyring(entries));
    const access = { token: 'bound', expiresAt: '2026-01-01T00:00:00.000Z' };
    await store.write({ ...session, access });
    expect(readFileSync(home.sessionFile(account), 'utf8')).not.toContain('canary');
    expect(await store.read(account)).toEqual({ ...session, access });
    expect(await store.remove(account)).toBe(true);
    expect(entries.size).toBe(0);
  });

  it('fall back to the file when the keyring forgets what it took', async () => {
    const home = createHome(aFolder());
    const store = createSessionStore(home, {
      get: async () => undefined,
      set: async () => false,
      delete: async () => false,
    });
    await store.write(session);
    expect(await store.read(account)).toEqual(session);
  });

  for (const other of [
    { ...account, url: 'https://two.example' },
    { ...account, organization: 'umbrella' },
    { ...account, userName: 'other@acme.example' },
  ]) {
    it(`SEC-G12 are never read for ${other.url} ${other.organization}/${other.userName}, even when the file is moved there`, async () => {
      const home = createHome(aFolder());
      const store = createSessionStore(home);
      await store.write(session);
      await writePrivateFile(home.sessionFile(other), readFileSync(home.sessionFile(account), 'utf8'));
      await expect(store.read(other)).rejects.toMatchObject({ code: 'ERR_CLI_STATE_MALFORMED' });
    });
  }
});

function memoryKeyring(entries: Map<string, string>): Keyring {
  return {
    get: async (account) => entries.get(account),
    set: async (account, secret) => {
      entries.set(account, secret);
      return true;
    },
    delete: async (account) => entries.delete(account),
  };
}

describe('withLock', () => {
  const options = { clock: systemClock };

  it('lets one of many in at a time and hands on after a failure', async () => {
    const path = join(aFolder(), 'lock');
    let inside = 0;
    let most = 0;
    const work = async (index: number) => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      if (index === 3) throw new Error('failed inside');
      return index;
    };
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => withLock(path, options, () => work(index))),
    );
    expect(most).toBe(1);
    expect(results.filter((it) => it.status === 'fulfilled')).toHaveLength(7);
    expect(await readTextFile(path)).toBeUndefined();
  });

  it('takes over from a process that is gone', async () => {
    const path = join(aFolder(), 'lock');
    // Process ids end well below this on every system that has them.
    await writePrivateFile(path, '2147483646 - left');
    expect(await withLock(path, options, async () => 'in')).toBe('in');
  });

  it('takes over a lock that is older than anything done under it may take', async () => {
    const path = join(aFolder(), 'lock');
    await writePrivateFile(path, `${process.pid} - forgotten`);
    utimesSync(path, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000));
    expect(await withLock(path, options, async () => 'in')).toBe('in');
  });

  it('gives up on a live holder with both numbers and a next step', async () => {
    const path = join(aFolder(), 'lock');
    await writePrivateFile(path, `${process.pid} - held`);
    await expect(withLock(path, { ...options, waitMs: 100 }, async () => 'in')).rejects.toMatchObject({
      code: 'ERR_CLI_LOCK_TIMEOUT',
      message: `another process has held ${path} for more than 100 ms`,
    });
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid} - held`);
  });

  it('does not release a lock that somebody else took over meanwhile', async () => {
    const path = join(aFolder(), 'lock');
    await withLock(path, options, async () => writeFileSync(path, '1 successor'));
    expect(readFileSync(path, 'utf8')).toBe('1 successor');
  });
});

describe('holdLock', () => {
  it('is held by one, however long, and free again after it', async () => {
    const path = join(aFolder(), 'lock');
    const release = await holdLock(path, systemClock);
    utimesSync(path, new Date(0), new Date(0));
    expect(await holdLock(path, systemClock)).toBeUndefined();
    await release?.();
    expect(await holdLock(path, systemClock)).toBeTypeOf('function');
  });

  it.skipIf(process.platform !== 'linux')(
    'is taken over when its process id belongs to another process now',
    async () => {
      const path = join(aFolder(), 'lock');
      await writePrivateFile(path, `${process.pid} 1 left`);
      expect(await holdLock(path, systemClock)).toBeTypeOf('function');
    },
  );

  it('is taken over from a process that is gone', async () => {
    const path = join(aFolder(), 'lock');
    await writePrivateFile(path, '2147483646 - left');
    expect(await holdLock(path, systemClock)).toBeTypeOf('function');
  });
});
