import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MockProblem } from '../../packages/web/src/mock/handlers.ts';
import { lacks } from '../support/index.ts';
import { breachesOf } from './accessibility.ts';
import { openViewer, type ViewedPage } from './every-view.ts';
import { serveMock } from './mock-site.ts';
import { site as folder, launchChromium, screenshots } from './site.ts';

const INSTALLATION = '/settings?part=installation';
const PAGES: readonly ViewedPage[] = [
  { name: 'home', path: '/', heading: 'My access', text: 'prod-eu' },
  { name: 'installation', path: INSTALLATION, heading: 'Settings', text: 'harbour' },
  { name: 'account', path: '/account', heading: 'Account', text: 'Kube credentials' },
];
/** Pages of a login, whoever is signed in. */
const LOGIN_PAGES: readonly ViewedPage[] = [
  { name: 'sign-in', path: '/sign-in?login=mock', heading: 'Sign in', text: 'Sallyport command line' },
  { name: 'device', path: '/device', heading: 'Sign in a device', text: 'Type the code that your terminal shows.' },
  {
    name: 'device-expired',
    path: '/device?outcome=expired',
    heading: 'Sign in a device',
    text: 'This code has expired.',
  },
  { name: 'device-done', path: '/device?outcome=signedIn', heading: 'The device is signed in', text: 'your terminal' },
];

