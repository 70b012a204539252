import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MockProblem } from '../../packages/web/src/mock/handlers.ts';
import { lacks, part } from '../support/index.ts';
import { openViewer, type ViewedPage } from './every-view.ts';
import { serveMock } from './mock-site.ts';
import { site as folder, screenshots } from './site.ts';

const PAGES: readonly ViewedPage[] = [
  { name: 'home', path: '/', heading: 'My access', text: 'prod-eu' },
  { name: 'account', path: '/account', heading: 'Account', text: 'Kube credentials' },
];

describe.skipIf(lacks('chromium'))('home, requests and the account in Chromium', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveMock>>;

  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    site = await serveMock();
    browser = await chromium.launch({
      executablePath: part('chromium'),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(() => site.reset());

  it('are accessible and complain of nothing in either theme, wide and narrow', async () => {
    const viewer = await openViewer(browser, site);
    for (const each of PAGES) await viewer.look(each);
    await viewer.close();
  }, 60_000);

  it('load no more than 150 KB of compressed scripts before home is there', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const first = await context.newPage();
    const scripts = new Set<string>();
    first.on('response', (answer) => {
      if (answer.request().resourceType() === 'script') scripts.add(new URL(answer.url()).pathname);
    });
    await first.goto(site.url, { waitUntil: 'networkidle' });
    await first.getByRole('heading', { name: 'My access' }).waitFor();
    const bytes = [...scripts].reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length, 0);
    expect(scripts.size).toBeGreaterThan(1);
    expect(bytes).toBeLessThan(150 * 1024);
    await context.close();
  });

  it('decide a request by keys alone, and never a stale one', async () => {
    const { page, complaints } = await site.open(browser, '/access/inbox');
    await page.getByRole('link', { name: /tomas@halden.test/ }).click();
    const slider = page.getByRole('slider', { name: 'Time' });
    await slider.focus();
    await page.keyboard.press('PageDown');
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/^30 min, until \d\d:\d\d$/);
    await page.getByRole('heading', { level: 2, name: /tomas@halden.test needs exec/ }).click();
    // While it is read again, nothing can be decided.
    await page.locator('button:not([aria-disabled="true"])', { hasText: /^Approve/ }).waitFor();
    await page.keyboard.press('a');
    await page.getByText(/Open until/).waitFor();
    expect(site.sent.map(({ body }) => JSON.parse(body))).toEqual([
      { verdict: 'approve', contentSha256: 'b41e'.repeat(16), duration: '30m' },
    ]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('type into a field without deciding anything', async () => {
    const { page } = await site.open(browser, '/access/inbox');
    await page.getByRole('link', { name: /tomas@halden.test/ }).click();
    await page.getByLabel('Reason').pressSequentially('add a day');
    expect(await page.getByLabel('Reason').inputValue()).toBe('add a day');
    expect(site.sent).toEqual([]);
    await page.context().close();
  });

  it('end a grant at once and offer the way back', async () => {
    const { page } = await site.open(browser, '/');
    const row = page.getByRole('row', { name: /debug on staging/ });
    await row.hover();
    await row.getByRole('button', { name: 'End' }).click();
    await page.getByRole('status').getByText('debug on staging has ended').waitFor();
    await row.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Request again' }).click();
    await page.waitForURL(/\/access\/new\?cluster=staging&role=debug$/);
    await page.context().close();
  });

  it('find pages and clusters in the palette, and go by chords', async () => {
    const { page, complaints } = await site.open(browser, '/');
    await page.getByRole('heading', { level: 1, name: 'My access' }).waitFor();
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('combobox', { name: 'Search or run' });
    await palette.fill('sandbox request');
    await page.getByRole('option', { name: 'Request access to sandbox' }).waitFor();
    await page.screenshot({ path: join(screenshots, 'palette.png') });
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/access\/new\?cluster=sandbox$/);
    await page.getByRole('heading', { level: 1, name: 'Request access' }).click();
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.waitForURL(/\/access\/inbox/);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('keep the theme that was chosen, before the first paint', async () => {
    const { page } = await site.open(browser, '/');
    await page.getByRole('button', { name: /account$/ }).click();
    await page.getByRole('menuitem', { name: 'Dark' }).click();
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await ground();
    await page.reload();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    expect(await ground()).toBe(dark);
    await page.context().close();
  });

  it('offer only what one may do', async () => {
    site.world().me = { ...site.world().me, permissions: [], permissionsAnywhere: [] };
    const { page } = await site.open(browser, '/');
    await page.getByRole('link', { name: 'My access' }).waitFor();
    expect(await page.getByRole('link', { name: /Roles|Bindings|Settings/ }).count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'Manage' }).count()).toBe(0);
    await page.context().close();
  });

  it('show the way on where the server refuses', async () => {
    site.reset({
      overrides: {
        listGrants: () => {
          throw new MockProblem(403, 'ERR_API_FORBIDDEN', 'no role of yours lets you see grants');
        },
      },
    });
    const { page } = await site.open(browser, '/access/grants');
    const denied = page.getByRole('alert');
    await denied.getByText('No role of yours lets you see grants.').waitFor();
    await denied.getByRole('link', { name: 'Request access' }).waitFor();
    await page.screenshot({ path: join(screenshots, 'denied.png') });
    await page.context().close();
  });

  it('lead to signing in when the session has ended meanwhile', async () => {
    const { page } = await site.open(browser, '/access/grants');
    await page.getByRole('grid', { name: 'Grants' }).waitFor();
    site.reset({ isSignedIn: false });
    await page.reload();
    await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
    expect(await page.textContent('body')).not.toContain('staging');
    await page.context().close();
  });

  it('revoke a credential and end a login session', async () => {
    const { page } = await site.open(browser, '/account');
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('None lives.').waitFor();
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByRole('status').getByText('The login session has ended').waitFor();
    expect(site.sent.map(({ method, url }) => `${method} ${url.pathname.replace(/[a-z]{3}_\w+/, 'ID')}`)).toEqual([
      'DELETE /api/v1/me/credentials/ID',
      'DELETE /api/v1/me/login-sessions/ID',
    ]);
    await page.context().close();
  });
});
