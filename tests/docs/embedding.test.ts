import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import * as credentials from '@sallyport/core/credentials';
import * as testing from '@sallyport/core/testing';
import * as webhooks from '@sallyport/core/webhooks';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = file('docs/embedding.md');
const snippets = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);

// That every snippet compiles is a check (`npm run check -- docs`), of this page as of all others.
describe('docs/embedding.md', () => {
  it.each([
    'tests/embedding/mounts/plain.ts',
    'tests/embedding/mounts/behind-a-proxy.ts',
    'tests/embedding/mounts/in-express.ts',
    'tests/embedding/mounts/proxy-alone.ts',
    'examples/embed-in-fastify/embed.ts',
  ])('shows %s as the suite runs it', (path) => expect(snippets).toContain(file(path)));

  it('names every path that a mounted server takes', async () => {
    const { isApplicationPath } = await import('../../packages/server/src/web-app.ts');
    const [, table = ''] = /^\| Paths \|.*\n\|[- |]+\n((?:\|.*\n)+)/m.exec(page) ?? [];
    const paths = [...table.matchAll(/`(\/[^`]*)`/g)].map(([, path = '']) => path);
    expect(paths.filter((path) => path !== '/k/…' && !isApplicationPath(path))).toEqual([]);
    const source = file('packages/server/src/web-app.ts');
    const [, words = ''] = /APPLICATION_PATH =\s*\/\^\\\/\(\?:(.*)\)\(\?:\\\/\|\$\)\//.exec(source) ?? [];
    expect(words.split('|').length).toBeGreaterThan(5);
    expect(paths.length - 1).toBe(words.split('|').length);
  });

  describe('proves in a dozen lines', () => {
    const modules: Readonly<Record<string, object>> = {
      ...{ 'node:test': { test: it }, '@sallyport/core/testing': testing },
      ...{ '@sallyport/core/credentials': credentials, '@sallyport/core/webhooks': webhooks },
    };
    const proofs = snippets.filter((text) => text.includes("from 'node:test'"));
    it('two things', () => expect(proofs).toHaveLength(2));
    for (const text of proofs) {
      it('in a dozen lines', () => expect(text.slice(text.indexOf('    run((')).split('\n').length).toBeLessThan(16));
      const { code } = transformSync(text, { loader: 'ts', format: 'cjs' });
      compileFunction(code, ['require'])((name: string) => modules[name]);
    }
  });
});
