import { describe, expect, it } from 'vitest';
import { compileCondition } from './condition.ts';
import { createExpressionEnvironment } from './environment.ts';
import { compileExpression } from './expression.ts';

const environment = createExpressionEnvironment({
  claims: 'map<string, dyn>',
  name: 'string',
  groups: 'list<string>',
  count: 'int',
});
const expression = (text: string, types?: readonly string[]) => compileExpression(text, environment, types);
const condition = (text: string) => compileCondition(text, environment);
const values = { claims: {}, name: '', groups: [], count: 0 };

describe('compiling an expression', () => {
  for (const [text, problem] of [
    ['1 +', 'line 1, column 4: unexpected token: EOF'],
    ['nope == 1', 'line 1, column 1: unknown variable: nope'],
    ['true &&\n  nme == "a"', 'line 2, column 3: unknown variable: nme'],
    ['count == "a"', 'line 1, column 1: no such overload: int == string'],
    ['groups.exists(g, g.nope())', "column 18: found no matching overload for 'string.nope()'"],
    ['count.matches("a")', "found no matching overload for 'int.matches(string)'"],
    ['name.matches(name)', 'line 1, column 14: the pattern of matches() must be a literal text'],
    ['name.matches("(a")', 'column 14: the pattern of matches() is refused'],
    ['name.matches("(?=a)b")', 'the pattern of matches() is refused'],
    ['name.matchesInLinearTime("a")', 'unknown function matchesInLinearTime'],
    [`name == "${'x'.repeat(5_000)}"`, 'the expression has 5010 characters, limit is 4096'],
    [`${'!'.repeat(600)}true`, 'exceeded maxAstNodes (500)'],
    [`${'('.repeat(60)}true${')'.repeat(60)}`, 'exceeded maxDepth (32)'],
    [`name in [${'"", '.repeat(300)}""]`, 'exceeded maxListElements (200)'],
  ] as const) {
    it(`refuses ${text.length > 60 ? `${text.slice(0, 20)}… of ${text.length} characters` : JSON.stringify(text)}`, () => {
      expect(() => expression(text)).toThrow(
        expect.objectContaining({ code: 'ERR_EXPRESSION_INVALID', message: expect.stringContaining(problem) }),
      );
    });
  }

  it('refuses a result that the caller can not use, and leaves what only values tell', () => {
    expect(() => expression('count', ['string'])).toThrow('of type int, expected string');
    expect(expression('claims.a', ['string']).type).toBe('dyn');
    expect(() => condition('name')).toThrow('of type string, expected bool');
  });
});

describe('evaluating an expression', () => {
  it('yields the value', () => {
    const claims = { realm: { roles: ['a', 'b'] }, 'https://example.com/n': 3, upn: 'ada@example.com' };
    const run = (text: string) => expression(text).evaluate({ ...values, claims, count: 3, groups: ['x'] });
    expect(run('claims.realm.roles.map(r, "kc:" + r)')).toEqual({ ok: true, value: ['kc:a', 'kc:b'] });
    expect(run('claims["https://example.com/n"] == count')).toEqual({ ok: true, value: true });
    expect(run('has(claims.nope) ? claims.nope : claims.upn.split("@")[0]')).toEqual({ ok: true, value: 'ada' });
    expect(run('claims.realm.roles + groups')).toEqual({ ok: true, value: ['a', 'b', 'x'] });
  });

  it('fails as a value, with the place', () => {
    expect(expression('name + claims.a').evaluate(values)).toEqual({
      ok: false,
      problem: 'no such key: a',
      position: { line: 1, column: 15 },
      isMissing: true,
    });
    expect(expression('name').evaluate({})).toMatchObject({ ok: false });
    expect(expression('name').evaluate({ name: 3 })).toMatchObject({ ok: false });
    expect(expression('claims.f').evaluate({ claims: { f: () => 1 } })).toMatchObject({ ok: false });
  });

  it('sees nothing of the language underneath', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(expression(`claims["${name}"]`).evaluate(values)).toMatchObject({ ok: false });
    }
  });

  it('is the same at the second evaluation', () => {
    const doubled = expression('groups.map(g, g + g)');
    for (const groups of [['a'], ['b', 'c'], []]) {
      expect(doubled.evaluate({ ...values, groups })).toEqual({ ok: true, value: groups.map((g) => g + g) });
    }
  });
});

