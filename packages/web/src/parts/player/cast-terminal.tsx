import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef } from 'react';
import type { Display } from './screen.ts';

/** What {@link CastTerminal} shows. */
export interface CastTerminalProps {
  /** The session had a terminal: its line feeds are meant as they are. */
  readonly isTty: boolean;
  /** Called once with what is drawn on; what it answers is called at the end. */
  readonly onReady: (display: Display) => () => void;
}

/** Width of a character as a share of the size of the font. */
const CHARACTER = 0.602;
const FONT = { least: 7, most: 13 };

/** A terminal that only shows. It takes the size that the recording says, in letters small enough that its width fits. */
export default function CastTerminal({ isTty, onReady }: CastTerminalProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const terminal = new Terminal({
      convertEol: !isTty,
      disableStdin: true,
      cursorBlink: false,
      fontFamily: "'Geist Mono Variable', ui-monospace, monospace",
      fontSize: FONT.most,
      lineHeight: 1.35,
      scrollback: 2_000,
      theme: themeOf(element),
      allowTransparency: true,
    });
    terminal.open(element);
    const fit = () => {
      const size = Math.floor((element.clientWidth - 8) / (terminal.cols * CHARACTER));
      terminal.options.fontSize = Math.min(FONT.most, Math.max(FONT.least, size));
    };
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    const end = onReady({
      write: (text) => terminal.write(text),
      // In the order of what is written, which waits to be drawn: ESC c resets, and a size is taken once its turn comes.
      reset: () => terminal.write('\u001bc'),
      resize: (columns, rows) =>
        terminal.write('', () => {
          terminal.resize(columns, rows);
          fit();
        }),
    });
    return () => {
      end();
      observer.disconnect();
      terminal.dispose();
    };
  }, [isTty, onReady]);
  return <div ref={box} className="min-h-0 w-full overflow-auto bg-terminal" />;
}

function themeOf(element: HTMLElement) {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--terminal-${name}`).trim();
  return {
    // The ground is that of the page below, which another theme makes another (`allowTransparency`).
    background: '#00000000',
    foreground: token('ink'),
    green: token('green'),
    yellow: token('yellow'),
    red: token('red'),
    blue: token('blue'),
    selectionBackground: token('select'),
  };
}
