/** Text that is not one JSON value with one reading. The message ends the sentence. */
export class UnreadableBody extends Error {}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them in a string
const PLAIN_STRING = /"[^"\\\u0000-\u001f]*"/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ANY_STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;
const LITERALS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/**
 * Parses JSON (RFC 8259) more strictly than `JSON.parse`: a name that an object holds twice is refused. Readers differ in
 * what they make of it: `JSON.parse` takes the last value, while Go merges the values when they are objects, so that a
 * field of the first one stays in force unseen.
 * @throws UnreadableBody
 */
export function parseJson(text: string, maxDepth: number): unknown {
  let at = 0;

  function fail(what: string): never {
    throw new UnreadableBody(`it ${what} at character ${at}`);
  }

  function skipSpace(): void {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  }

  function readString(): string {
    PLAIN_STRING.lastIndex = at;
    if (PLAIN_STRING.test(text)) {
      const value = text.slice(at + 1, PLAIN_STRING.lastIndex - 1);
      at = PLAIN_STRING.lastIndex;
      return value;
    }
    ANY_STRING.lastIndex = at;
    if (!ANY_STRING.test(text)) fail('has no whole string');
    const value = JSON.parse(text.slice(at, ANY_STRING.lastIndex)) as string;
    at = ANY_STRING.lastIndex;
    return value;
  }

  function readObject(depth: number): unknown {
    const entries: [string, unknown][] = [];
    const names = new Set<string>();
    at += 1;
    skipSpace();
    while (text[at] !== '}') {
      if (entries.length > 0) {
        if (text[at] !== ',') fail('lacks a comma');
        at += 1;
        skipSpace();
      }
      const name = readString();
      if (names.has(name)) fail(`has the name ${JSON.stringify(name.slice(0, 64))} twice in one object`);
      names.add(name);
      skipSpace();
      if (text[at] !== ':') fail('lacks a colon');
      at += 1;
      entries.push([name, readValue(depth + 1)]);
      skipSpace();
    }
    at += 1;
    // Unlike an assignment, this makes `__proto__` a name like any other.
    return Object.fromEntries(entries);
  }

  function readArray(depth: number): unknown[] {
    const items: unknown[] = [];
    at += 1;
    skipSpace();
    while (text[at] !== ']') {
      if (items.length > 0) {
        if (text[at] !== ',') fail('lacks a comma');
        at += 1;
      }
      items.push(readValue(depth + 1));
      skipSpace();
    }
    at += 1;
    return items;
  }

  function readValue(depth: number): unknown {
    if (depth > maxDepth) fail(`is nested more than ${maxDepth} levels deep`);
    skipSpace();
    switch (text[at]) {
      case '{':
        return readObject(depth);
      case '[':
        return readArray(depth);
      case '"':
        return readString();
      default:
    }
    for (const [word, value] of LITERALS) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return value;
    }
    NUMBER.lastIndex = at;
    if (!NUMBER.test(text)) fail('is no JSON');
    const value = Number(text.slice(at, NUMBER.lastIndex));
    at = NUMBER.lastIndex;
    return value;
  }

  const value = readValue(0);
  skipSpace();
  if (at < text.length) fail('goes on after its end');
  return value;
}
