import { generateKeyPairSync, sign } from 'node:crypto';
import {
  createTreeHasher,
  formatBundleLine,
  formatCheckpoint,
  formatNote,
  formatNoteKey,
  type LogReport,
  leafHash,
  noteKeyId,
  notePayload,
} from '@sallyport/audit/proof';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks, part } from '../support/index.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = {
  name: 'access.example.com/audit',
  publicKey: new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')),
};

function bundleOf(size: number): string {
  const tree = createTreeHasher();
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const entries = Array.from({ length: size }, (_, index) => {
    const salt = new Uint8Array(16).fill(index);
    const event = { id: `evt_${index}`, at: new Date(index).toISOString(), code: 'login.succeeded', text: 'ü\u2028😀' };
    const leaf = leafHash(salt, event);
    tree.push(leaf);
    return formatBundleLine({ type: 'entry', index, leaf: hex(leaf), salt: hex(salt), event });
  });
  const text = formatCheckpoint({ origin: `${key.name}/org_1`, size, root: tree.root() });
  const signature = new Uint8Array(sign(null, notePayload(text), privateKey));
  const note = formatNote({ text, signatures: [{ name: key.name, keyId: noteKeyId(key), signature }] });
  const keys = [{ key: formatNoteKey(key), signsFrom: '2026-01-01T00:00:00.000Z' }];
  const head = { type: 'header', format: 'sallyport-audit-log', version: 1, log: 'org_1', size } as const;
  return [
    formatBundleLine({ ...head, exportedAt: '2026-01-01T00:00:00.000Z', keys }),
    ...entries,
    formatBundleLine({ type: 'checkpoint', at: '2026-01-01T00:00:00.000Z', note }),
    formatBundleLine({ type: 'end', entries: size }),
  ].join('');
}

describe.skipIf(lacks('chromium'))('the verifier of the audit log in Chromium', () => {
  let browser: Browser;
  let script: string;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: part('chromium'),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    // For browsers: an import of anything that only Node has fails here.
    const { outputFiles } = await build({
      ...{ stdin: { contents: "export * from '@sallyport/audit/proof'", resolveDir: import.meta.dirname } },
      ...{ bundle: true, write: false, platform: 'browser', format: 'iife', globalName: 'proof' },
      conditions: ['@sallyport/source'],
    });
    script = outputFiles[0]?.text ?? '';
  });
  afterAll(() => browser?.close());

  it('SEC-G02 says the same as anywhere: a log holds, and an event that was edited is named', async () => {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    const verify = (text: string) =>
      page.evaluate<LogReport, readonly [string, string]>(
        ([bundle, pinned]) => {
          const { proof } = globalThis as unknown as { proof: typeof import('@sallyport/audit/proof') };
          return proof.verifyLog(bundle.split('\n'), { keys: [proof.parseNoteKey(pinned)] });
        },
        [text, formatNoteKey(key)],
      );
    expect(await verify(bundleOf(300))).toMatchObject({ holds: true, entries: 300, checkpoints: 1, findings: [] });
    const edited = await verify(bundleOf(300).replace('"id":"evt_200","at"', '"id":"evt_2OO","at"'));
    expect(edited.findings).toMatchObject([{ kind: 'edited', index: 200, eventId: 'evt_2OO' }]);
    await page.close();
  });
});
