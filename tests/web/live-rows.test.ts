import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MockWorld } from '../../packages/web/src/mock/world.ts';
import { lacks } from '../support/index.ts';
import { breachesOf } from './accessibility.ts';
import { serveMock } from './mock-site.ts';
import { launchChromium, screenshots } from './site.ts';

type Grant = MockWorld['grants'][number];
type Request = MockWorld['requests'][number];

describe.skipIf(lacks('chromium'))('lists that others add to, in Chromium', () => {
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

  /** Has others change what is listed, and the server tell that something has changed. */
  async function others(change: (world: MockWorld) => void) {
    const world = site.world();
    await expect.poll(() => world.watchers.size).toBeGreaterThan(0);
    change(world);
    for (const tell of [...world.watchers]) tell();
  }

  const like = (grant: Grant | undefined, changes: Partial<Grant>) => ({ ...grant, ...changes }) as Grant;
  const groupsLike = ({ groups }: MockWorld, names: readonly string[]) =>
    groups.slice(0, 1).flatMap((model) => names.map((name) => ({ ...model, metadata: { ...model.metadata, name } })));
  const rowIds = (page: Page) =>
    page.locator('[data-row]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-row')));

  it('hold back what comes above a row, show what has changed or gone at once, and go to the first new row', async () => {
    const { page, complaints } = await site.open(browser, '/access/grants');
    await page.getByRole('grid', { name: 'Grants' }).waitFor();
    const [first, second, ...rest] = site.world().grants.filter(({ state }) => ['active', 'scheduled'].includes(state));
    const before = await rowIds(page);
    await others((world) => {
      world.grants = [
        ...['new-1', 'new-2'].map((id) => like(first, { id: id as Grant['id'], role: 'operator' })),
        like(first, { role: 'changed' }),
        ...rest,
      ];
    });
    const news = page.getByRole('button', { name: '2 new' });
    await news.waitFor();
    await page.getByRole('row', { name: /changed/ }).waitFor();
    expect(await rowIds(page)).toEqual(before.filter((id) => id !== second?.id));
    expect(await page.getByRole('row', { name: /operator/ }).count()).toBe(0);
    expect(await breachesOf(page)).toEqual([]);
    await page.screenshot({ path: join(screenshots, 'new-rows-1280-light.png') });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.screenshot({ path: join(screenshots, 'new-rows-390-dark.png') });
    await page.setViewportSize({ width: 1280, height: 900 });
    await news.click();
    await expect.poll(async () => (await rowIds(page)).slice(0, 3)).toEqual(['new-1', 'new-2', first?.id]);
    await page.locator('[data-row="new-1"]:focus').waitFor();
    expect(await news.count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('hold back a request that comes while another is decided, and tell of it at once', async () => {
    const { page } = await site.open(browser, '/access/inbox');
    const inbox = page.getByRole('navigation', { name: 'Requests' });
    await inbox.getByRole('link', { name: /tomas@halden.test/ }).click();
    await others((world) => {
      const [model] = world.requests;
      const requester = 'noor@halden.test';
      world.requests = [...world.requests, { ...model, id: 'areq_new' as Request['id'], requester } as Request];
    });
    await inbox.getByRole('button', { name: '1 new' }).waitFor();
    expect(await inbox.getByRole('link', { name: /noor@halden.test/ }).count()).toBe(0);
    await page.screenshot({ path: join(screenshots, 'new-requests.png') });
    await page.locator('button:not([aria-disabled="true"])', { hasText: /^Approve/ }).click();
    await page.getByText(/Open until/).waitFor();
    // An act of one's own moves its row, and brings nothing that waits.
    await inbox.getByRole('region', { name: 'Decided' }).getByRole('link', { name: /tomas/ }).waitFor();
    expect(await inbox.getByRole('link', { name: /noor@halden.test/ }).count()).toBe(0);
    await inbox.getByRole('button', { name: '1 new' }).click();
    await inbox.getByRole('link', { name: /noor@halden.test/ }).waitFor();
    await page.context().close();
  });

  it('show at once what the reader adds', async () => {
    const { page } = await site.open(browser, '/groups');
    await page.getByRole('row', { name: /platform-oncall/ }).waitFor();
    await others((world) => {
      world.groups = [...groupsLike(world, ['of-others']), ...world.groups];
    });
    await page.getByRole('button', { name: '1 new' }).waitFor();
    // By name, what the reader adds comes before what is shown.
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByLabel('Name', { exact: true }).fill('aa-own');
    await page.getByRole('button', { name: 'Save group' }).click();
    await page.getByRole('row', { name: /aa-own/ }).waitFor();
    expect(await page.getByRole('row', { name: /of-others/ }).count()).toBe(0);
    await page.context().close();
  });

  it('show the next page at once, and stay accessible with the way to it', async () => {
    const world = site.world();
    world.groups = groupsLike(
      world,
      Array.from({ length: 130 }, (_, index) => `group-${index}`),
    );
    const { page } = await site.open(browser, '/groups');
    const grid = page.getByRole('grid', { name: 'Groups' });
    await others(() => {
      world.groups = [...groupsLike(world, ['of-others']), ...world.groups];
    });
    const news = page.getByRole('button', { name: '1 new' });
    await news.waitFor();
    expect(await breachesOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('131');
    await news.waitFor();
    await page.context().close();
  });

  it('let a tail flow, and hold it back while an event of it is read', async () => {
    const { page } = await site.open(browser, '/audit?rows=events');
    await page.getByRole('row', { name: /login.failed/ }).waitFor();
    const count = async () => Number(await page.getByRole('grid').getAttribute('aria-rowcount'));
    const listed = await count();
    await page.keyboard.press('l');
    await page.getByRole('status').getByText('Live, 1 new').waitFor();
    await expect.poll(count).toBe(listed + 1);
    await page.keyboard.press('l');
    await expect.poll(count).toBe(listed);
    await page.getByRole('row', { name: /login.failed/ }).click();
    await page.waitForURL(/\/audit\/evt_/);
    await page.keyboard.press('l');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await count()).toBe(listed);
    await page.context().close();
  });
});
