import { fileURLToPath } from 'node:url';
import { formatBundleLine, formatNoteKey } from '@sallyport/audit/proof';
import { aLogEntry, aSignedBundle, createLogSigner } from '@sallyport/audit/testing';
import { type BuildContext, context } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks, part } from '../../tests/support/index.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const signer = createLogSigner();
const entries = Array.from({ length: 300 }, (_, index) =>
  aLogEntry(index, { id: `evt_${index}`, at: new Date(index).toISOString(), code: 'login.succeeded' }),
);
const whole = aSignedBundle(entries, { log: 'org_1', signer }).map(formatBundleLine).join('');

describe.skipIf(lacks('chromium'))('the page that verifies an audit log', () => {
  let built: BuildContext;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    built = await context({
      ...{ entryPoints: [here('page.js')], outdir: here('public') },
      ...{ bundle: true, format: 'esm', write: false, conditions: ['@sallyport/source'] },
    });
    const { port } = await built.serve({ host: '127.0.0.1', port: 0, servedir: here('public') });
    browser = await chromium.launch({
      executablePath: part('chromium'),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    page = await browser.newPage();
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`http://127.0.0.1:${port}/`);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await built?.dispose();
  });

  async function verdictOn(text: string, key = formatNoteKey(signer)): Promise<readonly [string, readonly string[]]> {
    await page.fill('#key', key);
    await page.setInputFiles('#bundle', {
      name: 'a.ndjson',
      mimeType: 'application/x-ndjson',
      buffer: Buffer.from(text),
    });
    const verdict = page.getByRole('status').filter({ hasText: /hold|judged/ });
    const told = await verdict.textContent();
    const items = await page.getByRole('listitem').allTextContents();
    await page.setInputFiles('#bundle', []);
    await page.getByRole('status').evaluate((element) => element.replaceChildren());
    return [told ?? '', items];
  }

  it('SEC-G02 proves a log that nobody touched, and names an event that somebody edited with its place', async () => {
    expect(await verdictOn(whole)).toEqual(['The log org_1 holds: 300 entries.', []]);
    expect(await verdictOn(whole.replace('"id":"evt_200"', '"id":"evt_2OO"'))).toEqual([
      'The log org_1 does not hold.',
      ['edited at 200: the entry is not the one that was written'],
    ]);
    // Nothing was refused by the policy of the page.
    expect(faults.filter((fault) => !fault.includes('favicon'))).toEqual([]);
  });

  it('takes no other key than the one that is named, and judges nothing that is cut off', async () => {
    const [verdict, findings] = await verdictOn(whole, formatNoteKey(createLogSigner()));
    expect(verdict).toBe('The log org_1 does not hold.');
    expect(findings[0]).toMatch(/^forgedCheckpoint at 249/);
    expect((await verdictOn(whole.slice(0, -30)))[0]).toMatch(/^It can't be judged: /);
  });
});
