import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { contentSecurityPolicy, webAssets, webPages } from '@sallyport/web';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { part } from '../support/index.ts';

/** Folder of the built files; `SALLYPORT_TEST_SITE` names another build. */
export const site = process.env['SALLYPORT_TEST_SITE'] ?? fileURLToPath(webAssets);

/** Where pictures of the pages go, for people to look at. */
export const screenshots = process.env['SALLYPORT_TEST_SCREENSHOTS'] ?? join(tmpdir(), 'sallyport-screenshots');

/** What the server of a page says; `never` leaves the page waiting. */
export type SiteAnswer =
  | {
      readonly status: number;
      /** Text stands for itself, pieces of text come one by one, anything else becomes JSON. */
      readonly body: unknown;
      readonly contentType?: string;
    }
  | 'never';

/** A request of a page to its server. */
export interface SiteRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** What answers some requests by itself, WebSockets with them; `false` leaves one to the others. */
export interface SiteBackend {
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

/** The built files under the policy they are made for, in front of a server that says what the test wants. */
export async function serveSite(
  answer: (request: SiteRequest) => SiteAnswer | Promise<SiteAnswer>,
  backend?: SiteBackend,
) {
  const server = createServer((request, response) => {
    if (backend?.answer(request, response) === true) return;
    const url = new URL(request.url ?? '/', 'http://site');
    const isPage = url.pathname === '/' || webPages.some((page) => page.test(url.pathname));
    const file = join(site, isPage ? 'index.html' : url.pathname);
    if (existsSync(file)) {
      response
        .writeHead(200, {
          'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
          'content-security-policy': contentSecurityPolicy,
        })
        .end(readFileSync(file));
      return;
    }
    const { method = 'GET', headers } = request;
    void text(request).then(async (body) => {
      const said = await answer({ method, url, headers, body });
      if (said === 'never') return;
      response.writeHead(said.status, { 'content-type': said.contentType ?? 'application/json' });
      if (isPieces(said.body)) {
        for await (const piece of said.body) response.write(piece);
        response.end();
      } else response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body));
    });
  });
  server.on('upgrade', (request, socket, head) => {
    if (backend?.upgrade(request, socket, head) !== true) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const isPieces = (body: unknown): body is AsyncIterable<string> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

/** Starts the browser of a test, and makes the folder for its pictures. */
export async function launchChromium(): Promise<Browser> {
  await mkdir(screenshots, { recursive: true });
  return chromium.launch({ executablePath: part('chromium'), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** How a page is looked at. */
export interface View {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/**
 * Opens an address in a browser of its own, which `prepare` may see first, and collects what that complains about. Returns once the
 * page takes keys: its first frame is there before.
 */
export async function openPage(
  browser: Browser,
  url: string,
  { width, colorScheme }: View,
  prepare?: (context: BrowserContext) => Promise<void>,
): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 844 : 900 },
    colorScheme,
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await prepare?.(context);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    // Networks of pods and terminals come and go on the machine; the page asks again.
    if (message.text().includes('net::ERR_NETWORK_CHANGED')) return;
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.addInitScript(() => {
    const scope = globalThis as unknown as {
      violations: string[];
      addEventListener(
        type: string,
        listener: (event: { violatedDirective: string; blockedURI: string }) => void,
      ): void;
    };
    scope.violations = [];
    scope.addEventListener('securitypolicyviolation', (event) =>
      scope.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await page.goto(url);
  await page.locator('#root[aria-busy]').waitFor({ state: 'detached' });
  return { page, complaints };
}

/** What a page tried against its content security policy. */
export const violationsOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations);
