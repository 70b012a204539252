import { type Clock, isCodedError, type Logger, type TerminalId, type Timer } from '@sallyport/core';
import {
  MAX_TERMINAL_FILE_BYTES,
  TERMINAL_CHANNEL,
  type TerminalMessage,
  type TerminalRequest,
  terminalRequestSchema,
} from '@sallyport/core/api';
import type { WebSocketConnection } from '../node/web-socket.ts';
import type { Completer } from './completion/completer.ts';
import { type ParsedLine, parseLine } from './grammar/parse-line.ts';
import { HELP, isNamespaceName } from './own-commands.ts';
import type { Sandbox } from './runner.ts';
import type { SandboxEvent } from './sandbox/messages.ts';

/** Why a terminal ended, as its audit event says. */
export type TerminalEnd = 'closed' | 'idle' | 'limit' | 'accessEnded' | 'serverStopped' | 'failed';

/** What {@link runTerminal} needs. */
export interface TerminalOptions {
  readonly id: TerminalId;
  readonly cluster: string;
  readonly kubectlVersion: string;
  readonly socket: WebSocketConnection;
  readonly sandbox: Sandbox;
  readonly completer: Completer;
  readonly idleMs: number;
  readonly expiresAt: Date;
  /** Called when a command has ended, or was ended with the terminal. */
  readonly onCommandEnd: (end: {
    readonly command: string;
    readonly exitCode: number;
    readonly durationMs: number;
  }) => void;
  /** Called once with how it ended, when everything of it is gone. */
  readonly onEnd: (reason: TerminalEnd, commandCount: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A terminal that is open. */
export interface Terminal {
  /** Ends it. Resolves when everything of it is gone. Idempotent. */
  end(reason: TerminalEnd): Promise<void>;
}

/** How long before its end by a limit the person is told, in milliseconds. */
const WARNING_MS = 60_000;
/** Exit code of what SIGKILL ended, as shells count it. */
const KILLED = 137;

const SAID: Readonly<Record<TerminalEnd, string>> = {
  closed: 'you ended this terminal',
  idle: 'nothing was typed for a while',
  limit: 'the time of this terminal is over',
  accessEnded: 'your login session or your access to the cluster has ended',
  serverStopped: 'the server is stopping',
  failed: 'the sandbox of this terminal has failed',
};

/** Runs a terminal between a browser and a sandbox, until either goes, or a limit is reached. */
export function runTerminal(options: TerminalOptions): Terminal {
  const { socket, sandbox, completer, clock, logger, cluster, kubectlVersion, idleMs, expiresAt } = options;
  let namespace = 'default';
  let running: { readonly command: string; readonly startedAtMs: number } | undefined;
  let commandCount = 0;
  let usedAtMs = clock.now();
  let ending: Promise<void> | undefined;
  let alarm: Timer | undefined;
  /** Who waits for an order about files: a line, or the page under an id of its own. */
  const orders = new Map<number, { readonly path: string; readonly id?: number; readonly isLine: boolean }>();
  let nextOrder = 1;

  const tell = (message: TerminalMessage): boolean => socket.send(JSON.stringify(message));
  const show = (channel: number, bytes: Uint8Array): void => {
    const message = Buffer.allocUnsafe(bytes.length + 1);
    message[0] = channel;
    message.set(bytes, 1);
    if (!socket.send(message)) sandbox.pause();
  };
  const print = (text: string) => show(TERMINAL_CHANNEL.data, Buffer.from(text.replaceAll('\n', '\r\n')));
  const order = (path: string, by: 'line' | 'page', id?: number): number => {
    orders.set(nextOrder, { path, isLine: by === 'line', ...(id !== undefined && { id }) });
    return nextOrder++;
  };
  const refuse = (code: string, message: string, nextStep?: string) =>
    tell({ type: 'refused', code, message, ...(nextStep !== undefined && { nextStep }) });
  const ownDone = () => tell({ type: 'exit', code: 0, namespace });

  function run(line: string, columns: number, rows: number): void {
    if (running !== undefined) return;
    let parsed: ParsedLine;
    try {
      parsed = parseLine(line);
    } catch (error) {
      if (!isCodedError(error)) throw error;
      refuse(error.code, error.message, error.nextStep);
      return;
    }
    if (parsed.kind === 'nothing') return void ownDone();
    if (parsed.kind === 'own') {
      runOwn(parsed);
      return;
    }
    const { command, args, filters } = parsed;
    commandCount += 1;
    running = { command: `kubectl ${command}`, startedAtMs: clock.now() };
    tell({ type: 'started', isInteractive: filters.length === 0 });
    // In front of what was typed: a namespace that stands in the line wins, and nothing gets behind a `--`.
    sandbox.send({ type: 'run', args: [`--namespace=${namespace}`, ...args], filters, columns, rows });
  }

  function runOwn({ name, words }: Extract<ParsedLine, { kind: 'own' }>): void {
    const [first = ''] = words;
    if (name === 'ls') {
      sandbox.send({ type: 'listFiles', id: order(first, 'line'), path: first });
    } else if (name === 'rm') {
      sandbox.send({ type: 'removeFile', id: order(first, 'line'), path: first });
    } else if (name === 'namespace' && first !== '' && !isNamespaceName(first)) {
      refuse('ERR_TERMINAL_COMMAND', `${JSON.stringify(first.slice(0, 64))} is no name of a namespace`);
    } else {
      if (name === 'help') print(HELP);
      else if (first === '') print(`${namespace}\n`);
      else namespace = first;
      ownDone();
    }
  }

  function ask(request: TerminalRequest): void {
    switch (request.type) {
      case 'run':
        run(request.line, request.columns, request.rows);
        return;
      case 'resize':
        return void sandbox.send({ type: 'resize', columns: request.columns, rows: request.rows });
      case 'cancel':
        return void sandbox.send({ type: 'cancel' });
      case 'complete':
        return void complete(request);
      case 'files':
        return void sandbox.send({ type: 'listFiles', id: order('', 'page', request.id), path: '' });
      case 'download':
        return void sandbox.send({ type: 'getFile', id: order(request.path, 'page', request.id), path: request.path });
      case 'edited': {
        const { id, text } = request;
        return void sandbox.send({ type: 'edited', id, isSaved: text !== undefined }, Buffer.from(text ?? ''));
      }
    }
  }

  async function complete({ id, line, cursor }: Extract<TerminalRequest, { type: 'complete' }>): Promise<void> {
    const found = await completer.complete({ line: line.slice(0, cursor), namespace });
    tell({ type: 'completions', id, ...found });
  }

  function upload(bytes: Buffer): void {
    const length = bytes.length >= 3 ? bytes.readUInt16BE(1) : 0;
    const path = bytes.toString('utf8', 3, 3 + length);
    const content = bytes.subarray(3 + length);
    if (content.length > MAX_TERMINAL_FILE_BYTES) {
      const problem = `the file is ${content.length} bytes, limit is ${MAX_TERMINAL_FILE_BYTES}`;
      return void tell({ type: 'file', path, problem });
    }
    sandbox.send({ type: 'putFile', id: order(path, 'page'), path }, content);
  }

  function hear(event: SandboxEvent, body: Buffer): void {
    switch (event.type) {
      case 'ready':
        return;
      case 'output':
        show(event.stream === 'stderr' ? TERMINAL_CHANNEL.errors : TERMINAL_CHANNEL.data, body);
        return;
      case 'exit':
        commandEnded(event.code);
        return void tell({ type: 'exit', code: event.code, namespace });
      case 'edit':
        return void tell({ type: 'edit', id: event.id, name: event.name, text: body.toString('utf8') });
      case 'done':
      case 'failed':
        answerOrder(event, body);
        return;
    }
  }

  function answerOrder(event: Extract<SandboxEvent, { type: 'done' | 'failed' }>, body: Buffer): void {
    const asked = orders.get(event.id);
    orders.delete(event.id);
    if (asked === undefined) return;
    const { path, id, isLine } = asked;
    if (isLine) {
      if (event.type === 'failed') return void refuse('ERR_TERMINAL_FILE', event.message);
      print((event.files ?? []).map(formatListed).join(''));
      return void ownDone();
    }
    const of = { path, ...(id !== undefined && { id }) };
    if (event.type === 'failed') return void tell({ type: 'file', ...of, problem: event.message });
    if (event.files !== undefined) return void tell({ type: 'files', id: id ?? 0, files: event.files });
    if (id !== undefined) {
      const name = Buffer.from(path);
      const head = Buffer.alloc(2);
      head.writeUInt16BE(name.length);
      show(TERMINAL_CHANNEL.file, Buffer.concat([head, name, body]));
    }
    tell({ type: 'file', ...of });
  }

  function commandEnded(exitCode: number): void {
    if (running === undefined) return;
    const { command, startedAtMs } = running;
    running = undefined;
    options.onCommandEnd({ command, exitCode, durationMs: Math.max(0, clock.now() - startedAtMs) });
  }

  /** Ends it when a limit is reached, and says so a while before. */
  function watchLimits(): void {
    alarm?.cancel();
    const now = clock.now();
    const idleAt = usedAtMs + idleMs;
    const [endsAt, reason] =
      idleAt < expiresAt.getTime() ? ([idleAt, 'idle'] as const) : ([expiresAt.getTime(), 'limit'] as const);
    const inMs = endsAt - now;
    if (inMs <= 0) return void end(reason);
    if (inMs <= WARNING_MS) tell({ type: 'ending', reason, inMs });
    alarm = clock.setTimeout(watchLimits, inMs <= WARNING_MS ? inMs : inMs - WARNING_MS);
  }

  function use(): void {
    const isNearEnd = usedAtMs + idleMs - clock.now() <= WARNING_MS;
    usedAtMs = clock.now();
    if (isNearEnd) watchLimits();
  }

  function end(reason: TerminalEnd): Promise<void> {
    ending ??= (async () => {
      alarm?.cancel();
      tell({ type: 'ended', reason: SAID[reason] });
      socket.close(1000, reason);
      await sandbox.close();
      commandEnded(KILLED);
      options.onEnd(reason, commandCount);
    })();
    return ending;
  }

  socket.onMessage((message) => {
    use();
    if (typeof message !== 'string') {
      if (message[0] === TERMINAL_CHANNEL.data) sandbox.send({ type: 'input' }, message.subarray(1));
      else if (message[0] === TERMINAL_CHANNEL.file) upload(message);
      return;
    }
    const request = terminalRequestSchema.safeParse(parseJson(message));
    if (request.success) return ask(request.data);
    tell({
      type: 'refused',
      code: 'ERR_TERMINAL_COMMAND',
      message: 'the page sent something that is not of its contract',
    });
  });
  socket.onDrain(() => sandbox.resume());
  socket.onClose(() => void end('closed'));
  sandbox.onEvent(hear);
  void sandbox.ended.then((why) => {
    if (why === undefined) return;
    logger.warn({ terminalId: options.id, why }, 'the sandbox of a terminal has ended by itself');
    void end('failed');
  });
  tell({ type: 'ready', cluster, namespace, kubectlVersion, expiresAt, idleMs });
  watchLimits();
  return { end };
}

function formatListed({
  name,
  bytes,
  isFolder,
}: {
  readonly name: string;
  readonly bytes: number;
  readonly isFolder: boolean;
}) {
  return `${String(bytes).padStart(9)}  ${name}${isFolder ? '/' : ''}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
