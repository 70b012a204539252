import { describe, expect, it } from 'vitest';
import { type ParsedLine, parseLine } from '../grammar/parse-line.ts';
import { createPipeline } from './line-filter.ts';

function filter(text: string, input: readonly string[]): readonly string[] {
  const { filters } = parseLine(`get x | ${text}`) as Extract<ParsedLine, { kind: 'kubectl' }>;
  const pipeline = createPipeline(filters);
  return [...input.flatMap((line) => [...pipeline.push(line)]), ...pipeline.end()];
}

const LINES = ['NAME STATUS', 'web-1 Running', 'web-2 Error', 'db-1 Running', 'db-1 Running'];

describe('filters of a terminal', () => {
  const cases: readonly (readonly [text: string, want: readonly string[]])[] = [
    ['grep -i WEB', ['web-1 Running', 'web-2 Error']],
    ['grep -vc Running', ['2']],
    ['grep -n Error', ['3:web-2 Error']],
    ["grep -E '^(web|db)-1'", ['web-1 Running', 'db-1 Running', 'db-1 Running']],
    ["grep 'web\\|NAME'", ['NAME STATUS', 'web-1 Running', 'web-2 Error']],
    ["grep -oE '[[:alpha:]]+-[0-9]'", ['web-1', 'web-2', 'db-1', 'db-1']],
    ['grep -A1 NAME', ['NAME STATUS', 'web-1 Running']],
    ['grep -B1 Error', ['web-1 Running', 'web-2 Error']],
    ["grep -F 'web-.'", []],
    ['head -2', ['NAME STATUS', 'web-1 Running']],
    ['tail -n +4', ['db-1 Running', 'db-1 Running']],
    ['tail -1', ['db-1 Running']],
    ['wc -l', ['5']],
    ['uniq -c | tail -1', ['      2 db-1 Running']],
    ['sort -u | head -1', ['NAME STATUS']],
    ['sort -r -k 2 | head -1', ['NAME STATUS']],
  ];
  it.each(cases)('%s', (text, want) => {
    expect(filter(text, LINES)).toEqual(want);
  });

  it('jq follows a path, and says what is not there', () => {
    const input = JSON.stringify({ items: [{ name: 'a' }, { name: 'b' }], 'x.y': 1 }, undefined, 2).split('\n');
    expect(filter("jq -r '.items[].name'", input)).toEqual(['a', 'b']);
    expect(filter("jq '.items | length'", input)).toEqual(['2']);
    expect(filter('jq -c \'.["x.y"]\'', input)).toEqual(['1']);
    expect(filter('jq .items[-1].name', input)).toEqual(['"b"']);
    expect(() => filter('jq .items.name', input)).toThrow('a list has no key "name"');
    expect(filter('jq .items.name?', input)).toEqual([]);
    expect(() => filter('jq .', ['NAME STATUS'])).toThrow('the input is no JSON');
    expect(filter('jq .constructor', ['{}'])).toEqual(['null']);
  });
});