describe('the cost of an evaluation', () => {
  // Each of these takes minutes, or the process with it, when nothing bounds it.
  const nested = 'groups.all(a, groups.all(b, groups.all(c, a + b + c != "x")))';
  const many = Array.from({ length: 2_000 }, (_, i) => `group-${i}`);
  for (const [text, problem] of [
    [nested, 'more than 300000 steps'],
    [`!(${nested}) || true`, 'more than 300000 steps'],
    [`["xxxxxxxx"]${'.map(x, x + x)'.repeat(30)}`, 'characters, limit is 16384'],
    [`[groups]${'.map(x, x + x)'.repeat(30)}.size() > 0`, 'elements, limit is 5000'],
    [`cel.bind(a, groups + groups, cel.bind(b, a + a, b + b)).size() > 0`, 'elements, limit is 5000'],
    ['groups.map(g, claims.long).join()', 'steps'],
    ['groups.exists(g, claims.long.matches("(x?){500}y"))', 'steps'],
  ] as const) {
    it(`SEC-F06 is bounded in ${text.slice(0, 50)}`, () => {
      const began = performance.now();
      const outcome = expression(text).evaluate({ ...values, groups: many, claims: { long: 'x'.repeat(16_000) } });
      expect(outcome).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
      expect(performance.now() - began).toBeLessThan(1_500);
    });
  }

  it('leaves room for what people write', () => {
    const outcome = expression('claims.groups.filter(g, g.startsWith("group-1")).map(g, "oidc:" + g).size()').evaluate({
      ...values,
      claims: { groups: many },
    });
    expect(outcome).toEqual({ ok: true, value: 1_111n });
  });

  for (const text of [
    'name.matches("^(a+)+$")',
    '[name].exists(n, n.matches("^(a+)+$"))',
    '{"k": name}.k.matches("^(a+)+$") ? true : false',
    'cel.bind(n, name, n.matches("^(a+)+$"))',
    '!(groups + [name]).filter(n, n.matches("^(a+)+$")).map(n, n.matches("^(a+)+$")).all(x, x)',
    'has(claims.x) && claims.x[name.matches("^(a+)+$") ? 0 : 1] == "x"',
  ]) {
    it(`SEC-F06 matches in linear time: ${text}`, () => {
      const began = performance.now();
      expression(text).evaluate({ ...values, name: `${'a'.repeat(5_000)}!`, claims: { x: ['', 'x'] } });
      expect(performance.now() - began).toBeLessThan(2_000);
    });
  }

  it('finds a pattern anywhere unless it is anchored', () => {
    const run = (text: string) => condition(text).evaluate({ ...values, name: 'prod-eu-1' });
    expect(run('name.matches("eu")')).toEqual({ holds: true });
    expect(run('name.matches("^eu")')).toEqual({ holds: false });
  });
});

describe('a condition', () => {
  it('holds, does not hold, or says why it failed', () => {
    const given = { ...values, groups: ['ops'], claims: { text: 'true', flag: true } };
    expect(condition('"ops" in groups').evaluate(given)).toEqual({ holds: true });
    expect(condition('"dev" in groups').evaluate(given)).toEqual({ holds: false });
    expect(condition('claims.flag').evaluate(given)).toEqual({ holds: true });
    expect(condition('claims.text').evaluate(given)).toEqual({
      holds: false,
      problem: 'the condition is not true or false',
    });
    expect(condition('claims.nope').evaluate(given)).toEqual({
      holds: false,
      problem: 'line 1, column 8: no such key: nope',
    });
  });
});
