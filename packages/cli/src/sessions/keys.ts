import type { CliContext } from '../context.ts';

/** What somebody wants of a player. */
export type PlayerKey = 'pause' | 'quit' | { readonly seekMs: number };

/** Keys as they are pressed. */
export interface Keys {
  /** The next key; `undefined` when none was pressed within `ms`. */
  next(ms: number): Promise<PlayerKey | undefined>;
  /** Gives the keyboard back. */
  close(): void;
}

const SHORT_MS = 10_000;
const LONG_MS = 60_000;
/** What terminals send, in normal and in application mode. */
const MEANINGS: Readonly<Record<string, PlayerKey>> = {
  ' ': 'pause',
  q: 'quit',
  '\u0003': 'quit',
  '\u001b[C': { seekMs: SHORT_MS },
  '\u001bOC': { seekMs: SHORT_MS },
  '\u001b[D': { seekMs: -SHORT_MS },
  '\u001bOD': { seekMs: -SHORT_MS },
  '\u001b[A': { seekMs: LONG_MS },
  '\u001bOA': { seekMs: LONG_MS },
  '\u001b[B': { seekMs: -LONG_MS },
  '\u001bOB': { seekMs: -LONG_MS },
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys that move the cursor begin with ESC.
const KEY = /\u001b(?:\[|O)[A-D]|[\s\S]/g;

/**
 * Takes keys from the terminal as they are pressed, where there is one; else there are none. An interruption counts as `quit`.
 */
export function openKeys(
  { stdin, clock }: Pick<CliContext, 'stdin' | 'clock'>,
  signal: AbortSignal,
  isTty: boolean,
): Keys {
  const pressed: PlayerKey[] = [];
  let wake: (() => void) | undefined;
  const press = (key: PlayerKey) => {
    pressed.push(key);
    wake?.();
  };
  const onData = (data: Uint8Array | string) => {
    for (const [key] of Buffer.from(data as Uint8Array)
      .toString('latin1')
      .matchAll(KEY)) {
      const meaning = MEANINGS[key];
      if (meaning !== undefined) press(meaning);
    }
  };
  const onAbort = () => press('quit');
  signal.addEventListener('abort', onAbort);
  const terminal = isTty && stdin.isTTY === true ? stdin : undefined;
  terminal?.setRawMode?.(true);
  terminal?.on?.('data', onData);
  return {
    async next(ms) {
      if (pressed.length === 0 && ms > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          // No timer reaches further; nobody waits so long.
          if (ms < 2 ** 31) clock.setTimeout(resolve, ms);
        });
        wake = undefined;
      }
      return pressed.shift();
    },
    close() {
      signal.removeEventListener('abort', onAbort);
      terminal?.off?.('data', onData);
      terminal?.setRawMode?.(false);
      terminal?.pause?.();
    },
  };
}
