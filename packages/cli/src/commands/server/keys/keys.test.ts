import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_PURPOSES } from '@sallyport/core/api';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { runCaptured } from '../../../testing/run-captured.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';

const folder = temporaryFolder();
const KEY_COUNT = KEY_PURPOSES.length;
const aKey = () => randomBytes(32).toString('base64');

interface Key {
  readonly purpose: string;
  readonly keyId: string;
  readonly phase: string;
  readonly signsFrom: string;
}

describe('sallyport server keys', () => {
  const keyFile = join(folder, 'encryption-key');
  const config = join(folder, 'server.yaml');
  const first = aKey();
  writeFileSync(keyFile, `${first}\n`);
  writeFileSync(config, `stateDir: ${join(folder, 'state')}\nencryptionKeyFile: ${keyFile}\n`);
  const clock = createFakeClock();
  const run = (...argv: string[]) =>
    runCaptured(['server', 'keys', ...argv, '--config', config], { clock, cwd: folder });
  const items = (stdout: string) => (JSON.parse(stdout) as { items: Key[] }).items;

  it('makes and announces keys by purpose, and shows when they change', async () => {
    expect(await run('list')).toMatchObject({
      exitCode: 0,
      stderr: 'There is no key yet: the server makes them at its first start.\n',
    });
    const made = await run('rotate', '--all', '-o', 'json');
    expect(made.exitCode, made.stderr).toBe(0);
    expect(items(made.stdout).map(({ phase }) => phase)).toEqual(Array.from({ length: KEY_COUNT }, () => 'current'));
    const rotated = await run('rotate', 'oauth', '--now', '-o', 'json');
    const [current, next] = items(rotated.stdout);
    expect(next).toMatchObject({ purpose: 'oauth', phase: 'next' });
    expect(new Date(next?.signsFrom ?? '').getTime() - clock.now()).toBe(30_000);
    const { stdout } = await run('list', '-o', 'name');
    expect(stdout.split('\n')).toContain(`key/oauth/${current?.keyId}`);
    expect(stdout.trim().split('\n')).toHaveLength(KEY_COUNT + 1);
  }, 60_000);

  it('leaves one new key after an emergency', async () => {
    const before = items((await run('list', '-o', 'json')).stdout).map(({ keyId }) => keyId);
    const [only, ...others] = items((await run('rotate', 'oauth', '--emergency', '-o', 'json')).stdout);
    expect(others).toEqual([]);
    expect(before).not.toContain(only?.keyId);
  }, 60_000);

  it('lets a former encryption key go after everything was encrypted anew', async () => {
    const second = aKey();
    writeFileSync(keyFile, `${second}\n`);
    expect(await run('list')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('ERR_STORE_ENCRYPTION_KEY'),
    });
    writeFileSync(keyFile, `${second}\n${first}\n`);
    // The keys, the check of the encryption key, and the key of lookup marks.
    const stderr = `${KEY_COUNT + 2} secrets were encrypted anew.\n`;
    expect(await run('rewrap')).toEqual({ exitCode: 0, stdout: '', stderr });
    writeFileSync(keyFile, `${second}\n`);
    expect(items((await run('list', '-o', 'json')).stdout)).toHaveLength(KEY_COUNT);
  }, 60_000);

  it('says where secrets are that none of the configured keys opens', async () => {
    const [second] = readFileSync(keyFile, 'utf8').split('\n');
    writeFileSync(keyFile, `${aKey()}\n${second}\n`);
    expect((await run('rotate', 'oauth', '--now')).exitCode).toBe(0);
    // The key that the last one was encrypted with is gone, the one of all others is not.
    writeFileSync(keyFile, `${aKey()}\n${second}\n`);
    const rewrapped = await run('rewrap');
    expect(rewrapped.exitCode).toBe(1);
    expect(rewrapped.stderr).toMatch(/^\d+ secrets were encrypted anew\.\nerror: secrets in keys\.secret /);
    expect(rewrapped.stderr).toContain('ERR_CLI_KEYS_LEFT');
  }, 60_000);

  it.each([[[]], [['bread']], [['oauth', '--all']], [['oauth', '--now', '--emergency']]])(
    'refuses %j as a usage error',
    async (argv) => {
      expect(await run('rotate', ...argv)).toMatchObject({ exitCode: 2, stdout: '' });
    },
  );
});
