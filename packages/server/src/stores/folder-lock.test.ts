import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** No process has this id: it is above the largest that Linux gives out. */
const DEAD_PID = 2 ** 22 + 1;

async function leaveLock(owner: { pid: number; host: string }, ageMs = 0): Promise<void> {
  const path = join(folder, 'lock');
  await writeFile(path, JSON.stringify({ token: 'left behind', ...owner }));
  const at = new Date(Date.now() - ageMs);
  await utimes(path, at, at);
}

const isLocked = expect.objectContaining({
  code: 'ERR_STORE_LOCKED',
  message: expect.stringContaining('is in use by'),
  nextStep: expect.stringContaining('state folder of its own'),
});

for (const platform of ['linux', 'darwin'] as const) {
  describe.skipIf(platform === 'linux' && process.platform !== 'linux')(
    `the lock of a state folder on ${platform}`,
    () => {
      const lock = () => lockFolder(folder, platform);

      it('keeps a second taker out until it is released, and leaves nothing behind', async () => {
        const first = await lock();
        await expect(lock()).rejects.toEqual(isLocked);
        await Promise.all([first.release(), first.release()]);
        expect(existsSync(join(folder, 'lock'))).toBe(false);
        await (await lock()).release();
      });

      it('gives the folder to exactly one of many who come at once', async () => {
        const takers = await Promise.allSettled(Array.from({ length: 8 }, lock));
        const taken = takers.flatMap((taker) => (taker.status === 'fulfilled' ? [taker.value] : []));
        expect(taken).toHaveLength(1);
        for (const taker of takers) if (taker.status === 'rejected') expect(taker.reason).toEqual(isLocked);
        await taken[0]?.release();
      });

      it('makes the folder, for its owner alone', async () => {
        folder = join(folder, 'state', 'deep');
        const taken = await lock();
        expect((await stat(folder)).mode & 0o777).toBe(0o700);
        expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toMatchObject({
          pid: process.pid,
          host: hostname(),
        });
        await taken.release();
      });

      it('takes over from a process of this machine that was killed', async () => {
        await leaveLock({ pid: DEAD_PID, host: hostname() });
        await (await lock()).release();
      });

      it('respects another machine on the same volume while its heart beats, and takes over 15 s after it stopped', async () => {
        await leaveLock({ pid: 1, host: 'another-machine' }, 14_000);
        await expect(lock()).rejects.toEqual(isLocked);
        await leaveLock({ pid: 1, host: 'another-machine' }, 16_000);
        await (await lock()).release();
      });

      it('does not remove the lock of another that took over', async () => {
        const first = await lock();
        await leaveLock({ pid: 1, host: 'another-machine' });
        await first.release();
        expect(existsSync(join(folder, 'lock'))).toBe(true);
      });
    },
  );
}

it('respects a live process of this machine where there are no abstract sockets', async () => {
  await leaveLock({ pid: process.pid, host: hostname() });
  await expect(lockFolder(folder, 'darwin')).rejects.toEqual(isLocked);
});

it('names the folder when it can not be made', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(lockFolder(join(folder, 'file', 'state'))).rejects.toMatchObject({ code: 'ERR_STORE_FOLDER' });
});
