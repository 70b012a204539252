import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { repository, run, temporaryFolder } from '../support/index.ts';
import { type Archive, packAll, publishedPackages } from './archives.ts';

const folder = temporaryFolder('contents');
const packages = publishedPackages();
let archives: readonly Archive[];
beforeAll(async () => {
  archives = await packAll(folder);
}, 120_000);

const archiveOf = (name: string) => archives.find((one) => one.name === name) as Archive;

/** Paths that a package of each name may hold besides `package.json`, `README.md` and `LICENSE`. */
const FOLDERS: Readonly<Record<string, RegExp>> = {
  '@sallyport/cli': /^(dist|src|bin)\//,
  '@sallyport/tunnel': /^(dist|src|testdata)\/|^PROTOCOL\.md$/,
};

for (const { folder: source, manifest } of packages) {
  describe(`the archive of ${manifest.name}`, () => {
    it('holds README, licence and what it exports, and nothing that only serves its own tests', () => {
      const paths = archiveOf(manifest.name).files.map(({ path }) => path);
      expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
      const rest = paths.filter((path) => !['LICENSE', 'README.md', 'package.json'].includes(path));
      expect(rest.filter((path) => !(FOLDERS[manifest.name] ?? /^(dist|src)\//).test(path))).toEqual([]);
      // Doubles and conformance cases are published where they are an entry point.
      const own = manifest.exports['./testing'] === undefined ? /\/testing(\/|\.ts$)/ : /^$/;
      const mislaid =
        /\.test\.|\/properties\/|\/mock\/|\/src\/.*\/testdata\/|tsconfig|tsup\.config|\.env|\.npmrc|\.log$/;
      expect(rest.filter((path) => mislaid.test(path) || own.test(path))).toEqual([]);
      const targets = Object.values(manifest.exports).flatMap((target) =>
        typeof target === 'string' ? [target] : Object.values(target),
      );
      expect(targets.map((path) => path.slice(2)).filter((path) => !paths.includes(path))).toEqual([]);
    });

    it('has the licence of the repository', () => {
      const text = (path: string) => readFileSync(path, 'utf8');
      expect(text(join(source, 'LICENSE'))).toBe(text(join(repository, 'LICENSE')));
    });

    it('has source maps that lead to what it holds, and name no place of the machine that built it', async () => {
      const { filename, files } = archiveOf(manifest.name);
      const unpacked = join(folder, filename.replace(/\.tgz$/, ''));
      mkdirSync(unpacked);
      await run('tar', ['-xzf', filename, '--strip-components=1', '-C', unpacked], { cwd: folder });
      const lost: string[] = [];
      for (const { path } of files.filter((file) => file.path.endsWith('.map'))) {
        const { sources, sourcesContent } = JSON.parse(readFileSync(join(unpacked, path), 'utf8')) as {
          readonly sources: readonly (string | null)[];
          readonly sourcesContent?: readonly (string | null)[];
        };
        for (const [i, name] of sources.entries()) {
          if (name === null) continue;
          const target = normalize(join(dirname(path), name));
          const isHere = existsSync(join(unpacked, target)) || typeof sourcesContent?.[i] === 'string';
          if (!isHere || /^(\/|[a-z]+:\/\/\/)/i.test(name)) lost.push(`${path}: ${name}`);
        }
      }
      expect(lost).toEqual([]);
    });
  });
}

/** Rows of a table in docs/package-sizes.md: first cell to the number in the second. */
function budgets(heading: string): Map<string, number> {
  const [, section = ''] = readFileSync(join(repository, 'docs/package-sizes.md'), 'utf8').split(`## ${heading}\n`);
  const rows = section.split('\n## ')[0]?.matchAll(/^\| `([^`]+)`[^|]*\| +(\d+) KB/gm) ?? [];
  return new Map([...rows].map(([, name = '', kilobytes]) => [name, Number(kilobytes)]));
}

/** A budget that is never come near to is none: sizes lie within it and above two thirds of it. */
function expectWithin(sizes: ReadonlyMap<string, number>, limits: ReadonlyMap<string, number>) {
  const outside = [...sizes].filter(([name, bytes]) => {
    const limit = (limits.get(name) ?? 0) * 1_000;
    return bytes > limit || bytes < (limit * 2) / 3;
  });
  expect(outside, 'sizes in bytes that are not within the budgets of docs/package-sizes.md').toEqual([]);
  expect([...limits.keys()].sort()).toEqual([...sizes.keys()].sort());
}

describe('docs/package-sizes.md', () => {
  it('bounds each archive', () => {
    expectWithin(new Map(archives.map(({ name, size }) => [name, size])), budgets('Archives'));
  });

  it('bounds each import', async () => {
    const limits = budgets('Imports');
    const sizes = new Map<string, number>();
    for (const name of limits.keys()) sizes.set(name, await bundledBytes(name));
    expectWithin(sizes, limits);
    expect([...limits.keys()]).toEqual(expect.arrayContaining(packages.map(({ manifest }) => manifest.name)));
  }, 120_000);
});

/** Bytes after gzip of everything that an import brings; of applications, what is of Sallyport. */
async function bundledBytes(name: string): Promise<number> {
  const isApplication = /^@sallyport\/(server|agent|cli|web)\b/.test(name);
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${name}'`, resolveDir: repository },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [
      {
        name: 'others-stay-outside',
        setup({ onResolve }) {
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            !isApplication || kind === 'entry-point' || path.startsWith('@sallyport/')
              ? undefined
              : { path, external: true },
          );
        },
      },
    ],
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).byteLength;
}
