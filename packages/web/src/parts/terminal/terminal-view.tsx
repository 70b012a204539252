import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef, useState } from 'react';
import { saveBytes } from '../save-text.ts';
import { CompletionPopup } from './completion-popup.tsx';
import { EditDialog } from './edit-dialog.tsx';
import { FindBar } from './find-bar.tsx';
import { pageKeyOf } from './terminal-keys.ts';
import { openTerminalLink, type TerminalLink } from './terminal-link.ts';
import { createTerminalSession, type TerminalSession, type TerminalState } from './terminal-session.ts';
import { terminalTheme } from './theme.ts';

/** What {@link TerminalView} shows. */
export interface TerminalViewProps {
  readonly cluster: string;
  readonly preset: string;
  readonly history: string[];
  /** Makes a terminal and says where its WebSocket is. */
  readonly create: (signal: AbortSignal) => Promise<URL>;
  readonly onState: (state: TerminalState & { readonly size: string }) => void;
  readonly onFailure: (error: unknown) => void;
  /** Called when somebody wants a new one in the place of one that has ended. */
  readonly onAgain: () => void;
  readonly isShown: boolean;
}

/** A terminal with kubectl, run by the server. */
export default function TerminalView(props: TerminalViewProps) {
  const { cluster, preset, history, isShown } = props;
  const box = useRef<HTMLElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const held = useRef<{ terminal: Terminal; session: TerminalSession; link: TerminalLink | undefined }>(undefined);
  const [state, setState] = useState<TerminalState>({ kind: 'opening', namespace: 'default' });
  const [isFinding, setFinding] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a tab is one terminal, for as long as it is there.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const stopping = new AbortController();
    const terminal = new Terminal({
      fontFamily: "'Geist Mono Variable', ui-monospace, monospace",
      fontSize: 13,
      lineHeight: 1.35,
      scrollback: 10_000,
      screenReaderMode: true,
      theme: terminalTheme(element),
      allowTransparency: true,
      // What is printed comes from clusters: its links lead nowhere by themselves.
      linkHandler: { activate() {} },
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(element);
    fit.fit();
    const observer = new ResizeObserver(() => element.clientWidth > 0 && fit.fit());
    observer.observe(element);
    let link: TerminalLink | undefined;
    const session = createTerminalSession({
      cluster,
      preset,
      screen: terminal,
      history,
      link: () => link ?? NO_LINK,
      onState(next) {
        setState(next);
        props.onState({ ...next, size: `${terminal.cols} × ${terminal.rows}` });
      },
      onUpload: () => files.current?.click(),
      onAgain: () => props.onAgain(),
      onFile: (path, content) => saveBytes(content, path.split('/').at(-1) ?? 'file'),
      later: (work, ms) => void setTimeout(work, ms),
    });
    held.current = { terminal, session, link };
    terminal.onData((data) => session.onData(data));
    terminal.onResize(({ cols, rows }) => session.onResize(cols, rows));
    terminal.attachCustomKeyEventHandler((event) => {
      const meant = pageKeyOf(event, terminal.hasSelection());
      if (meant === undefined) return true;
      if (event.type !== 'keydown') return false;
      if (meant === 'find' || meant === 'copy') event.preventDefault();
      if (meant === 'find') setFinding(true);
      if (meant === 'copy') void navigator.clipboard.writeText(terminal.getSelection());
      return false;
    });
    props
      .create(stopping.signal)
      .then((url) => {
        if (stopping.signal.aborted) return;
        link = openTerminalLink(url, session.listener);
        held.current = { terminal, session, link };
        terminal.focus();
      })
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) props.onFailure(error);
      });
    return () => {
      stopping.abort();
      link?.close();
      observer.disconnect();
      terminal.dispose();
    };
  }, []);
  useEffect(() => {
    if (isShown) held.current?.terminal.focus();
  }, [isShown]);

  async function upload(list: FileList | null): Promise<void> {
    for (const file of list ?? []) held.current?.link?.upload(file.name, await file.arrayBuffer());
  }

  return (
    <div className={isShown ? 'relative min-h-0 flex-1 overflow-hidden bg-terminal p-4' : 'hidden'}>
      <section
        ref={box}
        aria-label={`Terminal on ${cluster}. Shift+Tab leaves it, Ctrl+Shift+F looks for text.`}
        className="h-full"
      />
      <input
        ref={files}
        type="file"
        multiple
        aria-label="Files to upload"
        className="hidden"
        onChange={({ currentTarget }) => void upload(currentTarget.files)}
      />
      {isFinding && held.current !== undefined && (
        <FindBar
          terminal={held.current.terminal}
          onClose={() => {
            setFinding(false);
            held.current?.terminal.focus();
          }}
        />
      )}
      {state.suggestions !== undefined && held.current !== undefined && box.current !== null && (
        <CompletionPopup
          suggestions={state.suggestions}
          place={placeOf(held.current.terminal, box.current, state.suggestions.word.length)}
          onTake={(item) => held.current?.session.take(item)}
        />
      )}
      {state.editing !== undefined && (
        <EditDialog
          name={state.editing.name}
          text={state.editing.text}
          onDone={(text) => {
            held.current?.session.finishEdit(text);
            held.current?.terminal.focus();
          }}
        />
      )}
    </div>
  );
}

/** Room that the popup needs, in pixels. */
const POPUP_PX = 272;

const NO_LINK: TerminalLink = { ask() {}, type() {}, upload() {}, close() {} };

/** Where the word in front of the cursor begins, in pixels within the terminal's box. */
function placeOf({ buffer, cols, rows }: Terminal, box: HTMLElement, wordLength: number) {
  const screen = box.querySelector('.xterm-screen') ?? box;
  const [wide, high] = [screen.clientWidth / cols, screen.clientHeight / rows];
  const row = buffer.active.cursorY + 1;
  const isAbove = row > rows / 2;
  return {
    left: Math.max(16, Math.min(16 + (buffer.active.cursorX - wordLength) * wide, box.clientWidth - POPUP_PX)),
    ...(isAbove ? { bottom: box.clientHeight + 16 - (row - 1) * high } : { top: 16 + row * high }),
  };
}
