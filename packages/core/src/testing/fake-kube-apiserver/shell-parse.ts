import type { Command, Pipeline, Redirect, Script, Word, WordPart } from './shell-syntax.ts';

/** A script that the scripted shell can't read. */
export class ShellSyntaxError extends Error {}

const KEYWORDS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}', 'esac']);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/** Parses a script of the scripted shell: lists, pipelines, redirects, quotes, expansions, if, while, until, for, groups. */
export function parseScript(source: string): Script {
  const parser = createParser(source);
  const script = parser.list();
  if (!parser.atEnd()) throw new ShellSyntaxError(`syntax error: unexpected "${parser.rest().slice(0, 10)}"`);
  return script;
}

function createParser(source: string) {
  let at = 0;
  const peek = (offset = 0): string => source[at + offset] ?? '';
  const startsWith = (text: string): boolean => source.startsWith(text, at);

  function skipBlanks(newlines: boolean): void {
    for (;;) {
      if (peek() === ' ' || peek() === '\t' || (newlines && (peek() === '\n' || peek() === ';'))) at++;
      else if (startsWith('\\\n')) at += 2;
      else if (peek() === '#' && (at === 0 || /[\s;]/.test(source[at - 1] as string))) {
        while (at < source.length && peek() !== '\n') at++;
      } else return;
    }
  }

  function keyword(): string {
    const match = /^(?:[a-z]+|[{}!])(?=[\s;)&|]|$)/.exec(source.slice(at, at + 12));
    return match?.[0] ?? '';
  }

  function expect(word: string): void {
    skipBlanks(true);
    if (keyword() !== word) throw new ShellSyntaxError(`syntax error: expected "${word}"`);
    at += word.length;
  }

  function list(): Script {
    const items: { join: ';' | '&&' | '||'; pipeline: Pipeline }[] = [];
    let join: ';' | '&&' | '||' = ';';
    for (;;) {
      skipBlanks(join === ';');
      if (at >= source.length || peek() === ')' || KEYWORDS.has(keyword())) return items;
      items.push({ join, pipeline: pipeline() });
      skipBlanks(false);
      if (startsWith('&&') || startsWith('||')) {
        join = startsWith('&&') ? '&&' : '||';
        at += 2;
        skipBlanks(false);
        while (peek() === '\n') at++;
      } else if (peek() === ';' || peek() === '\n' || peek() === '&') {
        at++;
        join = ';';
      } else return items;
    }
  }

  function pipeline(): Pipeline {
    const negated = keyword() === '!';
    if (negated) at += 1;
    const commands: Command[] = [command()];
    for (skipBlanks(false); peek() === '|' && peek(1) !== '|'; skipBlanks(false)) {
      at++;
      skipBlanks(true);
      commands.push(command());
    }
    return { negated, commands };
  }

  function command(): Command {
    skipBlanks(false);
    if (peek() === '(') {
      at++;
      const body = list();
      if (peek() !== ')') throw new ShellSyntaxError('syntax error: expected ")"');
      at++;
      return { is: 'group', body, subshell: true, redirects: redirects() };
    }
    switch (keyword()) {
      case '{': {
        at++;
        const body = list();
        expect('}');
        return { is: 'group', body, subshell: false, redirects: redirects() };
      }
      case 'if':
        return ifCommand();
      case 'while':
      case 'until': {
        const until = keyword() === 'until';
        at += 5;
        const condition = list();
        return { is: 'loop', until, condition, body: doBody() };
      }
      case 'for':
        return forCommand();
      default:
        return simple();
    }
  }

  function doBody(): Script {
    expect('do');
    const body = list();
    expect('done');
    return body;
  }

  function ifCommand(): Command {
    const branches: { condition: Script; body: Script }[] = [];
    let otherwise: Script | undefined;
    let next = 'if';
    while (next === 'if' || next === 'elif') {
      at += next.length;
      const condition = list();
      expect('then');
      branches.push({ condition, body: list() });
      skipBlanks(true);
      next = keyword();
    }
    if (next === 'else') {
      at += 4;
      otherwise = list();
    }
    expect('fi');
    return { is: 'if', branches, otherwise };
  }

  function forCommand(): Command {
    at += 3;
    skipBlanks(false);
    const name = NAME.exec(source.slice(at))?.[0] ?? '';
    at += name.length;
    expect('in');
    const words: Word[] = [];
    for (skipBlanks(false); at < source.length && !/[;\n]/.test(peek()); skipBlanks(false)) words.push(word());
    return { is: 'for', name, words, body: doBody() };
  }

  function redirects(): Redirect[] {
    const found: Redirect[] = [];
    for (;;) {
      skipBlanks(false);
      const match = /^(\d?)(>>|>&|>|<)/.exec(source.slice(at, at + 3));
      if (!match) return found;
      at += match[0].length;
      skipBlanks(false);
      const operator = match[2] as Redirect['operator'];
      const fd = match[1] === '' || match[1] === undefined ? (operator === '<' ? 0 : 1) : Number(match[1]);
      found.push({ fd, operator, target: word() });
    }
  }

  function simple(): Command {
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const all: Redirect[] = [];
    for (;;) {
      all.push(...redirects());
      skipBlanks(false);
      if (at >= source.length || /[;&|)\n]/.test(peek())) break;
      const assignment = words.length === 0 ? /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(source.slice(at)) : null;
      if (assignment) {
        at += assignment[0].length;
        const value = /[\s;&|)]|^$/.test(peek()) ? [] : word();
        assignments.push({ name: assignment[1] as string, value });
      } else words.push(word());
    }
    return { is: 'simple', assignments, words, redirects: all };
  }

  function word(): Word {
    const parts: WordPart[] = [];
    const begin = at;
    while (at < source.length && !/[\s;&|()<>]/.test(peek())) {
      if (peek() === "'") parts.push(singleQuoted());
      else if (peek() === '"') parts.push(...doubleQuoted());
      else if (peek() === '$' || peek() === '`') parts.push(expansion(false));
      else if (peek() === '\\') {
        parts.push({ is: 'text', text: peek(1), quoted: true });
        at += 2;
      } else parts.push({ is: 'text', text: source[at++] as string, quoted: false });
    }
    if (at === begin) throw new ShellSyntaxError(`syntax error: unexpected "${peek()}"`);
    return parts;
  }

  function singleQuoted(): WordPart {
    const end = source.indexOf("'", at + 1);
    if (end === -1) throw new ShellSyntaxError('syntax error: unterminated quoted string');
    const text = source.slice(at + 1, end);
    at = end + 1;
    return { is: 'text', text, quoted: true };
  }

  function doubleQuoted(): WordPart[] {
    const parts: WordPart[] = [{ is: 'text', text: '', quoted: true }];
    at++;
    while (peek() !== '"') {
      if (at >= source.length) throw new ShellSyntaxError('syntax error: unterminated quoted string');
      if (peek() === '$' || peek() === '`') parts.push(expansion(true));
      else {
        if (peek() === '\\' && /["\\$`]/.test(peek(1))) at++;
        parts.push({ is: 'text', text: source[at++] as string, quoted: true });
      }
    }
    at++;
    return parts;
  }

  function expansion(quoted: boolean): WordPart {
    if (peek() === '`') {
      const end = source.indexOf('`', at + 1);
      if (end === -1) throw new ShellSyntaxError('syntax error: unterminated "`"');
      const script = parseScript(source.slice(at + 1, end));
      at = end + 1;
      return { is: 'command', script, quoted };
    }
    if (startsWith('$((')) {
      const end = source.indexOf('))', at);
      if (end === -1) throw new ShellSyntaxError('syntax error: expected "))"');
      const expression = source.slice(at + 3, end);
      at = end + 2;
      return { is: 'arithmetic', expression };
    }
    if (startsWith('$(')) {
      at += 2;
      const script = list();
      if (peek() !== ')') throw new ShellSyntaxError('syntax error: expected ")"');
      at++;
      return { is: 'command', script, quoted };
    }
    const braced = /^\$\{([A-Za-z0-9_?#@]+)(?::?-([^}]*))?\}/.exec(source.slice(at));
    if (braced) {
      at += braced[0].length;
      return { is: 'variable', name: braced[1] as string, fallback: braced[2], quoted };
    }
    const plain = /^\$([A-Za-z_][A-Za-z0-9_]*|[0-9?#@*$!])/.exec(source.slice(at));
    at += plain ? plain[0].length : 1;
    if (!plain) return { is: 'text', text: '$', quoted: true };
    return { is: 'variable', name: plain[1] as string, fallback: undefined, quoted };
  }

  return { list, atEnd: () => at >= source.length, rest: () => source.slice(at) };
}
