/** One line of a comparison, or some that are left out because nothing changed there. */
export type DiffLine =
  | { readonly kind: 'same' | 'added' | 'removed'; readonly text: string }
  | { readonly kind: 'fold'; readonly count: number };

const CONTEXT = 3;
/** Beyond this many pairs of lines what differs is shown as removed and added whole: exact, only less fine. */
const MAX_PAIRS = 4_000_000;

/** Compares two texts line by line; stretches without a change longer than six lines are folded. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1;
  const middle = compare(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  return fold([...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)]);
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** Longest common subsequence, by the table. */
function compare(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const whole = (): DiffLine[] => [
    ...a.map((text) => ({ kind: 'removed', text }) as const),
    ...b.map((text) => ({ kind: 'added', text }) as const),
  ];
  if (a.length === 0 || b.length === 0 || a.length * b.length > MAX_PAIRS) return whole();
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'removed', text: a[i] ?? '' });
      i += 1;
    } else {
      lines.push({ kind: 'added', text: b[j] ?? '' });
      j += 1;
    }
  }
  return lines;
}

function fold(lines: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ kind }) => kind !== 'same'),
  );
  const folded: DiffLine[] = [];
  for (let index = 0; index < lines.length; ) {
    const line = lines[index] as DiffLine;
    if (isNear[index]) {
      folded.push(line);
      index += 1;
      continue;
    }
    const end = isNear.indexOf(true, index);
    const count = (end < 0 ? lines.length : end) - index;
    if (count === 1) folded.push(line);
    else folded.push({ kind: 'fold', count });
    index += count;
  }
  return folded;
}
