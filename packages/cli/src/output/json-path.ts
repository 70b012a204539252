import { CliError } from '../errors.ts';

/**
 * One step of a path. `filter` keeps the items whose path compares; without an operator, those that have it at all.
 */
type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'slice'; readonly from: number; readonly to?: number }
  | { readonly kind: 'index'; readonly at: number }
  | { readonly kind: 'filter'; readonly path: readonly Step[]; readonly test?: Comparison };

interface Comparison {
  readonly operator: '==' | '!=';
  readonly value: unknown;
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'range'; readonly steps: readonly Step[]; readonly parts: readonly Part[] };

/** A parsed template of {@link parseJsonPath}. */
export interface JsonPathTemplate {
  readonly parts: readonly Part[];
}

// A part of the reference `{.items[?(@.kind=="User")]}` that opens where the reader stands.
const FIELD = /^(?:[A-Za-z0-9_$/-]|\\.)+/;
const QUOTED = /^'((?:[^'\\]|\\.)*)'|^"((?:[^"\\]|\\.)*)"/;
const NUMBER = /^-?\d+/;

/**
 * Parses a template of kubectl's form, in the part of it that is documented in the README: text with `{…}` in between,
 * which holds a path (`.a.b`, `['a']`, `[0]`, `[-1]`, `[1:3]`, `[*]`, `.*`, `[?(@.a == "x")]`), a text in quotes,
 * `range PATH` or `end`. A template without braces is one path.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function parseJsonPath(template: string): JsonPathTemplate {
  const text = template.includes('{') ? template : `{${template}}`;
  const open: { readonly steps: readonly Step[]; readonly parts: Part[] }[] = [{ steps: [], parts: [] }];
  const add = (part: Part) => open.at(-1)?.parts.push(part);
  let at = 0;
  while (at < text.length) {
    const brace = text.indexOf('{', at);
    if (brace !== at) add({ kind: 'text', text: text.slice(at, brace === -1 ? undefined : brace) });
    if (brace === -1) break;
    const reader = createReader(text, brace + 1);
    reader.skipSpace();
    if (reader.takeWord('end')) {
      const range = open.length > 1 ? open.pop() : undefined;
      if (range === undefined) throw malformed('{end} without a {range}', brace);
      add({ kind: 'range', ...range });
    } else if (reader.takeWord('range')) {
      reader.skipSpace();
      open.push({ steps: readPath(reader), parts: [] });
    } else {
      const literal = readQuoted(reader);
      if (literal !== undefined) add({ kind: 'text', text: literal });
      else add({ kind: 'path', steps: readPath(reader) });
    }
    reader.skipSpace();
    reader.expect('}');
    at = reader.position();
  }
  if (open.length > 1) throw malformed('{range} without an {end}', text.length);
  return { parts: open[0]?.parts ?? [] };
}

/**
 * Fills a template in. Several values of one path stand a space apart; what is not there is nothing; texts stand as they
 * are, everything else as JSON.
 */
export function fillJsonPath(template: JsonPathTemplate, value: unknown): string {
  return fill(template.parts, value, value);
}

function fill(parts: readonly Part[], value: unknown, root: unknown): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const found = follow(part.steps, [value]);
      if (part.kind === 'path') return found.map(show).join(' ');
      return found.map((item) => fill(part.parts, item, root)).join('');
    })
    .join('');
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function follow(steps: readonly Step[], values: readonly unknown[]): readonly unknown[] {
  return steps.reduce<readonly unknown[]>((found, step) => found.flatMap((value) => take(step, value)), values);
}

function take(step: Step, value: unknown): readonly unknown[] {
  if (value === null || typeof value !== 'object') return [];
  if (step.kind === 'field') {
    const isThere = Object.hasOwn(value, step.name) && !Array.isArray(value);
    return isThere ? [(value as Record<string, unknown>)[step.name]] : [];
  }
  if (step.kind === 'all') return Object.values(value);
  if (!Array.isArray(value)) return [];
  if (step.kind === 'index') {
    const at = step.at < 0 ? value.length + step.at : step.at;
    return at in value ? [value[at]] : [];
  }
  if (step.kind === 'slice') return value.slice(step.from, step.to);
  const { path, test } = step;
  return value.filter((item) => {
    const found = follow(path, [item]);
    if (test === undefined) return found.length > 0;
    return test.operator === '==' ? found.includes(test.value) : !found.includes(test.value);
  });
}

