import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { navigation } from '../../docs/.vitepress/navigation.mjs';
import { repository, run, temporaryFolder } from '../support/index.ts';

const vitepress = join(repository, 'node_modules/vitepress/bin/vitepress.js');
const output = temporaryFolder('site');
const pages = ['index', ...navigation.flatMap((section) => Object.keys(section.pages))];
const build = (...args: string[]) =>
  run(process.execPath, [vitepress, 'build', ...args], { cwd: repository, timeoutMs: 280_000 });

describe('the site', () => {
  it('is built from the documents, with a page for each', async () => {
    const { code, stderr } = await build('docs', '--outDir', output);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(pages.filter((page) => !existsSync(join(output, `${page}.html`)))).toEqual([]);
  }, 300_000);

  it('loads nothing from elsewhere', () => {
    for (const page of pages) {
      const html = readFileSync(join(output, `${page}.html`), 'utf8');
      const loaded = [...html.matchAll(/<(?:script|img|iframe)[^>]* src="([^"]+)"|<link[^>]* href="([^"]+)"/g)];
      const foreign = loaded.map(([, source, link]) => source ?? link ?? '').filter((it) => /^(https?:)?\/\//.test(it));
      expect(foreign, page).toEqual([]);
    }
  });

  it('leads from a document to pages, READMEs of packages and files of the repository', () => {
    const linksOf = (page: string) =>
      [...readFileSync(join(output, `${page}.html`), 'utf8').matchAll(/ href="([^"]+)"/g)].map(([, link]) => link);
    expect(linksOf('for-integrators')).toEqual(
      expect.arrayContaining([
        './packages/tunnel.html',
        './rest-api.html#the-client',
        'https://github.com/sallyport/sallyport/tree/main/examples/custom-sink',
      ]),
    );
    expect(linksOf('packages/core')).toContain('./../rest-api.html#the-client');
  });
});

describe('a dead link', () => {
  // Below node_modules, so that what the configuration imports is found.
  const folder = join(repository, 'node_modules/.cache/sallyport-dead-link');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('fails the build', async () => {
    mkdirSync(folder, { recursive: true });
    cpSync(join(repository, 'docs/.vitepress'), join(folder, '.vitepress'), {
      recursive: true,
      filter: (path) => !path.endsWith('/dist'),
    });
    writeFileSync(join(folder, 'index.md'), '# A page\n\nIt leads to [another](another.md), which there is not.\n');
    const { code, stdout, stderr } = await build(folder, '--outDir', join(folder, 'out'));
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('another');
  }, 120_000);
});
