import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KindName, kinds } from '@sallyport/core/api';
import { loadServerConfig } from '@sallyport/server';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { repository, temporaryFolder } from '../support/index.ts';

const folder = temporaryFolder('yaml-blocks');

/** Blocks that are neither documents nor the server's file, by their page and first key. */
const OTHERS = new Set([
  'machines.md permissions', // a job of a CI system
  'machines.md volumes', // a part of a pod
  'notifications.md email', // parts of a channel's spec
  'notifications.md teamsBot',
  'notifications.md webhook',
  'notifications.md pagerDuty',
  'signer.md clusters', // the signer's own file
  'upstream-modes.md spec', // a part of a cluster
]);

interface Block {
  readonly page: string;
  readonly line: number;
  readonly text: string;
  readonly values: readonly Readonly<Record<string, unknown>>[];
}

const blocks: readonly Block[] = readdirSync(join(repository, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => {
    const page = readFileSync(join(repository, 'docs', name), 'utf8');
    return [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => ({
      page: name,
      line: page.slice(0, match.index).split('\n').length,
      text: match[1] ?? '',
      values: parseAllDocuments(match[1] ?? '', { merge: true }).map((document) => {
        if (document.errors.length > 0) throw new Error(`${name}: ${document.errors[0]?.message}`);
        return document.toJS() as Readonly<Record<string, unknown>>;
      }),
    }));
  });

/** What is wrong with a file of the server, but for the files that it names, which are not there. */
function problemsOf(text: string): readonly string[] {
  const file = join(folder, 'server.yaml');
  writeFileSync(file, text);
  const key = Buffer.alloc(32, 1).toString('base64');
  try {
    loadServerConfig({
      file,
      env: { SALLYPORT_ENCRYPTION_KEY: key, SALLYPORT_DATABASE_URL: 'postgres://db.example.com/x' },
    });
    return [];
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (code !== 'ERR_CONFIG_INVALID') throw error;
    const problems = message.replace(/^.*? problems?: /s, '').split('; ');
    return problems.filter((problem) => !/can't read|ENOENT/.test(problem));
  }
}

describe('YAML blocks of the documents', () => {
  for (const { page, line, text, values } of blocks) {
    const documents = values.filter(({ apiVersion }) => apiVersion === 'sallyport.dev/v1');
    for (const value of documents) {
      const { document } = kinds[value['kind'] as KindName] ?? {};
      // Tests of policies have a form of their own, which policy-examples.test.ts runs.
      if (document === undefined && value['kind'] === 'PolicyTest') continue;
      it(`${page}:${line} is a ${String(value['kind'])}`, () => {
        expect(document?.safeParse(value).error?.issues ?? []).toEqual([]);
        expect(document).toBeDefined();
      });
    }
    const [first] = Object.keys(values[0] ?? {});
    if (values.some((value) => value['kind'] !== undefined) || OTHERS.has(`${page} ${first}`)) continue;
    it(`${page}:${line} is a part of the server's file`, () => expect(problemsOf(text)).toEqual([]));
  }

  it('are found', () => expect(blocks.length).toBeGreaterThan(30));
});
