import { describe, expect, it } from 'vitest';
import { UnreadableBody } from './parse-json.ts';
import { parseYaml } from './parse-yaml.ts';

const bounds = { maxDepth: 20, maxAliases: 100 };

describe('parseYaml', () => {
  it('reads the words of YAML 1.1, as the API server does', () => {
    expect(parseYaml('a: yes\nb: on\nc: "yes"\nd: ~\ne: 0x1\n', bounds)).toEqual({
      a: true,
      b: true,
      c: 'yes',
      d: null,
      e: 1,
    });
    expect(parseYaml('a: &x {b: 1}\nc: *x\n', bounds)).toEqual({ a: { b: 1 }, c: { b: 1 } });
    expect(parseYaml('', bounds)).toBeNull();
  });

  it.each([
    ['a name that stands twice', 'a: 1\na: 2\n'],
    ['a tag on a value', 'a: !!binary aGk=\n'],
    ['a tag on a name', '!!binary cHJpdmlsZWdlZA==: true\n'],
    ['a tag of the core schema', 'a: !!str yes\n'],
    ['an unknown tag', 'a: !foo b\n'],
    ['a name that is a list', '? [a]\n: 1\n'],
    ['a name that is an alias', 'x: &k privileged\n*k : true\n'],
    ['a merge key behind what it overrules', 'a:\n  privileged: false\n  <<: {privileged: true}\n'],
    ['an alias inside itself', 'a: &x [*x]\n'],
    ['two documents', '---\na: 1\n---\nb: 1\n'],
    ['what is no YAML', 'a: [1,2\n'],
    ['nesting without end', `${'['.repeat(50)}${']'.repeat(50)}`],
    ['nesting by indentation', Array.from({ length: 50 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    [
      'aliases that expand without measure',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`,
    ],
  ])('refuses %s', (_, text) => {
    expect(() => parseYaml(text, bounds)).toThrow(UnreadableBody);
  });
});
