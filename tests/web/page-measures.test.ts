import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/index.ts';
import { longListOfSessions } from './long-list.ts';
import { serveMock } from './mock-site.ts';
import { site as folder, launchChromium } from './site.ts';

const ROWS = 10_000;
/** The theme, what loads the others, and what every page needs: more would wait for one another. */
const MOST_SCRIPTS = 3;
/** Rows that fit a window of 900 pixels, and those that are drawn ahead of either end. */
const MOST_DRAWN = 27 + 2 * 12 + 2;

describe.skipIf(lacks('chromium'))('what pages cost a browser', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveMock>>;

  beforeAll(async () => {
    site = await serveMock({ isSignedIn: false });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it('stays within 150 KB of compressed scripts, in few files, on the first page of whoever is not signed in', async () => {
    const page = await browser.newPage();
    const scripts = new Set<string>();
    page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.add(new URL(request.url()).pathname);
    });
    await page.goto(site.url, { waitUntil: 'networkidle' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    const bytes = [...scripts].reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length, 0);
    expect(scripts.size).toBeGreaterThan(1);
    expect(scripts.size).toBeLessThanOrEqual(MOST_SCRIPTS);
    expect(bytes).toBeLessThan(150 * 1024);
    await page.close();
  });

  it('asks who is signed in while the scripts are on their way, once, and not on the pages of a login', async () => {
    const page = await browser.newPage();
    let asked = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/session') asked += 1;
    });
    const question = page.waitForRequest('**/session');
    await page.route('**/assets/first-*.js', async (route) => {
      await question;
      await route.continue();
    });
    await page.goto(site.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(asked).toBe(1);
    await page.goto(`${site.url}/device`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(asked).toBe(1);
    await page.close();
  });

  for (const { who, isSignedIn, title } of [
    { who: 'whoever is signed in', isSignedIn: true, title: 'My access' },
    { who: 'whoever is not', isSignedIn: false, title: 'Sign in from your terminal' },
  ]) {
    for (const width of [1280, 390]) {
      it(`draws the first frame for ${who} before its script is there, ${width} px wide, and goes on in its place`, async () => {
        site.reset({ isSignedIn });
        const page = await browser.newPage({ viewport: { width, height: 900 } });
        const complaints: string[] = [];
        // That nobody is signed in, the page comes to know by 401.
        page.on('console', (message) => {
          if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
        });
        page.on('pageerror', (error) => complaints.push(error.message));
        let bringScript: () => void = () => {};
        const isSeen = new Promise<void>((resolve) => {
          bringScript = resolve;
        });
        await page.route('**/assets/first-*.js', async (route) => {
          await isSeen;
          await route.continue();
        });
        await page.goto(site.url, { waitUntil: 'commit' });
        const heading = page.getByRole('heading', { level: 1 });
        await heading.getByText(title).waitFor();
        const early = await heading.boundingBox();
        await heading.evaluate((element) => element.setAttribute('data-early', ''));
        bringScript();
        await page.locator('h1:not([data-early])').waitFor();
        expect(await page.locator('h1').count()).toBe(1);
        expect(await heading.textContent()).toBe(title);
        const { x } = (await heading.boundingBox()) ?? {};
        expect(x).toBe(early?.x);
        expect(complaints).toEqual([]);
        await page.close();
      });
    }
  }

  it('stays within the rows that are in view, of a table of ten thousand, wherever it is', async () => {
    site.reset({ overrides: { listSessions: () => longListOfSessions(ROWS) } });
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${site.url}/recordings`);
    const grid = page.getByRole('grid', { name: 'Recordings' });
    const drawn = grid.locator('[data-row]');
    await drawn.first().waitFor();
    expect(await grid.getAttribute('aria-rowcount')).toBe(String(ROWS + 1));
    expect(await drawn.count()).toBeLessThanOrEqual(MOST_DRAWN);
    for (const key of ['End', 'Home']) {
      await drawn.first().press(key);
      const last = key === 'End' ? ROWS + 1 : 2;
      await grid.locator(`[aria-rowindex="${last}"]:focus`).waitFor();
      expect(await drawn.count()).toBeLessThanOrEqual(MOST_DRAWN);
    }
    await page.close();
  });
});
