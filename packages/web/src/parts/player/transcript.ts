import type { CastEvent } from '@sallyport/core/terminal';
import { createPrintedText } from '@sallyport/core/terminal';

/** What a shell was told, and what it printed for it. */
export interface TranscriptEntry {
  /** When it began to be typed, or printed where there is no command, in milliseconds of the recording. */
  readonly atMs: number;
  /** What stands behind the prompt; absent of what was printed before the first one, and where no prompt is known. */
  readonly command?: string;
  /** Lines of output, without anything that acts on a terminal. */
  readonly lines: readonly string[];
}

/** A prompt and what stands behind it: `/app $ ls`, `root@pod:/# ls`, `sh-5.1$ ls`. */
const PROMPT = /^(?:\([\w.-]+\) )?[\w@.:~/[\] +-]{0,80}?[$#%] (\S.*)$/;
const MAX_LINE_CHARACTERS = 2_000;

/**
 * Reads the text of a recording, cut where a prompt begins. What was typed is known by its echo only; a program that draws on the
 * whole screen leaves what it printed, in the order in which it did.
 */
export function transcriptOf(events: readonly CastEvent[]): readonly TranscriptEntry[] {
  const entries: { atMs: number; command?: string; lines: string[] }[] = [];
  const text = createPrintedText();
  let line = '';
  let lineAtMs: number | undefined;
  /** When something was added to the line: of a prompt, when typing began. */
  let addedAtMs: number | undefined;
  const end = () => {
    const whole = line.trimEnd().slice(0, MAX_LINE_CHARACTERS);
    const atMs = lineAtMs ?? 0;
    const typedAtMs = addedAtMs ?? atMs;
    line = '';
    lineAtMs = undefined;
    addedAtMs = undefined;
    if (whole === '') return;
    const command = PROMPT.exec(whole)?.[1];
    if (command !== undefined) entries.push({ atMs: typedAtMs, command, lines: [] });
    else if (entries.length === 0) entries.push({ atMs, lines: [whole] });
    else entries.at(-1)?.lines.push(whole);
  };
  for (const { atMs, code, data } of events) {
    if (code !== 'o') continue;
    const [first = '', ...rest] = text.write(data).split('\n');
    if (first !== '') {
      if (line !== '') addedAtMs ??= atMs;
      lineAtMs ??= atMs;
    }
    line += first;
    for (const next of rest) {
      end();
      if (next !== '') lineAtMs = atMs;
      line = next;
    }
  }
  end();
  return entries;
}

/** Where words were found. */
export interface TranscriptMatch {
  /** Place of its entry in the transcript. */
  readonly entry: number;
  readonly atMs: number;
  /** The line that has them. */
  readonly text: string;
}

/** Lines of the transcript that hold `words`, in any letter case, one for each entry and line. */
export function searchTranscript(entries: readonly TranscriptEntry[], words: string): readonly TranscriptMatch[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return [];
  return entries.flatMap(({ atMs, command, lines }, entry) =>
    [...(command === undefined ? [] : [command]), ...lines]
      .filter((text) => text.toLowerCase().includes(wanted))
      .map((text) => ({ entry, atMs, text })),
  );
}
