import type { Filter } from '../grammar/filters.ts';
import { createHold } from './hold.ts';
import { createJqFilter } from './jq-filter.ts';

/** Takes lines, without their ends, and yields lines. */
export interface LineFilter {
  push(line: string): readonly string[];
  end(): readonly string[];
  /** Whether nothing that comes can change the answer any more. */
  readonly isDone: boolean;
}

/** Makes what carries out one filter. */
export function createLineFilter(filter: Filter): LineFilter {
  switch (filter.kind) {
    case 'grep':
      return grep(filter);
    case 'head':
      return head(filter.lines);
    case 'tail':
      return tail(filter);
    case 'wc':
      return wc(filter);
    case 'sort':
      return sort(filter);
    case 'uniq':
      return uniq(filter);
    case 'jq':
      return createJqFilter(filter);
  }
}

/** Puts filters behind one another. */
export function createPipeline(filters: readonly Filter[]): LineFilter {
  const stages = filters.map(createLineFilter);
  const through = (lines: readonly string[], from: number): readonly string[] =>
    stages
      .slice(from)
      .reduce<readonly string[]>((current, stage) => current.flatMap((line) => stage.push(line)), lines);
  return {
    push: (line) => through([line], 0),
    end: () => stages.flatMap((stage, at) => through(stage.end(), at + 1)),
    get isDone() {
      return stages.some(({ isDone }) => isDone);
    },
  };
}

const NOTHING: readonly string[] = [];

function grep(options: Extract<Filter, { kind: 'grep' }>): LineFilter {
  const { ignoresCase, isInverted, countsOnly, numbersLines, onlyMatching, before, after } = options;
  const pattern = new RegExp(options.pattern, `${ignoresCase ? 'i' : ''}${onlyMatching ? 'g' : ''}`);
  const earlier: [number, string][] = [];
  let [number, count, rest, lastShown] = [0, 0, 0, 0];
  const show = (at: number, line: string, mark: string) => {
    const gap = (before > 0 || after > 0) && lastShown > 0 && at > lastShown + 1 ? ['--'] : NOTHING;
    lastShown = at;
    return [...gap, numbersLines ? `${at}${mark}${line}` : line];
  };
  return {
    isDone: false,
    push(line) {
      number += 1;
      pattern.lastIndex = 0;
      if (pattern.test(line) !== isInverted) {
        count += 1;
        if (countsOnly) return NOTHING;
        if (onlyMatching)
          return isInverted ? NOTHING : (line.match(pattern) ?? []).flatMap((each) => show(number, each, ':'));
        rest = after;
        return [...earlier.splice(0).flatMap(([at, text]) => show(at, text, '-')), ...show(number, line, ':')];
      }
      if (countsOnly || onlyMatching) return NOTHING;
      if (rest > 0) {
        rest -= 1;
        return show(number, line, '-');
      }
      if (before > 0) earlier.push([number, line]);
      if (earlier.length > before) earlier.shift();
      return NOTHING;
    },
    end: () => (countsOnly ? [String(count)] : NOTHING),
  };
}

function head(lines: number): LineFilter {
  let left = lines;
  return {
    get isDone() {
      return left <= 0;
    },
    push(line) {
      left -= 1;
      return left >= 0 ? [line] : NOTHING;
    },
    end: () => NOTHING,
  };
}

function tail({ lines, isFromStart }: Extract<Filter, { kind: 'tail' }>): LineFilter {
  const last: string[] = [];
  let number = 0;
  return {
    isDone: false,
    push(line) {
      number += 1;
      if (isFromStart) return number >= lines ? [line] : NOTHING;
      last.push(line);
      if (last.length > lines) last.shift();
      return NOTHING;
    },
    end: () => last,
  };
}

function wc({ counts }: Extract<Filter, { kind: 'wc' }>): LineFilter {
  const found = { lines: 0, words: 0, bytes: 0 };
  return {
    isDone: false,
    push(line) {
      found.lines += 1;
      found.words += line.split(/\s+/).filter(Boolean).length;
      found.bytes += Buffer.byteLength(line) + 1;
      return NOTHING;
    },
    end: () => [counts.map((each) => String(found[each])).join(' ')],
  };
}

function sort({ isReversed, isNumeric, isUnique, key }: Extract<Filter, { kind: 'sort' }>): LineFilter {
  const lines: string[] = [];
  const hold = createHold('sort');
  const keyOf = (line: string) => (key === undefined ? line : (line.trim().split(/\s+/)[key - 1] ?? ''));
  const byKey = (a: string, b: string) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    if (isNumeric) return (Number.parseFloat(x) || 0) - (Number.parseFloat(y) || 0);
    return x < y ? -1 : x > y ? 1 : 0;
  };
  return {
    isDone: false,
    push(line) {
      hold(line);
      lines.push(line);
      return NOTHING;
    },
    end() {
      const sorted = lines.sort((a, b) => (isReversed ? byKey(b, a) : byKey(a, b)));
      return isUnique ? sorted.filter((line, at) => at === 0 || byKey(sorted[at - 1] ?? '', line) !== 0) : sorted;
    },
  };
}

function uniq({ countsRepeats, onlyRepeated, onlyUnique }: Extract<Filter, { kind: 'uniq' }>): LineFilter {
  let current: string | undefined;
  let count = 0;
  const flush = () => {
    if (current === undefined || (onlyRepeated && count === 1) || (onlyUnique && count > 1)) return NOTHING;
    return [countsRepeats ? `${String(count).padStart(7)} ${current}` : current];
  };
  return {
    isDone: false,
    push(line) {
      if (line === current) {
        count += 1;
        return NOTHING;
      }
      const shown = flush();
      current = line;
      count = 1;
      return shown;
    },
    end: flush,
  };
}
