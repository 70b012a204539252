import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { checkDocuments } from './check-documents.ts';
import { parseDocuments } from './parse-documents.ts';
import { readDocuments } from './read-documents.ts';

const at = (text: string) => parseDocuments(text, 'f.yaml');
const problemsOf = (text: string) => at(text).problems.map(({ line, message }) => `${line}: ${message}`);

describe('parseDocuments', () => {
  it('reads several documents, each with its line, and leaves empty ones out', () => {
    const { documents, problems } = at('# head\n---\na: 1\n---\n---\n# nothing\n---\nb:\n  - x\n  - y: 2\n');
    expect(problems).toEqual([]);
    expect(documents.map(({ source, line, value }) => ({ source, line, value }))).toEqual([
      { source: 'f.yaml', line: 3, value: { a: 1 } },
      { source: 'f.yaml', line: 8, value: { b: ['x', { y: 2 }] } },
    ]);
  });

  it('knows the line of every value, and of the nearest one around a value that is missing', () => {
    const [document] = at(
      'metadata:\n  name: a\nspec:\n  list:\n    - one\n    -\n      two: 2\n  flow: {x: 1,\n    y: 2}\n',
    ).documents;
    const line = (...path: PropertyKey[]) => document?.lineOf(path);
    expect(line('metadata', 'name')).toBe(2);
    expect(line('spec')).toBe(3);
    expect(line('spec', 'list', 0)).toBe(5);
    expect(line('spec', 'list', 1, 'two')).toBe(7);
    expect(line('spec', 'flow', 'y')).toBe(9);
    expect(line('spec', 'list', 9)).toBe(4);
    expect(line('metadata', 'labels', 'x')).toBe(1);
    expect(line('status')).toBe(1);
  });

  it('reads JSON, with lines, and takes a list for its items', () => {
    const json = JSON.stringify({ items: [{ kind: 'A' }, { kind: 'B', spec: { x: 1 } }] }, undefined, 2);
    const { documents, problems } = at(json);
    expect(problems).toEqual([]);
    expect(documents.map(({ line, value }) => ({ line, value }))).toEqual([
      { line: 3, value: { kind: 'A' } },
      { line: 6, value: { kind: 'B', spec: { x: 1 } } },
    ]);
    expect(documents[1]?.lineOf(['spec', 'x'])).toBe(9);
  });

  it('does not take a resource that has items for a list', () => {
    expect(at('kind: Group\nitems: [a]\n').documents).toHaveLength(1);
  });

  it('gives lines through anchors', () => {
    const [document] = at('base: &b\n  x: 1\nother: *b\n').documents;
    expect(document?.value).toEqual({ base: { x: 1 }, other: { x: 1 } });
    expect(document?.lineOf(['other', 'x'])).toBe(2);
  });

  for (const [name, text, want] of [
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', /^3: Map keys must be unique/],
    ['a duplicate key of JSON', '{\n"a": 1,\n"a": 2\n}', /^3: Map keys must be unique/],
    ['an unknown tag', 'a: !js/function x\n', /^1: Unresolved tag/],
    ['a tab as indentation', 'a:\n\tb: 1\n', /^2: /],
    ['an alias without an anchor', 'a: *nope\n', /Unresolved alias/],
    ['broken JSON', '{"a": ', /^1: /],
  ] as const) {
    it(`tells ${name} with its line`, () => {
      const found = problemsOf(text);
      expect(found[0]).toMatch(want);
      expect(at(text).documents).toEqual([]);
    });
  }

  it('goes on behind a broken document, so that all problems are told at once', () => {
    const { documents, problems } = at('a: 1\na: 2\n---\nb: 1\n---\nc: {\n---\nd: 1\n');
    expect(problems.map(({ line }) => line)).toContain(2);
    expect(documents.map(({ value }) => value)).toContainEqual({ b: 1 });
  });

  it('refuses aliases that expand without measure, and nesting without end', () => {
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let n = 1; n < 10; n++)
      bomb.push(
        `a${n}: &a${n} [${Array(10)
          .fill(`*a${n - 1}`)
          .join(',')}]`,
      );
    expect(problemsOf(bomb.join('\n'))[0]).toMatch(/^1: Excessive alias count/);
    for (const text of ['['.repeat(100_000), '{a: '.repeat(10_000), '- '.repeat(10_000), '? '.repeat(10_000)]) {
      expect(problemsOf(text)).toEqual(['1: is nested more than 100 levels deep']);
    }
  });

  it('lets no key reach a prototype', () => {
    const [document] = at('__proto__:\n  polluted: true\nconstructor: {prototype: {polluted: true}}\n').documents;
    expect(document).toBeDefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(document?.value)).toBe(Object.prototype);
  });
});

