import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createProgress } from './progress.ts';

function aTerminal(isTTY: boolean) {
  const written: string[] = [];
  const clock = createFakeClock();
  return {
    written,
    clock,
    progress: createProgress({ stderr: { isTTY, write: (text) => written.push(text) }, clock }),
  };
}

describe('createProgress', () => {
  it('rewrites one line, counts the seconds once they are many, and takes it away', () => {
    const { written, clock, progress } = aTerminal(true);
    progress.show('Applying');
    clock.advance(3_000);
    progress.clear();
    progress.clear();
    clock.advance(3_000);
    expect(written).toEqual([
      '\r\u001b[KApplying',
      '\r\u001b[KApplying',
      '\r\u001b[KApplying (2 s)',
      '\r\u001b[KApplying (3 s)',
      '\r\u001b[K',
    ]);
  });

  it('writes nothing where nobody looks', () => {
    const { written, clock, progress } = aTerminal(false);
    progress.show('Applying');
    clock.advance(3_000);
    progress.clear();
    expect(written).toEqual([]);
  });
});
