import type { TerminalMessage } from '@sallyport/core/api';
import { type EditedLine, edit, emptyLine, replaceWord } from './line-editor.ts';
import { formatEnd, formatRefusal, redraw } from './prompt.ts';
import type { TerminalLink, TerminalLinkListener } from './terminal-link.ts';

/** What a session draws on: the part of xterm that it needs. */
export interface Screen {
  readonly cols: number;
  readonly rows: number;
  write(data: string | Uint8Array): void;
  clear(): void;
}

/** Suggestions, as the popup shows them. */
export interface Suggestions {
  readonly from: number;
  readonly word: string;
  readonly items: readonly { readonly value: string; readonly hint?: string | undefined }[];
  readonly selected: number;
  readonly source: string | undefined;
}

/** What the page around a terminal shows of it. */
export interface TerminalState {
  readonly kind: 'opening' | 'prompt' | 'running' | 'ended';
  readonly namespace: string;
  readonly kubectlVersion?: string;
  readonly expiresAt?: Date;
  readonly idleMs?: number;
  readonly suggestions?: Suggestions | undefined;
  /** A text that kubectl wants edited. */
  readonly editing?: { readonly id: number; readonly name: string; readonly text: string } | undefined;
  /** Of one that has ended: nobody said how, because the connection was lost or refused. */
  readonly isLost?: boolean;
  /** Said below: why it ended, or what became of a file. */
  readonly note?: string | undefined;
}

/** A terminal of a page: what is typed, what is shown, what the server says. */
export interface TerminalSession {
  readonly listener: TerminalLinkListener;
  /** Takes what was typed or pasted. */
  onData(data: string): void;
  onResize(columns: number, rows: number): void;
  take(item: number): void;
  finishEdit(text: string | undefined): void;
}

/** What {@link createTerminalSession} needs. */
export interface TerminalSessionOptions {
  readonly cluster: string;
  /** A line that an address brought; it waits until somebody presses Enter. */
  readonly preset: string;
  readonly screen: Screen;
  readonly link: () => TerminalLink;
  /** Lines that were run; added to. */
  readonly history: string[];
  readonly onState: (state: TerminalState) => void;
  readonly onUpload: () => void;
  /** Called when Enter is pressed in a terminal that has ended. */
  readonly onAgain: () => void;
  readonly onFile: (path: string, content: Uint8Array<ArrayBuffer>) => void;
  /** Calls back after a while; handed in so that nothing waits in tests. */
  readonly later: (work: () => void, ms: number) => void;
}

/** How long after a key suggestions are asked for, in milliseconds. */
const COMPLETE_AFTER_MS = 120;