describe('readDocuments', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'all', 'deeper'), { recursive: true });
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'all', 'b.yaml'), 'n: b\n');
  writeFileSync(join(folder, 'all', 'a.yml'), 'n: a1\n---\nn: a2\n');
  writeFileSync(join(folder, 'all', 'c.json'), '{"n": "c"}');
  writeFileSync(join(folder, 'all', 'README.md'), 'no: document');
  writeFileSync(join(folder, 'all', 'deeper', 'd.yaml'), 'n: d\n');
  symlinkSync(join(folder, 'all'), join(folder, 'all', 'deeper', 'loop'));
  writeFileSync(join(folder, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
  writeFileSync(join(folder, 'large.yaml'), '');
  truncateSync(join(folder, 'large.yaml'), 16 * 1_048_576 + 1);
  const stdin = (...chunks: readonly (string | Uint8Array)[]) => ({
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
  });
  const read = async (paths: readonly string[], isRecursive = false, input = stdin()) => {
    const { documents } = await readDocuments({ cwd: folder, stdin: input }, { paths, isRecursive });
    return documents.map(({ source, value }) => `${source} ${(value as { n: string }).n}`);
  };

  it('reads the files of a folder by name, and those of folders in it when told to, following no link', async () => {
    expect(await read(['all'])).toEqual(['all/a.yml a1', 'all/a.yml a2', 'all/b.yaml b', 'all/c.json c']);
    expect(await read(['all'], true)).toContain('all/deeper/d.yaml d');
    expect(await read(['all'], true)).toHaveLength(5);
  });

  it('reads files in the order in which they are named, each once, and standard input', async () => {
    expect(await read(['all/b.yaml', '-', 'all/b.yaml'], false, stdin('n: ', Buffer.from('in\n')))).toEqual([
      'all/b.yaml b',
      '- in',
    ]);
  });

  it('keeps characters whole that arrive in parts', async () => {
    const bytes = Buffer.from('n: é\n');
    expect(await read(['-'], false, stdin(bytes.subarray(0, 4), bytes.subarray(4)))).toEqual(['- é']);
  });

  for (const [paths, code, message] of [
    [['missing.yaml'], 'ERR_CLI_DOCUMENT_READ', /missing\.yaml can't be read \(ENOENT\)/],
    [['empty'], 'ERR_CLI_DOCUMENT_READ', /holds no file/],
    [['latin1.yaml'], 'ERR_CLI_DOCUMENT_READ', /is not UTF-8/],
    [['large.yaml'], 'ERR_CLI_DOCUMENT_READ', /has 16777217 bytes or more, limit is 16777216/],
    [['-', '-'], 'ERR_CLI_USAGE', /named twice/],
    [['https://evil.example/x.yaml'], 'ERR_CLI_USAGE', /is an address/],
  ] as const) {
    it(`refuses ${paths.join(' ')}`, async () => {
      await expect(read(paths)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    });
  }

  it('stops reading an input that does not end', async () => {
    const endless = {
      async *[Symbol.asyncIterator]() {
        for (;;) yield Buffer.alloc(1_048_576, 0x61);
      },
    };
    await expect(read(['-'], false, endless)).rejects.toMatchObject({ message: expect.stringContaining('limit is') });
  });
});

describe('checkDocuments', () => {
  const check = (text: string) => {
    const { documents, problems } = checkDocuments(at(text).documents);
    return { names: documents.map(({ kind, name }) => `${kind} ${name}`), problems };
  };
  const told = (text: string) =>
    check(text).problems.map(({ source, line, message }) => `${source}:${line}: ${message}`);
  const head = 'apiVersion: sallyport.dev/v1\nkind: Project\n';

  it('takes what the contract takes, and what an export adds', () => {
    expect(
      check(`${head}metadata: {name: a, id: x, createdAt: y, resourceVersion: '7'}\nspec: {}\nstatus: {any: thing}\n`),
    ).toEqual({ names: ['Project a'], problems: [] });
  });

  for (const [name, text, want] of [
    [
      'an unknown kind',
      'apiVersion: sallyport.dev/v1\nkind: Projekt\n',
      /^f\.yaml:2: there is no kind "Projekt"; did you mean "Project"\?$/,
    ],
    [
      'an unknown apiVersion',
      'apiVersion: v1\nkind: Project\n',
      /the apiVersion is "v1", known is "sallyport\.dev\/v1"/,
    ],
    ['a missing apiVersion', 'kind: Project\n', /^f\.yaml:1: there is no apiVersion/],
    ['a list in place of a resource', '- a\n', /^f\.yaml:1: a resource is a mapping/],
    [
      'a misspelt field',
      `${head}metadata: {name: a}\nspec:\n  descripton: x\n`,
      /^f\.yaml:5: project\/a: spec has no field "descripton"$/,
    ],
    [
      'a wrong value',
      `${head}metadata: {name: a}\nspec:\n  description: 1\n`,
      /^f\.yaml:5: project\/a: spec\.description: /,
    ],
    [
      'a wrong name',
      `${head}metadata:\n  name: A B\nspec: {}\n`,
      /^f\.yaml:4: project\/A B: metadata\.name: use at most 63/,
    ],
    ['a kind that inherits', 'apiVersion: sallyport.dev/v1\nkind: toString\n', /there is no kind "toString"/],
  ] as const) {
    it(`tells ${name} with its line`, () => expect(told(text)[0]).toMatch(want));
  }

  it('tells a resource that is described twice with both places', () => {
    const one = `${head}metadata: {name: a}\nspec: {}\n`;
    expect(told(`${one}---\n${one}`)).toEqual(['f.yaml:6: project/a is described already at f.yaml:1']);
  });
});
