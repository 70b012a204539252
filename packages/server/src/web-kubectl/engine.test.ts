import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { startEngine } from './engine.ts';
import { createProcessRunner } from './process-runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-engine-'));
const kubectl = join(folder, 'kubectl');
writeFileSync(kubectl, `#!/bin/sh\necho '{"clientVersion":{"gitVersion":"v1.36.4"}}'\n`, { mode: 0o755 });
/** A program whose sandbox can't be opened, as where a kernel forbids it. */
const broken = join(folder, 'broken.mjs');
writeFileSync(broken, "process.stderr.write('not here');process.exit(1)");

describe('what terminals run with', () => {
  it('is nothing where there is no kubectl, or they are switched off', async () => {
    const of = { mode: 'production', folder, logger: silentLogger } as const;
    expect((await startEngine({ ...of, config: {} })).why).toMatchObject({ code: 'ERR_TERMINAL_UNAVAILABLE' });
    const off = await startEngine({ ...of, config: { isEnabled: false, kubectl } });
    expect([off.runner, off.why?.message]).toEqual([undefined, 'terminals are switched off on this server']);
  });

  it('SEC-H07 is nothing in production mode where terminals can not be kept apart, and said in development mode', async () => {
    const warned: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (_fields: object, message?: string) => void warned.push(message ?? ''),
    };
    const of = { config: { kubectl, program: broken }, folder, logger };
    const inProduction = await startEngine({ ...of, mode: 'production' });
    expect([inProduction.runner, inProduction.why?.code]).toEqual([undefined, 'ERR_TERMINAL_UNISOLATED']);
    const inDevelopment = await startEngine({ ...of, mode: 'development' });
    expect(inDevelopment.runner?.isolation).toBe('none');
    expect(warned).toEqual(['terminals run without isolation, which is for development alone']);
  });

  it('says what a sandbox said that could not be opened', async () => {
    const runner = createProcessRunner({
      kubectl,
      program: broken,
      isolation: 'none',
      folder,
      isRoot: false,
      logger: silentLogger,
    });
    await expect(runner.open({ id: 'a', kubeconfig: () => '' })).rejects.toMatchObject({
      code: 'ERR_TERMINAL_SANDBOX',
      message: expect.stringContaining('not here'),
    });
  });
});
