import { createOutputNeutraliser } from '@sallyport/core/terminal';
import { parseSize } from './cast.ts';

/** What a player draws on: the part of xterm that it needs. */
export interface Display {
  write(text: string): void;
  reset(): void;
  resize(columns: number, rows: number): void;
}

/** Draws what was recorded, and nothing else of it. */
export interface CastScreen {
  /** Shows what of `output` draws: never what makes a terminal answer, change its title, or open a link. */
  show(output: string): void;
  /** Takes the size of an `r` event; one that no terminal has changes nothing. */
  resize(size: string): void;
  /** Begins anew, on an empty screen of this size. */
  clear(size: { readonly width: number; readonly height: number }): void;
}

/** Makes a screen. Everything that reaches `display` has passed the neutraliser. */
export function createCastScreen(display: Display): CastScreen {
  let neutraliser = createOutputNeutraliser();
  return {
    show(output) {
      const drawn = neutraliser.write(output);
      if (drawn !== '') display.write(drawn);
    },
    resize(text) {
      const size = parseSize(text);
      if (size !== undefined) display.resize(size.width, size.height);
    },
    clear({ width, height }) {
      neutraliser = createOutputNeutraliser();
      display.reset();
      display.resize(width, height);
    },
  };
}
