import { join } from 'node:path';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { readTextFile, writePrivateFile } from '../state/atomic-file.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { withRememberedFailure } from './remembered-failure.ts';

const folder = temporaryFolder();
let count = 0;

function setUp() {
  const clock = createFakeClock();
  const path = join(folder, `failure-${count++}`);
  let runs = 0;
  const failing = () => {
    runs += 1;
    return Promise.reject(
      new CliError({ code: 'ERR_CLI_SERVER_UNREACHABLE', message: 'it is away', nextStep: 'Wait.' }),
    );
  };
  return { clock, path, failing, runs: () => runs };
}

describe('withRememberedFailure', () => {
  it('repeats a failure without trying again, until five seconds are over', async () => {
    const { clock, path, failing, runs } = setUp();
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(withRememberedFailure(path, clock, failing)).rejects.toMatchObject({
        code: 'ERR_CLI_SERVER_UNREACHABLE',
        message: 'it is away',
        nextStep: 'Wait.',
      });
    }
    expect(runs()).toBe(1);
    clock.advance(5_000);
    await expect(withRememberedFailure(path, clock, failing)).rejects.toThrow('it is away');
    expect(runs()).toBe(2);
  });

  it('forgets it with the first success', async () => {
    const { clock, path, failing } = setUp();
    await expect(withRememberedFailure(path, clock, failing)).rejects.toThrow();
    clock.advance(6_000);
    expect(await withRememberedFailure(path, clock, async () => 'done')).toBe('done');
    expect(await readTextFile(path)).toBeUndefined();
  });

  it('is not held up by a record from the future or by one that can’t be read', async () => {
    const { clock, path } = setUp();
    for (const text of [JSON.stringify({ at: clock.now() + 60_000, code: 'X', sentence: 'x' }), 'junk', '{}', 'null']) {
      await writePrivateFile(path, text);
      expect(await withRememberedFailure(path, clock, async () => 'done')).toBe('done');
    }
  });
});
