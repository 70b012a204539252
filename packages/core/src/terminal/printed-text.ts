import { dropReordering } from './active-characters.ts';
import { createTerminalScanner } from './scan.ts';

/** Reads the text out of terminal output, piece by piece. */
export interface PrintedText {
  /** The text of a piece: lines, without sequences. What a backspace took back of this piece is not in it. */
  write(piece: string): string;
}

const BACKSPACE = 8;

/**
 * Makes a reader of the words in terminal output: attributes leave no trace, since they may change inside a word, and
 * whatever moves the cursor or begins a line parts words. It does not lay out a screen.
 */
export function createPrintedText(): PrintedText {
  let out: string[] = [];
  const part = () => {
    if (out.at(-1) !== '\n') out.push('\n');
  };
  const scanner = createTerminalScanner({
    print(text) {
      for (const character of dropReordering(text)) out.push(character);
    },
    control(code) {
      if (code === BACKSPACE) {
        if (out.at(-1) !== '\n') out.pop();
      } else if (code >= 9 && code <= 13) part();
    },
    escape() {},
    csi(_, final) {
      // K erases the rest of a line: shells send it behind a backspace.
      if (final !== 'm' && final !== 'K' && final !== 'h' && final !== 'l') part();
    },
  });
  return {
    write(piece) {
      out = [];
      scanner.write(piece);
      return out.join('');
    },
  };
}
