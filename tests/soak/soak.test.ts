import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository, run } from '../support/index.ts';

/** Of work; starting, coming to rest and comparing the logs take as long again. */
const MINUTES = 2;
const SEED = 20_261_123;

it(
  'holds what must hold while people work and everything between them breaks',
  async () => {
    const words = [join(repository, 'tests/soak/run.mjs'), '--minutes', String(MINUTES), '--seed', String(SEED)];
    const outcome = await run(process.execPath, words, { timeoutMs: 9 * 60_000 });
    expect(outcome.stdout + outcome.stderr).toMatch(/\d+ invariants held \(seed \d+\)\n$/);
    expect(outcome.code).toBe(0);
  },
  10 * 60_000,
);
