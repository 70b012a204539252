import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef, useState } from 'react';
import {
  decodeMessage,
  EXEC_PROTOCOLS,
  encodeInput,
  encodeSize,
  execTarget,
  exitWords,
} from '../../api/kube/exec-protocol.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Button } from '../../ui/button.tsx';
import { useBrowsed } from './use-kube.ts';

type ShellState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open' }
  | { readonly kind: 'ended'; readonly words: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A shell in a container, over the cluster's own exec. Decided, recorded and ended like any exec of kubectl. */
export default function ShellPanel({
  podPath,
  container,
}: {
  readonly podPath: string;
  readonly container: string | undefined;
}) {
  const { client } = useBrowsed();
  const box = useRef<HTMLElement>(null);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<ShellState>({ kind: 'opening' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt opens anew.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    setState({ kind: 'opening' });
    const stopping = new AbortController();
    const terminal = new Terminal({
      fontFamily: "'Geist Mono Variable', ui-monospace, monospace",
      fontSize: 13,
      lineHeight: 1.35,
      cursorBlink: false,
      scrollback: 5_000,
      screenReaderMode: true,
      theme: themeOf(element),
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(element);
    fit.fit();
    const observer = new ResizeObserver(() => fit.fit());
    observer.observe(element);
    let socket: WebSocket | undefined;
    const open = async () => {
      socket = await client.openSocket(execTarget(podPath, container), EXEC_PROTOCOLS, stopping.signal);
      if (stopping.signal.aborted) return socket.close();
      socket.binaryType = 'arraybuffer';
      let end: string | undefined;
      const send = (message: Uint8Array<ArrayBuffer>) => {
        if (socket?.readyState === WebSocket.OPEN) socket.send(message);
      };
      socket.onopen = () => {
        setState({ kind: 'open' });
        send(encodeSize(terminal.cols, terminal.rows));
        terminal.focus();
      };
      socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
        const message = decodeMessage(new Uint8Array(data));
        if (message?.kind === 'output') terminal.write(message.bytes);
        else if (message?.kind === 'exit') end = exitWords(message.status);
      };
      socket.onclose = () => {
        if (!stopping.signal.aborted) setState({ kind: 'ended', words: end ?? 'the connection was refused or lost' });
      };
      terminal.onData((text) => send(encodeInput(text)));
      terminal.onResize(({ cols, rows }) => send(encodeSize(cols, rows)));
    };
    open().catch((error: unknown) => {
      if (!stopping.signal.aborted) setState({ kind: 'failed', error });
    });
    return () => {
      stopping.abort();
      socket?.close();
      observer.disconnect();
      terminal.dispose();
    };
  }, [client, podPath, container, attempt]);
  return (
    <>
      <div className="relative min-h-0 flex-1 bg-terminal p-2">
        <section ref={box} aria-label={`Shell in ${container ?? 'the container'}`} className="h-full" />
      </div>
      {state.kind === 'failed' && <ProblemNotice error={state.error} className="m-3" />}
      <p role="status" className="flex min-h-8 items-center gap-3 border-t border-line px-4 text-second text-ink-3">
        {state.kind === 'opening' && 'Opening a shell'}
        {state.kind === 'open' && 'Connected. What policy has recorded is recorded here too. Ctrl+D ends the shell.'}
        {state.kind === 'ended' && (
          <>
            <span>
              The shell {state.words.startsWith('ended') ? '' : 'ended: '}
              <bdi>{state.words}</bdi>
            </span>
            <Button size="small" onClick={() => setAttempt((before) => before + 1)}>
              Open another
            </Button>
          </>
        )}
      </p>
    </>
  );
}

function themeOf(element: HTMLElement) {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--terminal${name}`).trim();
  // xterm reads no light-dark(); the ground is taken as it is drawn.
  const ground = getComputedStyle(element.parentElement ?? element).backgroundColor;
  return {
    background: ground,
    foreground: token('-ink'),
    green: token('-green'),
    yellow: token('-yellow'),
    red: token('-red'),
    blue: token('-blue'),
    selectionBackground: token('-select'),
  };
}
