import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { createMockApi } from '../../packages/web/src/mock/create-mock-api.ts';
import { createMockTerminal, type MockTerminal } from '../../packages/web/src/mock/mock-terminal.ts';
import { mockTerminalCluster } from '../../packages/web/src/mock/terminal-handlers.ts';
import { lacks } from '../support/index.ts';
import { breachesOf } from './accessibility.ts';
import { buildPortal, hasParts } from './build-portal.ts';
import { launchChromium, openPage, screenshots, violationsOf } from './site.ts';

const PREFIX = '/sallyport';
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'";
/** The portal's pages, and behind a prefix of their origin the mock of the API with its terminals. */
/** What of a browser's globals is asked for in a page. */
interface Styles {
  getComputedStyle(element: unknown): { getPropertyValue(property: string): string };
}

/** A computed property of what a locator finds. */
const styleOf = (target: Locator, property: string): Promise<string> =>
  target.evaluate(
    (element, name) => (globalThis as unknown as Styles).getComputedStyle(element).getPropertyValue(name),
    property,
  );

async function servePortal(fileAt: Awaited<ReturnType<typeof buildPortal>>) {
  const mock = createMockApi();
  const changes: { readonly path: string; readonly csrf: unknown }[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://portal');
    if (url.pathname.startsWith(`${PREFIX}/`)) {
      const { method = 'GET', headers } = request;
      url.pathname = url.pathname.slice(PREFIX.length);
      if (method !== 'GET') changes.push({ path: url.pathname, csrf: headers['x-sallyport-csrf'] });
      void text(request).then(async (body) => {
        const said = await mock.answer({ method, url, body });
        response.writeHead(said.status, { 'content-type': said.contentType });
        if (typeof said.body === 'string') response.write(said.body);
        else for await (const piece of said.body) response.write(piece);
        response.end();
      });
      return;
    }
    const file = fileAt(url.pathname);
    response
      .writeHead(file === undefined ? 404 : 200, {
        'content-type': file?.contentType ?? 'text/plain',
        'content-security-policy': POLICY,
      })
      .end(file?.body);
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://portal');
    const cluster = mockTerminalCluster(pathname.slice(PREFIX.length));
    if (!pathname.startsWith(`${PREFIX}/`) || cluster === undefined) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (connection) => {
      const terminal: MockTerminal = createMockTerminal(cluster, {
        tell: (message) => connection.send(JSON.stringify(message)),
        show: (bytes) => connection.send(bytes),
      });
      connection.on('message', (data: Buffer, isBinary) =>
        isBinary ? terminal.take(data) : terminal.ask(JSON.parse(data.toString())),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world: mock.world,
    changes,
    endTerminals() {
      for (const each of sockets.clients) each.close();
    },
    close() {
      for (const each of sockets.clients) each.terminate();
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

describe.skipIf(lacks('chromium') || !hasParts)('React parts in a page of somebody else', () => {
  let browser: Browser;
  let portal: Awaited<ReturnType<typeof servePortal>>;
  beforeAll(async () => {
    const [fileAt, started] = await Promise.all([
      buildPortal({ baseUrl: PREFIX, organization: 'halden' }),
      launchChromium(),
    ]);
    browser = started;
    portal = await servePortal(fileAt);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await portal?.close();
  });

  /** Opens one part, hands it over, and looks whether the page holds what pages must hold. */
  async function withPart(name: string, use: (page: Page) => Promise<void>): Promise<void> {
    const { page, complaints } = await openPage(browser, `${portal.url}/#/${name}`, {
      width: 1280,
      colorScheme: 'light',
    });
    await use(page);
    mkdirSync(screenshots, { recursive: true });
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [1280, 'dark'],
      [390, 'dark'],
      [390, 'light'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(screenshots, `part-${name.split('/')[0]}-${width}-${colorScheme}.png`) });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await breachesOf(page, colorScheme === 'light' ? 'all' : 'contrast')).toEqual([]);
    }
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  }

  it('approves a request under the token of the browser’s session', async () => {
    await withPart('approvals', async (page) => {
      const inbox = page.getByRole('region', { name: 'Access requests' });
      const waiting = portal.world.requests.find(({ may }) => may.review);
      const row = inbox.locator(`a[href$="${waiting?.id}"]`);
      // What the page says of every `li` is not said of those in parts.
      expect([await styleOf(row, 'text-transform'), await styleOf(row, 'font-size')]).toEqual(['none', '13px']);
      await row.click();
      await inbox.getByRole('button', { name: /^Approve/ }).click();
      await page.getByText(/^The request of .+ is (approved|active|pending)$/).waitFor();
    });
    expect(portal.changes).toEqual([
      { path: expect.stringMatching(/\/access-requests\/.+\/review/), csrf: 'of-the-mock' },
    ]);
  }, 60_000);

  it('lists clusters, and leaves what opening one means to the page', async () => {
    await withPart('clusters', async (page) => {
      const [cluster] = portal.world.clusters;
      const list = page.getByRole('region', { name: 'Clusters' });
      await list.getByRole('searchbox', { name: 'Filter clusters' }).fill(cluster?.metadata.name ?? '');
      await list
        .getByRole('link', { name: cluster?.metadata.name ?? '', exact: true })
        .first()
        .click();
      await expect.poll(() => page.locator('output').textContent()).toBe(cluster?.metadata.name);
    });
  }, 60_000);

  it('shows what others change as soon as the server says that something has', async () => {
    const { world } = portal;
    // Those of the pages before.
    world.watchers.clear();
    await withPart('clusters', async (page) => {
      await page
        .getByRole('region', { name: 'Clusters' })
        .getByRole('row', { name: /prod-eu/ })
        .waitFor();
      await expect.poll(() => world.watchers.size).toBeGreaterThan(0);
      world.clusters = world.clusters.map((each) => ({
        ...each,
        spec: { ...each.spec, description: 'Moves at noon' },
      }));
      for (const tell of [...world.watchers]) tell();
      await page.getByText('Moves at noon').first().waitFor();
    });
  }, 60_000);

  it('keeps its looks within itself, and the page’s reset out', async () => {
    await withPart('clusters', async (page) => {
      const filter = page.getByRole('searchbox', { name: 'Filter clusters' });
      await filter.waitFor();
      expect(await styleOf(page.getByRole('button', { name: 'Ours' }), 'background-color')).toBe('rgb(255, 0, 255)');
      expect(await styleOf(page.getByRole('heading', { level: 1 }), 'font-family')).toBe('serif');
      expect(await styleOf(filter, 'font-size')).toBe('13px');
      const head = page.getByRole('region', { name: 'Clusters' }).getByRole('button', { name: 'Cluster', exact: true });
      expect(await styleOf(head, 'background-color')).toBe('rgba(0, 0, 0, 0)');
      expect(await styleOf(head, 'padding-left')).toBe('0px');
    });
  }, 60_000);

  it('plays a recording', async () => {
    const ended = portal.world.sessions.find(({ state }) => state === 'complete');
    await withPart(`recording/${ended?.id}`, async (page) => {
      const recording = page.getByRole('region', { name: 'Recording' });
      await recording.getByRole('button', { name: 'Play' }).click();
      await recording.getByRole('button', { name: 'Pause' }).click();
      await recording.getByRole('searchbox', { name: 'Search the transcript' }).fill('lock release');
      await page.keyboard.press('Enter');
      await recording.getByText('1:46', { exact: true }).first().waitFor();
    });
  }, 60_000);

  it('runs kubectl in a terminal, and says when that has ended', async () => {
    await withPart('terminal/prod-eu', async (page) => {
      const terminal = page.getByRole('region', { name: 'kubectl on prod-eu' });
      await terminal.getByText('from the link').first().waitFor();
      await page.keyboard.press('Enter');
      await terminal.getByText('queue-0').first().waitFor();
      portal.endTerminals();
      await expect.poll(() => page.locator('output').textContent()).not.toBe('');
    });
  }, 60_000);
});
