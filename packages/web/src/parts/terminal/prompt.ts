import type { TerminalMessage } from '@sallyport/core/api';
import type { EditedLine } from './line-editor.ts';

const DIM = '\u001b[2m';
const GREEN = '\u001b[32m';
const RED = '\u001b[31m';
const BOLD = '\u001b[1m';
const PLAIN = '\u001b[0m';

/** The prompt, in front of a line. */
export interface Prompt {
  readonly cluster: string;
  readonly namespace: string;
}

/** Characters of a prompt on the screen. */
export function promptWidth({ cluster, namespace }: Prompt): number {
  return cluster.length + namespace.length + 4;
}

/** The prompt with what is typed behind it. `isPreset`: an address brought it, and nobody has agreed to it yet. */
export function formatPrompt({ cluster, namespace }: Prompt, { text }: EditedLine, isPreset: boolean): string {
  const line = isPreset
    ? `\u001b[33m${text}${PLAIN}${DIM}  from the link; Enter runs it, Ctrl+C drops it${PLAIN}`
    : `${BOLD}${text}${PLAIN}`;
  return `${GREEN}${cluster}${PLAIN}${DIM}/${namespace} $${PLAIN} ${line}`;
}

/** A refusal: what, why, and what next. Its words hold text of the line, which must not act on the screen. */
export function formatRefusal({ code, message, nextStep }: Extract<TerminalMessage, { type: 'refused' }>): string {
  const next = nextStep === undefined ? '' : `         ${printable(nextStep)}\r\n`;
  return `${RED}Refused.${PLAIN} ${printable(message)} ${DIM}[${printable(code)}]${PLAIN}\r\n${next}`;
}

/** What stands at the end of a terminal. Colours and screens that a program left switched on are put back first. */
export function formatEnd(note: string): string {
  return `\u001b[?1047l${PLAIN}\r\n${DIM}${printable(note)}. Enter opens a new one.${PLAIN}\r\n`;
}

/** Text without anything that acts on a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '�');
}

/**
 * What draws a line anew where it was drawn before: back to its first row, all below away, the line, then the cursor to its
 * place. `drawnRow`: the row of the cursor within what was drawn.
 */
export function redraw(
  prompt: Prompt,
  line: EditedLine,
  options: { readonly isPreset: boolean; readonly drawnRow: number; readonly columns: number },
): { readonly text: string; readonly row: number } {
  const { isPreset, drawnRow, columns } = options;
  const hint = isPreset ? '  from the link; Enter runs it, Ctrl+C drops it'.length : 0;
  const start = promptWidth(prompt);
  const end = start + line.text.length + hint;
  const cursor = start + line.cursor;
  // At the last column, a terminal goes on in the next row with the next character alone.
  const wrap = end > 0 && end % columns === 0 ? ' \b' : '';
  const up = Math.floor(end / columns) - Math.floor(cursor / columns);
  const back = drawnRow > 0 ? `\u001b[${drawnRow}A` : '';
  const place = `\r${up > 0 ? `\u001b[${up}A` : ''}${cursor % columns > 0 ? `\u001b[${cursor % columns}C` : ''}`;
  return {
    text: `\r${back}\u001b[J${formatPrompt(prompt, line, isPreset)}${wrap}${place}`,
    row: Math.floor(cursor / columns),
  };
}
