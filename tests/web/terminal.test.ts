import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { webAssets } from '@sallyport/web';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSandboxProgram } from '../../packages/server/src/testing/sandbox-program.ts';
import { CLUSTER, type SecureStack, startSecureStack } from '../security/harness.ts';

const kubectl = process.env['SALLYPORT_TEST_KUBECTL'];
const executablePath = process.env['SALLYPORT_TEST_CHROMIUM'];
const isBuilt = existsSync(fileURLToPath(new URL('index.html', webAssets)));

describe.skipIf(kubectl === undefined || executablePath === undefined || !isBuilt)('the terminal page', () => {
  let stack: SecureStack;
  let browser: Browser;
  beforeAll(async () => {
    const program = buildSandboxProgram();
    stack = await startSecureStack({ config: { terminals: { kubectl: kubectl ?? '', program } } });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });

  it('SEC-H08 keeps a line of a link at the prompt until Enter, and runs kubectl, filters and refusals', async () => {
    const login = await stack.webLogin('developer');
    const [name = '', ...rest] = login.cookie.split('=');
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    await context.addCookies([{ name, value: rest.join('='), url: stack.server.publicUrl, secure: true }]);
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    const command = encodeURIComponent('get --raw /api/v1/namespaces/from-a-link/pods');
    await page.goto(`${stack.server.publicUrl}/terminal?cluster=${CLUSTER}&command=${command}`);
    const shown = (text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: 60_000 });
    const asked = () => stack.upstream.requests.filter(({ target }) => target.includes('from-a-link')).length;

    await shown('from the link');
    expect(asked()).toBe(0);
    await page.keyboard.press('Enter');
    await expect.poll(asked, { timeout: 20_000 }).toBe(1);
    await page.keyboard.type('config view; id');
    await page.keyboard.press('Enter');
    await shown('ERR_TERMINAL_NO_SHELL');
    await page.keyboard.type('config view | grep server');
    await page.keyboard.press('Enter');
    await shown(/server: http:\/\/127\.0\.0\.1/);
    await page.keyboard.type('rollout re');
    await page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option', { name: 'restart' }).waitFor();
    await page.keyboard.press('Tab');
    await shown('rollout restart');
    expect(said).toEqual([]);
    await context.close();
  }, 150_000);
});
