/** The pages in Chromium: how much script comes first, how soon a heading stands, and how a long table scrolls. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findPart } from '../tests/support/index.ts';
import { longListOfSessions } from '../tests/web/long-list.ts';
import { serveMock } from '../tests/web/mock-site.ts';
import { site as siteFolder } from '../tests/web/site.ts';
import { inRounds } from './rounds.ts';
import type { Run } from './run.ts';
import { ROWS, serveBarePages } from './web-bare-page.ts';

const ID = 'web';
const KIB = 1_024;
/** How far a table goes between two frames, in pixels: three and a half rows. */
const STEP = 120;
/** Height of a row, in pixels. */
const ROW_PX = 34;

/** Measures the pages against bare ones of the same React and Vite, in the same browser and in turns. */
export async function measureWeb(run: Run): Promise<void> {
  if (!run.isWanted(ID)) return;
  const executablePath = findPart('chromium');
  if (executablePath === undefined) {
    run.note('skipped: pages; set SALLYPORT_TEST_CHROMIUM to a Chromium');
    return;
  }
  const bare = await serveBarePages();
  const home = await serveMock();
  const signIn = await serveMock({ isSignedIn: false });
  const long = await serveMock({ overrides: { listSessions: () => longListOfSessions(ROWS) } });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  try {
    const failed = (error: unknown) => run.failed(ID, error);
    const scripts = async () => ({
      'sign-in': await firstScripts(browser, signIn.url),
      home: await firstScripts(browser, home.url),
    });
    run.goal({
      id: 'web',
      title: 'scripts that a page loads before it stands, compressed by gzip',
      unit: 'KiB',
      goal: 'at most 150',
      rounds: await inRounds(1, scripts, failed),
    });
    for (const [title, url] of [
      ['sign-in page', signIn.url],
      ['home', home.url],
    ] as const) {
      const round = async () => ({
        page: await firstHeading(browser, url),
        'bare React page': await firstHeading(browser, bare.headingUrl),
      });
      run.compare({
        id: 'web',
        ...{ title: `first heading of the ${title}, nothing cached`, unit: 'ms' },
        ...{ figure: 'page', baseline: 'bare React page' },
        rounds: await inRounds(run.roundCount, round, failed),
      });
    }
    const round = async () => ({
      table: await scroll(browser, `${long.url}/recordings`, 'Recordings', run.seconds),
      'bare virtual list': await scroll(browser, bare.listUrl, 'Rows', run.seconds),
    });
    run.compare({
      id: 'web',
      ...{ title: `scrolling ${ROWS.toLocaleString('en')} rows`, unit: 'frames/s' },
      ...{ figure: 'table', baseline: 'bare virtual list' },
      rounds: await inRounds(run.roundCount, round, failed),
    });
  } finally {
    await browser.close();
    for (const each of [bare, home, signIn, long]) await each.close();
  }
}

/** Opens an address in a browser that has nothing of it yet. */
async function visit<Result>(browser: Browser, work: (page: Page) => Promise<Result>): Promise<Result> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}

/** Compressed size of the scripts that are loaded until nothing more comes, in KiB. */
function firstScripts(browser: Browser, url: string): Promise<number> {
  return visit(browser, async (page) => {
    const paths = new Set<string>();
    page.on('request', (request) => {
      if (request.resourceType() === 'script') paths.add(new URL(request.url()).pathname);
    });
    // A stream that stays open is never idle.
    await page.route('**/me/changes', (route) => route.abort());
    await page.goto(url, { waitUntil: 'networkidle' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    return [...paths].reduce((sum, path) => sum + gzipSync(readFileSync(join(siteFolder, path))).length, 0) / KIB;
  });
}

/** From the beginning of the navigation to the first frame in which a heading stands, in milliseconds. */
function firstHeading(browser: Browser, url: string): Promise<number> {
  return visit(browser, async (page) => {
    await page.addInitScript(`globalThis.headingAtMs = new Promise((resolve) => {
      const look = () => {
        if (document.querySelector('h1') === null) requestAnimationFrame(look);
        else resolve(performance.now());
      };
      requestAnimationFrame(look);
    })`);
    await page.goto(url);
    return page.evaluate<number>('globalThis.headingAtMs');
  });
}

/** Frames per second that are drawn while the grid of that name is scrolled, a step in each. */
function scroll(browser: Browser, url: string, name: string, seconds: number): Promise<number> {
  return visit(browser, async (page) => {
    await page.goto(url);
    await page.getByRole('grid', { name }).waitFor();
    const { height, rate } = await page.evaluate<{ height: number; rate: number }>(`(async () => {
      const box = document.querySelector('[role=grid][aria-label=${name}]');
      const frame = () => new Promise(requestAnimationFrame);
      const begin = await frame();
      let [at, count] = [begin, 0];
      while (at < begin + ${seconds * 1_000}) {
        box.scrollTop = box.scrollTop + ${STEP} + box.clientHeight < box.scrollHeight ? box.scrollTop + ${STEP} : 0;
        at = await frame();
        count += 1;
      }
      return { height: box.scrollHeight, rate: (count * 1_000) / (at - begin) };
    })()`);
    // What is not as long would be nothing to scroll: an empty list, or one that was refused.
    if (!(height >= ROWS * ROW_PX)) throw new Error(`${url} has ${height} pixels of rows, not ${ROWS * ROW_PX}`);
    return rate;
  });
}
