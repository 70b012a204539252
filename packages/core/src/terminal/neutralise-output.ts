import { dropReordering } from './active-characters.ts';
import { attributeParameters, drawingParameters } from './allowed-sequences.ts';
import { drawLines } from './line-drawing.ts';
import { createTerminalScanner } from './scan.ts';

/** Lets what draws through, piece by piece. */
export interface OutputNeutraliser {
  /** What of `text` may reach a terminal. `text` may end anywhere; what is not whole waits for the next piece. */
  write(text: string): string;
  /** What puts the terminal back as it was: other screen, cursor, colours, scroll region. Use no more afterwards. */
  end(): string;
}

/** Options of {@link createOutputNeutraliser}. */
export interface OutputNeutraliserOptions {
  /**
   * Shows every character beyond ASCII as `?`. For a terminal that does not read UTF-8: to one, the bytes of harmless characters
   * can be 8-bit controls. Defaults to `false`.
   */
  readonly isAscii?: boolean;
}

const [BACKSPACE, TAB, LINE_FEED, FORM_FEED, CARRIAGE_RETURN, SHIFT_OUT, SHIFT_IN] = [8, 9, 10, 12, 13, 14, 15];

/** Private modes that draw, with the state that a terminal is in without them. */
const MODES: ReadonlyMap<string, 'h' | 'l'> = new Map([
  ['6', 'l'], // positions count from the scroll region
  ['7', 'h'], // lines wrap
  ['25', 'h'], // the cursor is shown
]);
const OTHER_SCREEN = new Set(['47', '1047', '1049']);
const INSERT = '4';
const CLEAR = '\u001b[H\u001b[2J';

/**
 * Makes what stands between foreign terminal output and somebody's terminal. It lets through what draws: text, colours and
 * other attributes, movement of the cursor, erasing, scroll regions, the other screen. Everything else is dropped: titles,
 * clipboard and links (OSC), device control and application commands (DCS, APC, PM, SOS), whatever makes a terminal answer
 * (status, attributes, ENQ), modes that outlive the output (mouse, bracketed paste, keypad, character sets), printing, window
 * operations, 8-bit forms of all of these, the bell, and characters that reorder or hide text. Line drawing becomes Unicode.
 *
 * What it writes is composed anew from what it read: 7-bit sequences with bounded numbers. How the input is cut into pieces
 * changes nothing of the whole. ECMA-48, and the control sequences of xterm.
 */
export function createOutputNeutraliser({ isAscii = false }: OutputNeutraliserOptions = {}): OutputNeutraliser {
  let out = '';
  let graphics = [false, false];
  let shift = 0;
  /** What the terminal has to be told in the end, by what it was told. */
  const undo = new Map<string, string>();

  function setMode(mode: string, final: 'h' | 'l'): void {
    const usual = MODES.get(mode);
    const isOther = OTHER_SCREEN.has(mode);
    if (usual === undefined && !isOther) return;
    const sequence = (state: string) => `\u001b[?${isOther ? '1049' : mode}${state}`;
    out += sequence(final);
    if (final === (usual ?? 'l')) undo.delete(sequence(''));
    else undo.set(sequence(''), sequence(usual ?? 'l'));
  }

  function restored(): string {
    const all = [...undo.values()].join('');
    undo.clear();
    return all;
  }

  const scanner = createTerminalScanner({
    print(text) {
      const seen = dropReordering(graphics[shift] === true ? drawLines(text) : text);
      out += isAscii ? seen.replace(/[^ -~]/gu, '?') : seen;
    },
    control(code) {
      if (code === BACKSPACE || code === TAB || code === CARRIAGE_RETURN) out += String.fromCharCode(code);
      else if (code >= LINE_FEED && code <= FORM_FEED) out += '\n';
      else if (code === SHIFT_OUT) shift = 1;
      else if (code === SHIFT_IN) shift = 0;
    },
    escape(intermediates, final) {
      if (intermediates === '(') graphics = [final === '0', graphics[1] === true];
      else if (intermediates === ')') graphics = [graphics[0] === true, final === '0'];
      else if (intermediates !== '') return;
      else if (final === 'c') {
        // A reset would take settings of the viewer's own along.
        out += `${restored()}\u001b[0m${CLEAR}`;
        graphics = [false, false];
        shift = 0;
      } else if ('78DEM'.includes(final)) out += `\u001b${final}`;
    },
    csi(parameters, final) {
      if (final === 'm') {
        const attributes = attributeParameters(parameters);
        if (attributes === undefined) return;
        out += `\u001b[${attributes}m`;
        undo.set('m', '\u001b[0m');
        return;
      }
      if (final === 'h' || final === 'l') {
        if (parameters.startsWith('?')) for (const mode of parameters.slice(1).split(';')) setMode(mode, final);
        else if (parameters === INSERT) {
          out += `\u001b[4${final}`;
          if (final === 'h') undo.set('4', '\u001b[4l');
          else undo.delete('4');
        }
        return;
      }
      const numbers = drawingParameters(parameters, final);
      if (numbers === undefined) return;
      out += `\u001b[${numbers}${final}`;
      // Setting the region moves the cursor.
      if (final === 'r') undo.set('r', '\u001b7\u001b[r\u001b8');
    },
  });

  return {
    write(text) {
      out = '';
      scanner.write(text);
      return out;
    },
    end: restored,
  };
}
