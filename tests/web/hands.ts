import type { BrowserContext, Page } from 'playwright-core';

/** Keys that are typed by their names. */
const KEYS: ReadonlySet<string> = new Set(['Tab', 'Enter']);

/** Types into what has the focus, as a keyboard does: `Tab` and `Enter` stand for these keys, all else for its letters. */
export async function type({ keyboard }: Page, ...words: readonly string[]): Promise<void> {
  for (const word of words) await (KEYS.has(word) ? keyboard.press(word) : keyboard.type(word));
}

/**
 * Counts how often the button of a mouse goes down on the pages of a context, as the pages themselves find it. To be called before
 * the first one is opened.
 */
export async function countClicks(context: BrowserContext): Promise<() => number> {
  let count = 0;
  await context.exposeBinding('mouseWentDown', () => {
    count += 1;
  });
  await context.addInitScript(() => {
    const scope = globalThis as unknown as {
      mouseWentDown(): void;
      addEventListener(type: string, listener: (event: { isTrusted: boolean }) => void, isCapture: boolean): void;
    };
    scope.addEventListener('pointerdown', ({ isTrusted }) => isTrusted && scope.mouseWentDown(), true);
  });
  return () => count;
}
