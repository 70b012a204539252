import { describe, expect, it } from 'vitest';
import { formatList, formatOne, parseOutputFormat } from './format.ts';
import { fillJsonPath, parseJsonPath } from './json-path.ts';

const value = {
  kind: 'List',
  items: [
    { metadata: { name: 'a', labels: { 'app.example/tier': 'web' } }, spec: { n: 1, on: true } },
    { metadata: { name: 'b', labels: {} }, spec: { n: 2, list: ['x', 'y', 'z'] } },
  ],
};

describe('a jsonpath template', () => {
  for (const [template, want] of [
    ['{.kind}', 'List'],
    ['kind', 'List'],
    ['.items[0].metadata.name', 'a'],
    ['{$.items[-1].metadata.name}', 'b'],
    ['{.items[*].metadata.name}', 'a b'],
    ['{.items[*].spec.n}', '1 2'],
    ['{.items[0].spec}', '{"n":1,"on":true}'],
    ["{.items[0].metadata.labels['app.example/tier']}", 'web'],
    ['{.items[0].metadata.labels.app\\.example/tier}', 'web'],
    ['{.items[1].spec.list[0:2]}', 'x y'],
    ['{.items[1].spec.list[1:]}', 'y z'],
    ['{.items[1].spec.list.*}', 'x y z'],
    ['{.items[?(@.metadata.name=="b")].spec.n}', '2'],
    ['{.items[?(@.metadata.name != "b")].spec.n}', '1'],
    ['{.items[?(@.spec.on == true)].spec.n}', '1'],
    ['{.items[?(@.spec.list)].metadata.name}', 'b'],
    ['{range .items[*]}{.metadata.name}={.spec.n}{"\\n"}{end}', 'a=1\nb=2\n'],
    ['{range .items[*]}{range .spec.list[*]}<{.}>{end};{end}', ';<x><y><z>;'],
    ['name: {.items[0].metadata.name}, {"{literal}"}', 'name: a, {literal}'],
    ['{.nonesuch.deeper}', ''],
    ['{.items[7].metadata}', ''],
    ['{.toString}{.items.length}', ''],
  ] as const) {
    it(`fills ${template} in`, () => expect(fillJsonPath(parseJsonPath(template), value)).toBe(want));
  }

  for (const [template, problem] of [
    ['{.a', '"}" is wanted'],
    ['{..name}', 'the search by ".." is not supported'],
    ['{.items[}', 'a number, a name in quotes, * or ?( is wanted'],
    ['{.items[?(@.a = 1)]}', '")" is wanted'],
    ['{.items[?(.a == 1)]}', '"@" is wanted'],
    ['{.items[?(@.a == x)]}', 'a text in quotes, a number, true or false is wanted'],
    ['{range .items[*]}{.a}', '{range} without an {end}'],
    ['{end}', '{end} without a {range}'],
  ] as const) {
    it(`is refused as ${template}, with the place`, () => {
      expect(() => parseJsonPath(template)).toThrow(
        expect.objectContaining({ code: 'ERR_CLI_USAGE', message: expect.stringContaining(problem) }),
      );
    });
  }

  it('is checked when the flag is read, before anything is asked of a server', () => {
    expect(parseOutputFormat('jsonpath={.a}')).toBe('jsonpath={.a}');
    expect(() => parseOutputFormat('jsonpath={.a')).toThrow(expect.objectContaining({ code: 'ERR_CLI_USAGE' }));
    expect(() => parseOutputFormat('jsonpath')).toThrow(
      expect.objectContaining({ nextStep: 'Choose from table, wide, json, yaml, name, jsonpath=TEMPLATE.' }),
    );
  });

  it('SEC-G04 shows values without a character a terminal acts on, and keeps their lines', async () => {
    const view = { kind: 'row', name: () => 'row', columns: [] };
    const row = { at: new Date(0), pem: 'line\nline', evil: '\u001b[31m' };
    expect(await formatOne('jsonpath={.at} {.pem} {.evil}', row, view)).toBe(
      '1970-01-01T00:00:00.000Z line\nline \\u001b[31m',
    );
    expect(await formatList('jsonpath={.items[*].evil}', [row, row], view)).toBe('\\u001b[31m \\u001b[31m');
  });
});
