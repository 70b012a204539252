import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCaptured } from '../../testing/run-captured.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
const clock = createFakeClock();
const run = (...argv: string[]) => runCaptured(argv, { clock, cwd: folder });
const keysOf = (stdout: string) => (JSON.parse(stdout) as { items: { keyId: string; phase: string }[] }).items;

describe('sallyport signer', () => {
  it('is set up on a socket or with certificates for both ends, and says what the server gets', async () => {
    const onSocket = await run('signer', 'init', 'on-socket', '--socket', 'signer.sock');
    expect([onSocket.exitCode, parse(onSocket.stdout)]).toEqual([
      0,
      { signer: { socket: join(folder, 'signer.sock') } },
    ]);
    const onTcp = await run('signer', 'init', 'on-tcp', '--listen', '[::1]:7444');
    const { signer } = parse(onTcp.stdout) as { signer: Record<string, string> };
    expect(signer['address']).toBe('[::1]:7444');
    for (const key of ['certFile', 'keyFile', 'caFile'])
      expect(readFileSync(signer[key] ?? '', 'utf8')).toMatch(/^-----/);
    expect(onTcp.stderr).toContain('sallyport signer start --config');
    expect(await run('signer', 'init', 'on-tcp', '--listen', '[::1]:7444')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('ERR_SIGNER_EXISTS'),
    });
    expect(await run('signer', 'init', 'nowhere')).toMatchObject({ exitCode: 2 });
  });

  it('says all that is wrong with a configuration', async () => {
    writeFileSync(join(folder, 'wrong.yaml'), 'listen: here\nclusters: { all: {} }\nratee: {}\n');
    const { stderr } = await run('signer', 'keys', 'list', '--config', 'wrong.yaml');
    expect(stderr).toContain('ERR_CONFIG_INVALID');
    for (const problem of ['must be host:port', 'clusters.all', 'did you mean rate', 'needs an encryption key'])
      expect(stderr).toContain(problem);
  });

  it('takes the keys of a server over, which holds none afterwards, and rotates them alone', async () => {
    const keyFile = join(folder, 'encryption-key');
    writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`);
    const server = join(folder, 'server.yaml');
    const config = `stateDir: ${join(folder, 'server-state')}\nencryptionKeyFile: ${keyFile}\n`;
    writeFileSync(server, config);
    const made = keysOf((await run('server', 'keys', 'rotate', 'capability', '-o', 'json', '--config', server)).stdout);
    await run('signer', 'init', 'moved', '--socket', 'moved.sock');
    const signer = ['--config', join(folder, 'moved', 'signer.yaml')];
    const moving = await run('signer', 'keys', 'adopt', '--from', server, ...signer);
    expect([moving.exitCode, moving.stderr]).toEqual([0, 'Moved 1 keys. Rotate them soon.\n']);
    expect(keysOf((await run('signer', 'keys', 'list', '-o', 'json', ...signer)).stdout)).toMatchObject(made);
    expect(keysOf((await run('server', 'keys', 'list', '-o', 'json', '--config', server)).stdout)).toEqual([]);
    expect((await run('signer', 'keys', 'adopt', '--from', server, ...signer)).stderr).toContain(
      'holds no capability keys',
    );

    writeFileSync(server, `${config}signer: { socket: ${join(folder, 'moved.sock')} }\n`);
    expect(await run('server', 'keys', 'rotate', 'capability', '--config', server)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('ERR_PKI_KEY_ELSEWHERE'),
    });
    const rotated = keysOf((await run('signer', 'keys', 'rotate', '--now', '-o', 'json', ...signer)).stdout);
    expect(rotated).toMatchObject([{ keyId: made[0]?.keyId, phase: 'current' }, { phase: 'next' }]);
    const [only, ...others] = keysOf(
      (await run('signer', 'keys', 'rotate', '--emergency', '-o', 'json', ...signer)).stdout,
    );
    expect([others, only?.keyId === made[0]?.keyId]).toEqual([[], false]);
  }, 60_000);
});
