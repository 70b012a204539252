/** A line that is being typed, and the lines before it. */
export interface EditedLine {
  readonly text: string;
  /** Where the next character goes, in code units. */
  readonly cursor: number;
  /** Which line of the history stands there; its length: none, the line is new. */
  readonly at: number;
  /** The new line, while one of the history is looked at. */
  readonly draft: string;
}

/** What a key came to. */
export type EditOutcome =
  | { readonly kind: 'edited'; readonly line: EditedLine }
  | { readonly kind: 'run'; readonly text: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'completing' }
  | { readonly kind: 'escaped' };

/** An empty line behind `history`. */
export function emptyLine(history: readonly string[], text = ''): EditedLine {
  return { text, cursor: text.length, at: history.length, draft: '' };
}

/** Puts `value` in place of what stands from `from` to the cursor. */
export function replaceWord(line: EditedLine, from: number, value: string): EditedLine {
  return {
    ...line,
    text: line.text.slice(0, from) + value + line.text.slice(line.cursor),
    cursor: from + value.length,
  };
}

/**
 * What keys do to a line, as a terminal reports them: one key, or a paste, which never runs anything: its line ends become blanks, and
 * Enter is a key of its own.
 */
export function edit(line: EditedLine, data: string, history: readonly string[]): EditOutcome {
  const { text, cursor } = line;
  const edited = (changes: Partial<EditedLine>): EditOutcome => ({ kind: 'edited', line: { ...line, ...changes } });
  const cut = (from: number, to: number) => edited({ text: text.slice(0, from) + text.slice(to), cursor: from });
  switch (data) {
    case '\r':
      return { kind: 'run', text };
    case '\t':
      return { kind: 'completing' };
    case '\u001b':
      return { kind: 'escaped' };
    case '\u0003':
      return { kind: 'cancelled' };
    case '\u000c':
      return { kind: 'cleared' };
    case '\u007f':
    case '\b':
      return cursor === 0 ? edited({}) : cut(before(text, cursor), cursor);
    case '\u001b[3~':
    case '\u0004':
      return cut(cursor, behind(text, cursor));
    case '\u001b[D':
    case '\u0002':
      return edited({ cursor: before(text, cursor) });
    case '\u001b[C':
    case '\u0006':
      return edited({ cursor: behind(text, cursor) });
    case '\u001b[H':
    case '\u0001':
      return edited({ cursor: 0 });
    case '\u001b[F':
    case '\u0005':
      return edited({ cursor: text.length });
    case '\u0015':
      return cut(0, cursor);
    case '\u000b':
      return edited({ text: text.slice(0, cursor) });
    case '\u0017':
      return cut(cursor - (/\S*\s*$/.exec(text.slice(0, cursor))?.[0].length ?? 0), cursor);
    case '\u001b[A':
    case '\u0010':
      return edited(fromHistory(line, history, line.at - 1));
    case '\u001b[B':
    case '\u000e':
      return edited(fromHistory(line, history, line.at + 1));
  }
  if (data.startsWith('\u001b')) return edited({});
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const typed = data.replace(/[\r\n\t]+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  return edited({ text: text.slice(0, cursor) + typed + text.slice(cursor), cursor: cursor + typed.length });
}

function fromHistory(line: EditedLine, history: readonly string[], at: number): Partial<EditedLine> {
  if (at < 0 || at > history.length) return {};
  const draft = line.at === history.length ? line.text : line.draft;
  const text = history[at] ?? draft;
  return { text, cursor: text.length, at, draft };
}

/** A character of two code units is stepped over at once. */
function before(text: string, cursor: number): number {
  return Math.max(0, cursor - (/[\udc00-\udfff]/.test(text[cursor - 1] ?? '') ? 2 : 1));
}

function behind(text: string, cursor: number): number {
  return Math.min(text.length, cursor + (/[\ud800-\udbff]/.test(text[cursor] ?? '') ? 2 : 1));
}
