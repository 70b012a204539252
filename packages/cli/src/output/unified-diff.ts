/** What {@link formatUnifiedDiff} compares. */
export interface DiffOptions {
  readonly before: string;
  readonly after: string;
  /** Names of both sides for the head. */
  readonly beforeName: string;
  readonly afterName: string;
  /** Lines of context around a change. Defaults to 3. */
  readonly context?: number;
}

interface Edit {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Compares two texts line by line in the form of `diff -u`; `''` when they are alike. */
export function formatUnifiedDiff({ before, after, beforeName, afterName, context = 3 }: DiffOptions): string {
  const edits = diffLines(linesOf(before), linesOf(after));
  const hunks = groupHunks(edits, context);
  if (hunks.length === 0) return '';
  return [`--- ${beforeName}`, `+++ ${afterName}`, ...hunks.flatMap((hunk) => formatHunk(edits, hunk)), ''].join('\n');
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Shortest edit by the longest common subsequence of what common head and tail leave. */
function diffLines(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail += 1;
  const keep = (text: string): Edit => ({ mark: ' ', text });
  return [
    ...before.slice(0, head).map(keep),
    ...diffMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(keep),
  ];
}

// Above this many cells the table would cost more than a reader gains: all old lines, then all new ones.
const MAX_CELLS = 4_000_000;

function diffMiddle(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const removed = (text: string): Edit => ({ mark: '-', text });
  const added = (text: string): Edit => ({ mark: '+', text });
  const width = after.length + 1;
  if ((before.length + 1) * width > MAX_CELLS) return [...before.map(removed), ...after.map(added)];
  const longest = new Uint32Array((before.length + 1) * width);
  const cell = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        before[i] === after[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const fresh = after[j];
    if (old !== undefined && old === fresh) {
      edits.push({ mark: ' ', text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || cell(i + 1, j) >= cell(i, j + 1))) {
      edits.push(removed(old));
      i += 1;
    } else if (fresh !== undefined) {
      edits.push(added(fresh));
      j += 1;
    }
  }
  return edits;
}

interface Hunk {
  readonly from: number;
  readonly to: number;
}

/** Ranges of edits around the changes, joined where their context touches. */
function groupHunks(edits: readonly Edit[], context: number): readonly Hunk[] {
  const hunks: Hunk[] = [];
  edits.forEach(({ mark }, at) => {
    if (mark === ' ') return;
    const hunk = { from: Math.max(0, at - context), to: Math.min(edits.length, at + context + 1) };
    const last = hunks.at(-1);
    if (last !== undefined && hunk.from <= last.to) hunks[hunks.length - 1] = { from: last.from, to: hunk.to };
    else hunks.push(hunk);
  });
  return hunks;
}

function formatHunk(edits: readonly Edit[], { from, to }: Hunk): readonly string[] {
  const count = (part: readonly Edit[], mark: '-' | '+') =>
    part.filter((it) => it.mark === ' ' || it.mark === mark).length;
  const [earlier, inside] = [edits.slice(0, from), edits.slice(from, to)];
  const range = (mark: '-' | '+') => {
    const length = count(inside, mark);
    // An empty range names the line before it, as diff does.
    return `${count(earlier, mark) + (length === 0 ? 0 : 1)},${length}`;
  };
  return [`@@ -${range('-')} +${range('+')} @@`, ...inside.map(({ mark, text }) => mark + text)];
}
