import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MockProblem } from '../../packages/web/src/mock/handlers.ts';
import { createWorld } from '../../packages/web/src/mock/world.ts';
import { lacks } from '../support/index.ts';
import { openViewer } from './every-view.ts';
import { serveMock } from './mock-site.ts';
import { launchChromium, screenshots, violationsOf } from './site.ts';

const HELP = 'https://help.example.com/';
const BRANDING = {
  name: 'Halden Freight',
  logo: '/branding/logo/of-the-mock',
  supportLinks: [
    { label: 'Help desk', url: HELP },
    { label: 'No link', url: 'javascript:document.title="script"' },
  ],
};

/** A world whose installation presents itself. */
function brandedWorld() {
  const world = createWorld();
  world.me = { ...world.me, branding: BRANDING };
  return world;
}

describe.skipIf(lacks('chromium'))('name, logo and help of the installation, in Chromium', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveMock>>;

  beforeAll(async () => {
    site = await serveMock();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(() => site.reset({ world: brandedWorld() }));

  /** The logo is drawn, does nothing, and no address but one at https leads to help. */
  async function expectBranded(page: Page) {
    const logo = page.locator('img[src="/branding/logo/of-the-mock"]').filter({ visible: true });
    await logo.waitFor();
    await expect
      .poll(() => logo.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBeGreaterThan(0);
    expect(await page.title()).toMatch(/Halden Freight$/);
    expect(await page.getByText('No link').count()).toBe(0);
    expect(await violationsOf(page)).toEqual([]);
  }

  it('stand on every page of whoever is signed in, accessible in either theme, wide and narrow', async () => {
    const viewer = await openViewer(browser, site);
    await viewer.look({ name: 'branding', path: '/', heading: 'My access', text: 'prod-eu' });
    await viewer.close();
    const { page, complaints } = await site.open(browser, '/');
    await expectBranded(page);
    await page
      .getByRole('button', { name: /organization and project$/ })
      .getByText('Halden Freight')
      .waitFor();
    await page.context().route(`${HELP}**`, (route) => route.fulfill({ contentType: 'text/html', body: 'Help' }));
    await page.getByRole('button', { name: /account$/ }).click();
    const opened = page.context().waitForEvent('page');
    await page.getByRole('menuitem', { name: 'Help desk' }).click();
    const help = await opened;
    await help.waitForURL(HELP);
    expect(await help.evaluate('opener')).toBeNull();
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('stand where somebody is refused, and where nothing is', async () => {
    const refuse = () => {
      throw new MockProblem(403, 'ERR_API_FORBIDDEN', 'no role of yours lets you see grants');
    };
    site.reset({ world: brandedWorld(), overrides: { listGrants: refuse } });
    for (const path of ['/access/grants', '/access/nowhere/at/all']) {
      const { page } = await site.open(browser, path);
      const link = page.getByRole('main').getByRole('link', { name: 'Help desk' });
      await link.waitFor();
      expect(await link.getAttribute('href')).toBe(HELP);
      expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
      await page.context().close();
    }
  });

  it('stand on the pages of whoever is not signed in', async () => {
    site.reset({ world: brandedWorld(), isSignedIn: false });
    for (const path of ['/', '/access/grants', '/device']) {
      const { page } = await site.open(browser, path);
      await page.getByRole('banner').getByText('Halden Freight').waitFor();
      await page.getByRole('contentinfo').getByRole('link', { name: 'Help desk' }).waitFor();
      await expectBranded(page);
      await page.screenshot({ path: `${screenshots}/branding${path.replaceAll('/', '-')}.png` });
      await page.context().close();
    }
  });

  it('are Sallyport’s own where the installation says nothing', async () => {
    site.reset({ isSignedIn: false });
    const { page } = await site.open(browser, '/');
    await page.getByRole('banner').getByText('Sallyport').waitFor();
    expect(await page.title()).toBe('Sallyport');
    expect(await page.locator('img').count()).toBe(0);
    await page.context().close();
  });
});
