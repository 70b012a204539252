import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { breachesOf } from './accessibility.ts';
import type { serveMock } from './mock-site.ts';
import { screenshots, violationsOf } from './site.ts';

/** A page that is looked at in every view. */
export interface ViewedPage {
  /** Names its pictures. */
  readonly name: string;
  readonly path: string;
  /** Its h1. */
  readonly heading: string;
  /** Text that stands on it once it is there. */
  readonly text: string;
  /** The text is behind a button on narrow screens. */
  readonly isFolded?: boolean;
  /** What is done on the page before it is looked at, wide. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const VIEWS = [
  { width: 1280, height: 900, colorScheme: 'light', looks: 'all' },
  { width: 1280, height: 900, colorScheme: 'dark', looks: 'contrast' },
  { width: 390, height: 844, colorScheme: 'dark', looks: 'contrast' },
  { width: 390, height: 844, colorScheme: 'light', looks: 'all' },
] as const;

/**
 * Opens one window for pages that are looked at one after the other. Each is loaded once, and is then made dark and narrow where it
 * stands: it must be accessible, hold to its policy, fit the width and complain of nothing in every view.
 */
export async function openViewer(browser: Browser, site: Awaited<ReturnType<typeof serveMock>>) {
  const { page, complaints } = await site.open(browser, '/');
  return {
    close: () => page.context().close(),
    async look({ name, path, heading, text, isFolded = false, prepare }: ViewedPage): Promise<void> {
      complaints.length = 0;
      const [first] = VIEWS;
      await page.setViewportSize(first);
      await page.emulateMedia({ colorScheme: first.colorScheme });
      await page.goto(new URL(path, page.url()).href);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await prepare?.(page);
      for (const { width, height, colorScheme, looks } of VIEWS) {
        const view = `${name}, ${colorScheme}, ${width} px wide`;
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme });
        if (width === first.width || !isFolded) {
          await page.getByText(text).filter({ visible: true }).first().waitFor();
        }
        await page.screenshot({ path: join(screenshots, `${name}-${width}-${colorScheme}.png`) });
        expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(width);
        expect.soft(await breachesOf(page, looks), view).toEqual([]);
      }
      expect(await violationsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
    },
  };
}
