import { gzipSync } from 'node:zlib';
import { formatBundleLine, formatNoteKey, type LogReport } from '@sallyport/audit/proof';
import { aLogEntry, aSignedBundle, createLogSigner } from '@sallyport/audit/testing';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/index.ts';
import { launchChromium } from './site.ts';

const signer = createLogSigner();

function bundleOf(size: number): string {
  const entries = Array.from({ length: size }, (_, index) => {
    const at = new Date(index).toISOString();
    return aLogEntry(index, { id: `evt_${index}`, at, code: 'login.succeeded', text: 'ü\u2028😀' });
  });
  return aSignedBundle(entries, { log: 'org_1', signer, every: size }).map(formatBundleLine).join('');
}

describe.skipIf(lacks('chromium'))('the verifier of the audit log in Chromium', () => {
  let browser: Browser;
  let script: string;
  beforeAll(async () => {
    browser = await launchChromium();
    // For browsers: an import of anything that only Node has fails here.
    const { outputFiles } = await build({
      ...{ stdin: { contents: "export * from '@sallyport/audit/proof'", resolveDir: import.meta.dirname } },
      ...{ bundle: true, write: false, minify: true, platform: 'browser', format: 'iife', globalName: 'proof' },
      conditions: ['@sallyport/source'],
    });
    script = outputFiles[0]?.text ?? '';
  });
  afterAll(() => browser?.close());

  it('is 24 KB at the most, compressed, and evaluates no text as code', () => {
    expect(gzipSync(script).length).toBeLessThan(24 * 1_024);
    expect(script).not.toMatch(/\beval\(|\bFunction\(/);
  });

  it('SEC-G02 says the same as anywhere: a log holds, and an event that was edited is named', async () => {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    const verify = (text: string) =>
      page.evaluate<LogReport, readonly [string, string]>(
        ([bundle, pinned]) => {
          const { proof } = globalThis as unknown as { proof: typeof import('@sallyport/audit/proof') };
          return proof.verifyLog(bundle.split('\n'), { keys: [proof.parseNoteKey(pinned)] });
        },
        [text, formatNoteKey(signer)],
      );
    expect(await verify(bundleOf(300))).toMatchObject({ holds: true, entries: 300, checkpoints: 1, findings: [] });
    const edited = await verify(bundleOf(300).replace('"id":"evt_200","at"', '"id":"evt_2OO","at"'));
    expect(edited.findings).toMatchObject([{ kind: 'edited', index: 200, eventId: 'evt_2OO' }]);
    await page.close();
  });
});