/** Creates the page's side of a terminal. */
export function createTerminalSession(options: TerminalSessionOptions): TerminalSession {
  const { cluster, screen, link, history, onState, later } = options;
  let state: TerminalState = { kind: 'opening', namespace: 'default' };
  let line: EditedLine = emptyLine(history);
  let isPreset = false;
  let drawnRow = 0;
  let isInteractive = true;
  let asked = 0;
  let downloads = 0;

  const set = (changes: Partial<TerminalState>) => {
    state = { ...state, ...changes };
    onState(state);
  };
  const draw = () => {
    const drawn = redraw({ cluster, namespace: state.namespace }, line, { isPreset, drawnRow, columns: screen.cols });
    drawnRow = drawn.row;
    screen.write(drawn.text);
  };
  const prompt = (text = '') => {
    line = emptyLine(history, text);
    drawnRow = 0;
    set({ kind: 'prompt', suggestions: undefined });
    draw();
  };
  const change = (to: EditedLine) => {
    line = to;
    isPreset = false;
    draw();
    suggest();
  };
  const suggest = () => {
    const id = ++asked;
    set({ suggestions: undefined });
    if (line.text.trim() === '') return;
    later(() => {
      if (id !== asked || state.kind !== 'prompt') return;
      link().ask({ type: 'complete', id, line: line.text, cursor: line.cursor });
    }, COMPLETE_AFTER_MS);
  };

  function run(text: string): void {
    if (isPreset) {
      // What has run is no longer a suggestion of the link.
      isPreset = false;
      draw();
    }
    screen.write('\r\n');
    asked += 1;
    const words = text.trim();
    if (words !== '' && history.at(-1) !== words) history.push(words);
    if (words === 'clear') screen.clear();
    else if (words === 'history') screen.write(history.map((each) => `${each}\r\n`).join(''));
    else if (words === 'upload') options.onUpload();
    else if (words.startsWith('download ')) {
      downloads += 1;
      link().ask({ type: 'download', id: downloads, path: words.slice(9).trim() });
    } else {
      set({ kind: 'running', suggestions: undefined, note: undefined });
      link().ask({ type: 'run', line: text, columns: screen.cols, rows: screen.rows });
      return;
    }
    prompt();
  }

  function onPromptData(data: string): void {
    const { suggestions } = state;
    if (suggestions !== undefined && (data === '\u001b[A' || data === '\u001b[B') && suggestions.items.length > 0) {
      const step = data === '\u001b[A' ? -1 : 1;
      const count = suggestions.items.length;
      set({ suggestions: { ...suggestions, selected: (suggestions.selected + step + count) % count } });
      return;
    }
    const outcome = edit(line, data, history);
    switch (outcome.kind) {
      case 'edited':
        change(outcome.line);
        break;
      case 'run':
        run(outcome.text);
        break;
      case 'completing':
        if (suggestions === undefined) suggest();
        else take(suggestions.selected);
        break;
      case 'escaped':
        set({ suggestions: undefined });
        break;
      case 'cancelled':
        screen.write('^C\r\n');
        isPreset = false;
        prompt();
        break;
      case 'cleared':
        screen.clear();
        draw();
    }
  }

  function take(item: number): void {
    const { suggestions } = state;
    const chosen = suggestions?.items[item];
    if (suggestions === undefined || chosen === undefined) return;
    const tail = /[=/:]$/.test(chosen.value) ? '' : ' ';
    change(replaceWord(line, suggestions.from, chosen.value + tail));
  }

  function onMessage(message: TerminalMessage): void {
    switch (message.type) {
      case 'ready': {
        const { namespace, kubectlVersion, idleMs } = message;
        set({ namespace, kubectlVersion, idleMs, expiresAt: new Date(message.expiresAt) });
        isPreset = options.preset !== '';
        prompt(options.preset);
        break;
      }
      case 'started':
        isInteractive = message.isInteractive;
        break;
      case 'exit':
        set({ namespace: message.namespace, editing: undefined });
        prompt();
        break;
      case 'refused':
        screen.write(formatRefusal(message));
        prompt();
        break;
      case 'completions':
        showSuggestions(message);
        break;
      case 'file':
        set({
          note: message.problem === undefined ? `${message.path} is here` : `${message.path}: ${message.problem}`,
        });
        break;
      case 'edit':
        set({ editing: { id: message.id, name: message.name, text: message.text } });
        break;
      case 'ending': {
        const why = message.reason === 'idle' ? 'nothing was typed for a while' : 'its time is over';
        set({ note: `This terminal ends in ${Math.ceil(message.inMs / 1_000)} s: ${why}` });
        break;
      }
      case 'ended':
        end(`Ended: ${message.reason}`);
        break;
      case 'files':
    }
  }

  /** Says it in the terminal, too, where whoever types looks. */
  function end(note: string, isLost = false): void {
    set({ kind: 'ended', isLost, note, suggestions: undefined, editing: undefined });
    screen.write(formatEnd(note));
  }

  function showSuggestions({ id, from, items, source }: Extract<TerminalMessage, { type: 'completions' }>): void {
    // What was asked for another line is of no use for this one.
    if (id !== asked || state.kind !== 'prompt' || items.length === 0) return;
    set({ suggestions: { from, word: line.text.slice(from, line.cursor), items, selected: 0, source } });
  }

  return {
    listener: {
      onMessage,
      // Output of filters comes as lines of a file, which end otherwise than those of a terminal.
      onOutput: (bytes) => screen.write(isInteractive ? bytes : withReturns(bytes)),
      onFile: options.onFile,
      onClose() {
        if (state.kind === 'ended') return;
        const isOpened = state.kind !== 'opening';
        if (isOpened) end('The connection was lost, and this terminal ended with it', true);
        else end('The connection was refused', true);
      },
    },
    onData(data) {
      if (state.kind === 'ended' && data === '\r') options.onAgain();
      else if (state.kind === 'prompt') onPromptData(data);
      else if (state.kind === 'running' && !isInteractive && data === '\u0003') link().ask({ type: 'cancel' });
      else if (state.kind === 'running') link().type(data);
    },
    onResize(columns, rows) {
      if (state.kind === 'running') link().ask({ type: 'resize', columns, rows });
      else if (state.kind === 'prompt') {
        set({ suggestions: undefined });
        draw();
      }
    },
    take,
    finishEdit(text) {
      if (state.editing === undefined) return;
      link().ask({ type: 'edited', id: state.editing.id, ...(text !== undefined && { text }) });
      set({ editing: undefined });
    },
  };
}

function withReturns(bytes: Uint8Array): Uint8Array {
  const lines: number[] = [];
  for (const byte of bytes) {
    if (byte === 10) lines.push(13);
    lines.push(byte);
  }
  return Uint8Array.from(lines);
}
