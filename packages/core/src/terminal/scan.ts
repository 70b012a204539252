/** What a scanner tells of what it reads, in order. */
export interface TerminalTokens {
  /** Text without any control character. A code point is never split. */
  print(text: string): void;
  /** A C0 control that is no part of a sequence, by its code. */
  control(code: number): void;
  /** An escape sequence: `ESC`, what stands between, and its last character. */
  escape(intermediates: string, final: string): void;
  /** A control sequence: what stands between `CSI` and its last character, as it came. */
  csi(parameters: string, final: string): void;
}

/** Reads what a program writes to a terminal, piece by piece. */
export interface TerminalScanner {
  /** Reads on; `text` may end anywhere, also inside a sequence or a surrogate pair. */
  write(text: string): void;
}

/** Longest control sequence that is read as one; a longer one is passed over. */
const MAX_SEQUENCE = 256;
/**
 * Longest control string (title, clipboard, device control) in characters. One that has not ended by then is taken for
 * unterminated, and what follows for text: else a program could hide the rest of what it prints from whoever reads it later.
 */
export const MAX_CONTROL_STRING = 4_096;

const [CAN, SUB, ESC, DEL] = [0x18, 0x1a, 0x1b, 0x7f];
const PRINTED = /\P{Cc}+/uy;
const CONTROL = /\p{Cc}/gu;
/** Ends of a control string: BEL, CAN, SUB, ESC and ST; other controls within it are parts of it. */
const STRING_ENDS = new Set([0x07, CAN, SUB, ESC, 0x9c]);
/** What begins a control string behind ESC: DCS, OSC, SOS, PM, APC, and the title of GNU Screen and tmux. */
const STRING_STARTS = new Set(['P', ']', 'X', '^', '_', 'k']);

/**
 * Makes a scanner of terminal output after the state machine of DEC's terminals (ECMA-48; P. Williams, "A parser for DEC's
 * ANSI-compatible video terminals"). 8-bit controls are read as their 7-bit forms. Control strings are passed over whole, and
 * so is a sequence that a control of its own cuts short. It keeps at most {@link MAX_SEQUENCE} characters.
 */
export function createTerminalScanner(tokens: TerminalTokens): TerminalScanner {
  let state: 'ground' | 'escape' | 'csi' | 'passed' | 'string' = 'ground';
  let collected = '';
  let stringLength = 0;
  let held = '';

  function begin(next: typeof state): void {
    state = next;
    collected = '';
    stringLength = 0;
  }

  function endEscape(final: string): void {
    const intermediates = collected;
    if (intermediates === '' && final === '[') begin('csi');
    else if (intermediates === '' && STRING_STARTS.has(final)) begin('string');
    else {
      begin('ground');
      tokens.escape(intermediates, final);
    }
  }

  /** Takes a control character, which acts alike in every state but within control strings. */
  function control(code: number): void {
    if (code === ESC) begin('escape');
    else if (code === CAN || code === SUB) begin('ground');
    else if (code < 0x20) tokens.control(code);
    else if (code !== DEL) {
      begin('escape');
      endEscape(String.fromCharCode(code - 0x40));
    }
  }

  function sequence(character: string, code: number): void {
    if (code > DEL) {
      begin('ground');
      tokens.print(character);
      return;
    }
    const isFinal = state === 'escape' ? code >= 0x30 : code >= 0x40;
    if (!isFinal) {
      collected += character;
      if (collected.length <= MAX_SEQUENCE) return;
      // What goes on for ever is text by now, as an endless control string is.
      begin(state === 'passed' ? 'ground' : 'passed');
      return;
    }
    if (state === 'escape') {
      endEscape(character);
      return;
    }
    const [parameters, isWhole] = [collected, state === 'csi'];
    begin('ground');
    if (isWhole) tokens.csi(parameters, character);
  }

  /** Passes over a control string from `at`; yields where to go on. */
  function passString(text: string, at: number): number {
    const end = endOfString(text, at);
    const left = MAX_CONTROL_STRING - stringLength;
    if (end - at > left) {
      begin('ground');
      const isInPair = (text.codePointAt(at + left - 1) ?? 0) > 0xffff;
      return at + left + (isInPair ? 1 : 0);
    }
    stringLength += end - at;
    if (end === text.length) return end;
    const code = text.charCodeAt(end);
    // ESC begins a sequence of its own: ST, which does nothing by itself, or another one.
    begin(code === ESC ? 'escape' : 'ground');
    return end + 1;
  }

  return {
    write(piece) {
      let text = held + piece;
      held = '';
      const last = text.charCodeAt(text.length - 1);
      if (last >= 0xd800 && last <= 0xdbff) {
        held = text.slice(-1);
        text = text.slice(0, -1);
      }
      let at = 0;
      while (at < text.length) {
        if (state === 'string') {
          at = passString(text, at);
          continue;
        }
        if (state === 'ground') {
          PRINTED.lastIndex = at;
          const run = PRINTED.exec(text)?.[0];
          if (run !== undefined) {
            tokens.print(run);
            at += run.length;
            continue;
          }
        }
        const code = text.codePointAt(at) ?? 0;
        const character = String.fromCodePoint(code);
        at += character.length;
        if (code < 0x20 || (code >= DEL && code < 0xa0)) control(code);
        else sequence(character, code);
      }
    },
  };
}

function endOfString(text: string, from: number): number {
  CONTROL.lastIndex = from;
  for (let found = CONTROL.exec(text); found !== null; found = CONTROL.exec(text)) {
    if (STRING_ENDS.has(text.charCodeAt(found.index))) return found.index;
  }
  return text.length;
}
