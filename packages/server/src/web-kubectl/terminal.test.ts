import { createId, silentLogger } from '@sallyport/core';
import type { TerminalMessage } from '@sallyport/core/api';
import { createFakeClock } from '@sallyport/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WebSocketConnection } from '../node/web-socket.ts';
import type { Sandbox } from './runner.ts';
import type { SandboxEvent, SandboxOrder } from './sandbox/messages.ts';
import { runTerminal, type Terminal, type TerminalEnd } from './terminal.ts';

const MINUTE_MS = 60_000;
const IDLE_MS = 15 * MINUTE_MS;
const LIFETIME_MS = 8 * 60 * MINUTE_MS;

/** A terminal between a page and a sandbox that are written down. */
function aTerminal() {
  const clock = createFakeClock();
  const said: TerminalMessage[] = [];
  const orders: SandboxOrder[] = [];
  const commands: { readonly command: string; readonly exitCode: number }[] = [];
  const ends: { readonly reason: TerminalEnd; readonly commandCount: number }[] = [];
  let fromPage: (message: string | Buffer) => void = () => {};
  let fromSandbox: (event: SandboxEvent, body: Buffer) => void = () => {};
  let isSandboxClosed = false;
  const socket: WebSocketConnection = {
    send(message) {
      if (typeof message === 'string') said.push(JSON.parse(message) as TerminalMessage);
      return true;
    },
    onMessage(listener) {
      fromPage = listener;
    },
    onDrain() {},
    onClose() {},
    close() {},
  };
  const sandbox = {
    send: (order: SandboxOrder) => orders.push(order) > 0,
    onEvent(listener: typeof fromSandbox) {
      fromSandbox = listener;
    },
    pause() {},
    resume() {},
    ended: new Promise<undefined>(() => {}),
    async close() {
      isSandboxClosed = true;
    },
  } as unknown as Sandbox;
  const terminal: Terminal = runTerminal({
    id: createId('terminal', clock.now()),
    cluster: 'demo',
    kubectlVersion: 'v1.36.4',
    socket,
    sandbox,
    completer: { complete: async () => ({ from: 0, items: [] }) },
    idleMs: IDLE_MS,
    expiresAt: new Date(clock.now() + LIFETIME_MS),
    onCommandEnd: ({ command, exitCode }) => commands.push({ command, exitCode }),
    onEnd: (reason, commandCount) => ends.push({ reason, commandCount }),
    clock,
    logger: silentLogger,
  });
  return {
    clock,
    terminal,
    said,
    orders,
    commands,
    ends,
    ask: (request: object) => fromPage(JSON.stringify(request)),
    type: (text: string) => fromPage(Buffer.concat([Buffer.of(0), Buffer.from(text)])),
    print: (text: string) => fromSandbox({ type: 'output', stream: 'stdout' }, Buffer.from(text)),
    sandboxSays: (event: SandboxEvent, body = '') => fromSandbox(event, Buffer.from(body)),
    isSandboxClosed: () => isSandboxClosed,
    warnings: () => said.filter(({ type }) => type === 'ending'),
    run: (line: string) => fromPage(JSON.stringify({ type: 'run', line, columns: 80, rows: 24 })),
  };
}

describe('a terminal', () => {
  let held: ReturnType<typeof aTerminal>;
  beforeEach(() => {
    held = aTerminal();
  });

  it('ends when nothing was typed for its idle limit, says so a minute before, and kills what runs', async () => {
    held.run('get pods -w');
    await held.clock.advanceAsync(IDLE_MS - MINUTE_MS - 1);
    expect(held.warnings()).toEqual([]);
    await held.clock.advanceAsync(1);
    expect(held.warnings()).toEqual([{ type: 'ending', reason: 'idle', inMs: MINUTE_MS }]);
    await held.clock.advanceAsync(MINUTE_MS - 1);
    expect([held.ends, held.isSandboxClosed()]).toEqual([[], false]);
    await held.clock.advanceAsync(1);
    expect(held.ends).toEqual([{ reason: 'idle', commandCount: 1 }]);
    expect(held.isSandboxClosed()).toBe(true);
    expect(held.commands).toEqual([{ command: 'kubectl get', exitCode: 137 }]);
    expect(held.said.at(-1)).toEqual({ type: 'ended', reason: 'nothing was typed for a while' });
  });

  it('goes on when something is typed, also in the last minute, and not because something is printed', async () => {
    held.run('get pods -w');
    await held.clock.advanceAsync(IDLE_MS - 1);
    held.type('x');
    await held.clock.advanceAsync(IDLE_MS - 1);
    expect([held.ends, held.warnings()]).toMatchObject([[], [{ reason: 'idle' }, { reason: 'idle' }]]);
    held.print('web-1   Running\n');
    await held.clock.advanceAsync(1);
    expect(held.ends).toMatchObject([{ reason: 'idle' }]);
  });

  it('ends at the end of its life, however busy somebody is, and says so a minute before', async () => {
    for (let at = 0; at < LIFETIME_MS - MINUTE_MS; at += 10 * MINUTE_MS) {
      held.type('x');
      await held.clock.advanceAsync(Math.min(10 * MINUTE_MS, LIFETIME_MS - MINUTE_MS - at));
    }
    expect(held.warnings()).toEqual([{ type: 'ending', reason: 'limit', inMs: MINUTE_MS }]);
    await held.clock.advanceAsync(MINUTE_MS - 1);
    held.type('x');
    expect(held.ends).toEqual([]);
    await held.clock.advanceAsync(1);
    expect(held.ends).toEqual([{ reason: 'limit', commandCount: 0 }]);
    expect(held.said.at(-1)).toEqual({ type: 'ended', reason: 'the time of this terminal is over' });
  });

  it('ends once, and is told of by the first reason', async () => {
    await Promise.all([held.terminal.end('accessEnded'), held.terminal.end('closed')]);
    await held.clock.advanceAsync(LIFETIME_MS);
    expect(held.ends).toEqual([{ reason: 'accessEnded', commandCount: 0 }]);
  });

  it('hands a text of kubectl edit to the page, and what the page saved to kubectl; leaving it sends none', () => {
    held.run('edit configmap settings');
    held.sandboxSays({ type: 'edit', id: 4, name: 'kubectl-edit-1.yaml' }, 'data:\n  colour: red\n');
    expect(held.said.at(-1)).toEqual({
      type: 'edit',
      id: 4,
      name: 'kubectl-edit-1.yaml',
      text: 'data:\n  colour: red\n',
    });
    held.ask({ type: 'edited', id: 4, text: 'data:\n  colour: blue\n' });
    expect(held.orders.at(-1)).toEqual({ type: 'edited', id: 4, isSaved: true });
    held.ask({ type: 'edited', id: 5 });
    expect(held.orders.at(-1)).toEqual({ type: 'edited', id: 5, isSaved: false });
  });

  it('runs one command at a time', () => {
    held.run('get pods -w');
    held.run('get nodes');
    expect(held.orders.filter(({ type }) => type === 'run')).toHaveLength(1);
    held.sandboxSays({ type: 'exit', code: 0 });
    held.run('get nodes');
    expect(held.orders.filter(({ type }) => type === 'run')).toHaveLength(2);
    expect(held.commands).toEqual([{ command: 'kubectl get', exitCode: 0 }]);
  });
});
