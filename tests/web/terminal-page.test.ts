import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/index.ts';
import { breachesOf } from './accessibility.ts';
import { serveMock } from './mock-site.ts';
import { serveMockTerminals } from './mock-terminals.ts';
import { launchChromium, screenshots, type View, violationsOf } from './site.ts';

const CLUSTER = 'prod-eu-1';

const eventually = <Value>(read: () => Value | Promise<Value>) => expect.poll(read, { timeout: 10_000 });

describe.skipIf(lacks('chromium'))('the terminal page, by keyboard alone', () => {
  const terminals = serveMockTerminals();
  let site: Awaited<ReturnType<typeof serveMock>>;
  let browser: Browser;
  let cluster = CLUSTER;
  beforeAll(async () => {
    site = await serveMock({}, terminals);
    cluster = site.world().clusters[0]?.metadata.name ?? CLUSTER;
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function open(query = '', view?: View) {
    const opened = await site.open(browser, `/terminal?cluster=${cluster}${query}`, view);
    await opened.page.getByText('kubectl 1.36.4').waitFor();
    return opened;
  }
  const shown = (page: Page, text: string | RegExp) => page.locator('.xterm-accessibility').getByText(text).first();
  async function enter(page: Page, line: string): Promise<void> {
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      it(`is accessible and fits, ${colorScheme}, ${width} px wide`, async () => {
        const { page, complaints } = await open('', { width, colorScheme });
        const picture = (name: string) =>
          page.screenshot({ path: join(screenshots, `terminal-${name}-${width}-${colorScheme}.png`) });
        const check = async (name: string) => {
          await picture(name);
          expect(await breachesOf(page), name).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        };
        await enter(page, 'get pods');
        await shown(page, 'queue-0').waitFor();
        await enter(page, 'get pods; id');
        await shown(page, 'ERR_TERMINAL_NO_SHELL').waitFor();
        await page.keyboard.type('get n');
        await page.getByRole('option', { name: 'get nodes' }).waitFor();
        await check('suggestions');
        await page.keyboard.press('Control+c');
        await page.keyboard.press('Control+Shift+f');
        await page.keyboard.type('Running');
        await check('find');
        await page.keyboard.press('Escape');
        await enter(page, 'edit configmap settings');
        await page.getByRole('textbox', { name: 'Text' }).waitFor();
        await check('edit');
        await page.getByRole('button', { name: 'Leave as it is' }).click();
        terminals.cut();
        await page.getByRole('button', { name: 'Open a new terminal' }).waitFor();
        await check('lost');
        expect(await violationsOf(page)).toEqual([]);
        expect(complaints).toEqual([]);
        await page.context().close();
      }, 60_000);
    }
  }

  it('runs, cancels, edits, goes back in the history, pastes without running, finds and copies', async () => {
    const { page } = await open();
    await enter(page, 'get pods');
    await shown(page, 'queue-0').waitFor();
    await page.keyboard.press('ArrowUp');
    await shown(page, /\$ get pods$/).waitFor();
    await page.keyboard.type(' -w');
    await page.keyboard.press('Enter');
    await eventually(() => terminals.asked.at(-1)).toMatchObject({ type: 'run', line: 'get pods -w' });
    await page.keyboard.press('Control+c');
    await shown(page, '^C').waitFor();

    await page.evaluate('navigator.clipboard.writeText("get nodes\\nget nodes\\n")');
    const runs = () => terminals.asked.filter(({ type }) => type === 'run').length;
    const before = runs();
    await page.keyboard.press('Control+v');
    await shown(page, /get nodes get nodes/).waitFor();
    expect(runs()).toBe(before);
    await page.keyboard.press('Control+c');

    await enter(page, 'logs queue-0');
    await shown(page, 'order 1199').waitFor();
    await page.keyboard.press('Control+Shift+f');
    await page.keyboard.type('order 1003');
    await page.getByText('1 of 1').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Shift+c');
    await eventually(() => page.evaluate('navigator.clipboard.readText()')).toBe('order 1003');

    await enter(page, 'edit configmap settings');
    await page.getByRole('textbox', { name: 'Text' }).waitFor();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('  size: small');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await eventually(() => terminals.asked.at(-1)).toMatchObject({
      type: 'edited',
      text: expect.stringContaining('size: small'),
    });
    await page.context().close();
  }, 60_000);

  it('leaves by Shift+Tab, goes along its tabs, closes one, and tells the server its size', async () => {
    const { page } = await open();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    const tabs = page.getByRole('tablist', { name: 'Terminals' }).getByRole('tab');
    expect(await page.evaluate('document.activeElement?.getAttribute("role")')).toBe('tab');
    await page.getByRole('button', { name: 'New tab' }).press('Enter');
    await page.getByRole('menuitem').nth(1).press('Enter');
    await eventually(() => tabs.count()).toBe(2);
    await eventually(() => tabs.nth(1).getAttribute('aria-selected')).toBe('true');
    await tabs.nth(1).focus();
    await page.keyboard.press('ArrowLeft');
    await eventually(() => tabs.nth(0).getAttribute('aria-selected')).toBe('true');
    await tabs.nth(0).focus();
    await page.keyboard.press('Delete');
    await eventually(() => tabs.count()).toBe(1);

    await page.locator('.xterm-helper-textarea').focus();
    await enter(page, 'exec -it queue-0 -- sh');
    await shown(page, '/ #').waitFor();
    await page.setViewportSize({ width: 900, height: 700 });
    await eventually(() => terminals.asked.at(-1)).toMatchObject({ type: 'resize', columns: expect.any(Number) });
    await page.context().close();
  }, 60_000);

  it('SEC-H08 shows the line of a link, and runs it when Enter is pressed', async () => {
    const { page } = await open(`&command=${encodeURIComponent('get nodes')}`);
    await shown(page, 'from the link').waitFor();
    expect(terminals.asked.at(-1)).not.toMatchObject({ line: 'get nodes' });
    await page.keyboard.press('Enter');
    await eventually(() => terminals.asked.at(-1)).toMatchObject({ type: 'run', line: 'get nodes' });
    await page.context().close();
  }, 30_000);

  it('SEC-H10 says that its server was lost, opens a new one by Enter, and then how the one before ended', async () => {
    const { page } = await open();
    await enter(page, 'get pods -w');
    await shown(page, 'queue-0').waitFor();
    terminals.cut();
    await shown(page, 'The connection was lost').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('ended, with all that ran in it: the server stopped without notice').waitFor();
    await enter(page, 'get nodes');
    await shown(page, 'node-1').waitFor();
    const link = page.getByRole('link', { name: 'recorded' });
    expect(await link.getAttribute('href')).toMatch(new RegExp(`^/recordings\\?.*cluster=${cluster}`));
    await page.context().close();
  }, 30_000);
});
