import { expect, it } from 'vitest';
import { MAX_YAML_DEPTH, parseYaml, parseYamlDocuments } from './parse-yaml.ts';

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const failureOf = (text: string): Error => {
  try {
    parseYaml(text);
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was read');
};

it('reads one document as it is', () => {
  expect(parseYaml('a: [1, {b: c}]\n')).toEqual({ a: [1, { b: 'c' }] });
  expect(parseYaml('{"a": null}')).toEqual({ a: null });
  expect(parseYaml('')).toBeNull();
  expect(parseYaml(nested(MAX_YAML_DEPTH - 1))).toBeInstanceOf(Array);
});

it.each([
  ['flow', nested(200_000)],
  ['open flow', '['.repeat(200_000)],
  ['maps in flow', '{a: '.repeat(100_000)],
  ['blocks', Array.from({ length: 3_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['lists in one line', `${'- '.repeat(50_000)}x`],
])('refuses %s that would exhaust the stack, with the place', (_name, text) => {
  expect(failureOf(text)).toMatchObject({
    code: 'ERR_YAML_MALFORMED',
    message: expect.stringMatching(/^is nested more than 100 levels deep \(line \d+\)$/),
  });
});

it('counts what is open at once, not what there is in all', () => {
  const text = Array.from({ length: 500 }, (_, i) => `- [a${i}, {b: "[[["}]`).join('\n');
  expect(parseYaml(text)).toHaveLength(500);
  expect(parseYaml(`x: ${'-'.repeat(300)}\ny: "${'['.repeat(300)}"\n`)).toMatchObject({ y: '['.repeat(300) });
});

it('names the place of a mistake and never what stands there', () => {
  const error = failureOf('ok: 1\nsecret: "canary\n');
  expect(error).toMatchObject({ code: 'ERR_YAML_MALFORMED', message: expect.stringMatching(/^is not YAML \(line \d/) });
  expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('canary');
});

it('reads every document of a text, and leaves out those without content', () => {
  expect(parseYamlDocuments('a: 1\n---\n# nothing\n---\n- b\n')).toEqual([{ a: 1 }, ['b']]);
  expect(parseYamlDocuments('')).toEqual([]);
});

it('refuses a text of which one document is none, naming the place alone', () => {
  for (const text of ['a: 1\n---\nsecret: "canary\n', 'a: 1\n---\nsecret: *canary\n']) {
    let failure: unknown;
    try {
      parseYamlDocuments(text);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({ code: 'ERR_YAML_MALFORMED', message: expect.stringMatching(/^is not YAML/) });
    expect(String(failure)).not.toContain('canary');
  }
});