interface Reader {
  position(): number;
  rest(): string;
  skipSpace(): void;
  /** Takes `text` when it stands here. */
  take(text: string): boolean;
  /** Takes `word` when it stands here and no name goes on behind it. */
  takeWord(word: string): boolean;
  match(pattern: RegExp): RegExpExecArray | undefined;
  expect(text: string): void;
  fail(problem: string): never;
}

function createReader(text: string, start: number): Reader {
  let at = start;
  const reader: Reader = {
    position: () => at,
    rest: () => text.slice(at),
    skipSpace: () => {
      while (text[at] === ' ') at += 1;
    },
    take: (wanted) => {
      if (!text.startsWith(wanted, at)) return false;
      at += wanted.length;
      return true;
    },
    takeWord: (word) => (/^[\w-]/.test(text.slice(at + word.length)) ? false : reader.take(word)),
    match: (pattern) => {
      const found = pattern.exec(text.slice(at)) ?? undefined;
      at += found?.[0].length ?? 0;
      return found;
    },
    expect: (wanted) => {
      if (!reader.take(wanted)) reader.fail(`${JSON.stringify(wanted)} is wanted`);
    },
    fail: (problem) => {
      throw malformed(problem, at);
    },
  };
  return reader;
}

function readPath(reader: Reader): readonly Step[] {
  const steps: Step[] = [];
  if (!reader.take('$')) reader.take('@');
  // kubectl takes `{metadata.name}` for `{.metadata.name}`.
  const bare = steps.length === 0 ? reader.match(FIELD) : undefined;
  if (bare !== undefined) steps.push(field(bare[0]));
  for (;;) {
    if (reader.rest().startsWith('..')) reader.fail('the search by ".." is not supported');
    if (reader.take('.*')) steps.push({ kind: 'all' });
    else if (reader.take('[')) steps.push(readBracket(reader));
    else if (reader.take('.')) {
      const name = reader.match(FIELD);
      // `{.}` is the value itself, and `.[0]` the same as `[0]`.
      if (name !== undefined) steps.push(field(name[0]));
      else if (!/^[\s}[)]/.test(reader.rest())) reader.fail('a field is wanted');
    } else return steps;
  }
}

function field(text: string): Step {
  return { kind: 'field', name: text.replace(/\\(.)/g, '$1') };
}

function readBracket(reader: Reader): Step {
  const step = readSelector(reader);
  reader.expect(']');
  return step;
}

function readSelector(reader: Reader): Step {
  if (reader.take('*')) return { kind: 'all' };
  if (reader.take('?(')) return readFilter(reader);
  const name = readQuoted(reader);
  if (name !== undefined) return { kind: 'field', name };
  const from = reader.match(NUMBER);
  if (reader.take(':')) {
    const to = reader.match(NUMBER);
    return { kind: 'slice', from: Number(from?.[0] ?? 0), ...(to !== undefined && { to: Number(to[0]) }) };
  }
  if (from === undefined) return reader.fail('a number, a name in quotes, * or ?( is wanted');
  return { kind: 'index', at: Number(from[0]) };
}

function readFilter(reader: Reader): Step {
  reader.skipSpace();
  if (!reader.rest().startsWith('@')) reader.fail('"@" is wanted');
  const path = readPath(reader);
  reader.skipSpace();
  const operator = reader.take('==') ? '==' : reader.take('!=') ? '!=' : undefined;
  if (operator === undefined) {
    reader.expect(')');
    return { kind: 'filter', path };
  }
  reader.skipSpace();
  const value = readValue(reader);
  reader.skipSpace();
  reader.expect(')');
  return { kind: 'filter', path, test: { operator, value } };
}

function readValue(reader: Reader): unknown {
  const text = readQuoted(reader);
  if (text !== undefined) return text;
  for (const word of ['true', 'false', 'null']) if (reader.takeWord(word)) return JSON.parse(word);
  const number = reader.match(/^-?\d+(?:\.\d+)?/);
  return number === undefined ? reader.fail('a text in quotes, a number, true or false is wanted') : Number(number[0]);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function readQuoted(reader: Reader): string | undefined {
  const found = reader.match(QUOTED);
  return (found?.[1] ?? found?.[2])?.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

function malformed(problem: string, at: number): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `the jsonpath template can't be read at character ${at + 1}: ${problem}`,
    nextStep: "Write it as for kubectl, in quotes: -o jsonpath='{.items[*].metadata.name}'.",
  });
}