describe.skipIf(lacks('chromium'))('home, requests and the account in Chromium', () => {
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
  beforeEach(() => site.reset());

  it('are accessible and complain of nothing in either theme, wide and narrow', async () => {
    const viewer = await openViewer(browser, site);
    for (const each of [...PAGES, ...LOGIN_PAGES]) await viewer.look(each);
    await viewer.close();
  }, 120_000);

  it('load no more than 150 KB of compressed scripts before home is there', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const first = await context.newPage();
    const scripts = new Set<string>();
    first.on('response', (answer) => {
      if (answer.request().resourceType() === 'script') scripts.add(new URL(answer.url()).pathname);
    });
    // A stream that stays open is never idle.
    await first.route('**/me/changes', (route) => route.abort());
    await first.goto(site.url, { waitUntil: 'networkidle' });
    await first.getByRole('heading', { name: 'My access' }).waitFor();
    const bytes = [...scripts].reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length, 0);
    expect(scripts.size).toBeGreaterThan(1);
    expect(bytes).toBeLessThan(150 * 1024);
    await context.close();
  });

  it('shows what others change as soon as the server says that something has, long before it would ask', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(`${site.url}/access/inbox`);
    const requests = page.getByRole('navigation').getByRole('link', { name: /Requests/ });
    await requests.filter({ hasText: String(site.world().me.pendingReviews) }).waitFor();
    await expect.poll(() => site.world().watchers.size).toBeGreaterThan(0);
    // From here on time passes by hand alone: four seconds at the most, of the fifteen until it is asked anyway.
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.clock.runFor(100);
    await expect.poll(() => site.world().watchers.size).toBeGreaterThan(0);
    site.world().me = { ...site.world().me, pendingReviews: 41 };
    for (const tell of [...site.world().watchers]) tell();
    await expect
      .poll(async () => {
        await page.clock.runFor(20);
        return requests.textContent();
      })
      .toContain('41');
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

  it('find pages, clusters, recordings and audit events in the palette, and go by chords', async () => {
    const { page, complaints } = await site.open(browser, '/');
    await page.getByRole('heading', { level: 1, name: 'My access' }).waitFor();
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('combobox', { name: 'Search or run' });
    await palette.fill('payout-worker');
    const recording = page.getByRole('option', { name: /^exec in payments\/payout-worker\S* on prod-eu/ });
    await recording.first().waitFor();
    await palette.fill('deployments');
    const event = page.getByRole('option', { name: /deployments.* proxy\./ });
    await event.first().waitFor();
    await page.screenshot({ path: join(screenshots, 'palette-audit.png') });
    expect(await event.count()).toBeLessThanOrEqual(5);
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
    const provider = page.getByRole('link', { name: 'Halden SSO' });
    expect(await provider.getAttribute('href')).toBe(
      '/session/login?organization=halden&provider=sso&returnTo=%2Faccess%2Fgrants',
    );
    expect(await page.textContent('body')).not.toContain('staging');
    await page.context().close();
  });

  it('sign a user of this server in at the address that was asked for, and say what went wrong', async () => {
    site.reset({ isSignedIn: false });
    const { page } = await site.open(browser, '/access/grants?state=open');
    await page.getByRole('heading', { name: 'Sign in to go on' }).waitFor();
    await page.getByLabel('User name').fill('lin@halden.test');
    await page.getByLabel('Password').fill('not the password');
    await page.getByLabel('Code').fill('123456');
    await page.getByRole('button', { name: 'Sign in with a password' }).click();
    await page.getByRole('alert').getByText('ERR_LOGIN_LOCAL_REFUSED').waitFor();
    await page.screenshot({ path: join(screenshots, 'sign-in-refused.png'), fullPage: true });
    expect(await page.getByLabel('User name').inputValue()).toBe('lin@halden.test');
    await page.getByLabel('Password').fill('change me');
    await page.getByRole('button', { name: 'Sign in with a password' }).click();
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await page.getByRole('textbox', { name: 'New password' }).fill('nine tall ships');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.waitForURL(`${site.url}/`);
    const [begun] = site.sent;
    expect(begun?.url.pathname).toBe('/session/login');
    expect(new URLSearchParams(begun?.body).get('returnTo')).toBe('/access/grants?state=open');
    // The login is begun once, and its page gets every try.
    expect(site.sent.filter(({ url }) => url.pathname === '/session/login')).toHaveLength(1);
    await page.context().close();
  });

  it('SEC-E04 show which device asks before it is confirmed, take no code from the address, and refuse', async () => {
    const { page } = await site.open(browser, '/device?user_code=BCDF-GHJK');
    const code = page.getByLabel('Code');
    expect(await code.inputValue()).toBe('');
    await code.fill('zzzz zzzz');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').getByText('There is no such code.').waitFor();
    await code.fill('bcdf ghjk');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Did you ask for this?' }).waitFor();
    await page.getByText('203.0.113.7').waitFor();
    await page.screenshot({ path: join(screenshots, 'device-confirm.png'), fullPage: true });
    expect(await breachesOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByText('The device was refused.').waitFor();
    expect(new URLSearchParams(site.sent.at(-1)?.body).get('abort')).toBe('yes');
    await page.context().close();
  });

  it('show what the installation has everyone read above each page, as text, in either theme, wide and narrow', async () => {
    const message = 'Upgrades at noon. <b onclick=alert(1)>Save your work</b>';
    site.world().me = { ...site.world().me, maintenance: { message, severity: 'warning' } };
    const viewer = await openViewer(browser, site);
    await viewer.look({ name: 'maintenance', path: '/', heading: 'My access', text: message });
    await viewer.close();
  }, 60_000);

  it('set what holds for the installation, and let the first owner of an organization in', async () => {
    const { page } = await site.open(browser, INSTALLATION);
    await page.getByLabel('Banner', { exact: true }).fill('Upgrades at noon');
    await page.getByLabel('Links to help').fill('Help desk https://help.example.com/');
    await page.getByLabel('People').fill('200');
    await page.getByRole('button', { name: 'Save the settings' }).click();
    await page.getByText('The installation has its new settings').waitFor();
    const saved = site.sent.at(-1);
    expect(saved?.headers['if-match']).toBe('"1"');
    expect(JSON.parse(saved?.body ?? '').spec).toEqual({
      branding: {
        name: 'Halden Freight',
        supportLinks: [{ label: 'Help desk', url: 'https://help.example.com/' }],
      },
      maintenance: { message: 'Upgrades at noon', severity: 'info' },
      limits: { clusters: 40, users: 200 },
    });
    const row = page.getByRole('row').filter({ hasText: 'harbour' });
    await row.hover();
    await row.getByRole('button', { name: 'Invite the first owner' }).click();
    await page.getByLabel('User name').fill('noor@harbour.test');
    await page.getByRole('button', { name: 'Invite the owner' }).click();
    await page.getByText('Hand this link to the owner.').waitFor();
    expect(await breachesOf(page)).toEqual([]);
    expect(site.sent.at(-1)?.url.pathname).toBe('/api/v1/organizations/harbour/owner-invitation');
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
