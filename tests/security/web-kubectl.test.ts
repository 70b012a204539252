import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TERMINAL_CHANNEL, TERMINAL_SUBPROTOCOL, type TerminalMessage } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { buildSandboxProgram } from '../../packages/server/src/testing/sandbox-program.ts';
import { fetchTrusting } from '../stack/login.ts';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, type SecureStack, startSecureStack, type WebLogin } from './harness.ts';

const kubectl = process.env['SALLYPORT_TEST_KUBECTL'];
/** A terminal as a page holds it. */
interface OpenTerminal {
  readonly socket: WebSocket;
  readonly id: string;
  /** Everything that was printed since the last line. */
  printed(): string;
  /** Resolves with the next message of that type. */
  next<Type extends TerminalMessage['type']>(type: Type): Promise<Extract<TerminalMessage, { type: Type }>>;
  ask(message: object): void;
  /** Runs a line, and resolves with what it printed and how it ended. */
  run(line: string): Promise<{ readonly text: string; readonly end: TerminalMessage }>;
}

describe.skipIf(kubectl === undefined)('terminals in the browser', () => {
  let stack: SecureStack;
  let login: WebLogin;
  beforeAll(async () => {
    stack = await startSecureStack({
      config: { terminals: { kubectl: kubectl ?? '', program: buildSandboxProgram() } },
    });
    login = await stack.webLogin('developer');
  }, 120_000);
  afterAll(() => stack?.close());

  async function call(method: string, path: string, by: WebLogin = login) {
    const answer = await fetchTrusting(stack.server.caPem)(`${stack.server.publicUrl}/api/v1${path}`, {
      method,
      headers: { cookie: by.cookie, origin: stack.server.publicUrl, [by.csrf[0]]: by.csrf[1] },
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }
  const create = (by?: WebLogin) => call('POST', `/organizations/${ORGANIZATION}/clusters/${CLUSTER}/terminals`, by);

  function connect(path: string, headers: Readonly<Record<string, string>> = {}): WebSocket {
    return new WebSocket(`${stack.server.publicUrl.replace('https', 'wss')}${path}`, TERMINAL_SUBPROTOCOL, {
      ca: stack.server.caPem,
      headers: { cookie: login.cookie, origin: stack.server.publicUrl, ...headers },
    });
  }

  /** The status with which a handshake is refused. */
  function refusal(socket: WebSocket): Promise<number | undefined> {
    return new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('error', () => {});
      socket.on('open', () => resolve(undefined));
    });
  }

  async function open(by?: WebLogin): Promise<OpenTerminal> {
    const made = await create(by);
    expect(made.status).toBe(201);
    const socket = connect(made.body.path, by && { cookie: by.cookie });
    const messages: TerminalMessage[] = [];
    let text = '';
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) messages.push(JSON.parse(data.toString('utf8')));
      else if (data[0] === TERMINAL_CHANNEL.data || data[0] === TERMINAL_CHANNEL.errors)
        text += data.toString('utf8', 1);
    });
    socket.on('error', () => {});
    const next = async (...types: readonly TerminalMessage['type'][]) => {
      const find = () => messages.findIndex(({ type }) => types.includes(type));
      await awaitCondition(() => find() >= 0, {
        what: `the terminal says ${types.join(' or ')}`,
        timeoutMs: 15_000,
      });
      return messages.splice(find(), 1)[0] as TerminalMessage;
    };
    const ask = (message: object) => socket.send(JSON.stringify(message));
    await next('ready');
    return {
      socket,
      id: made.body.id,
      printed: () => text,
      next: next as OpenTerminal['next'],
      ask,
      async run(line) {
        text = '';
        ask({ type: 'run', line, columns: 120, rows: 30 });
        const end = await next('exit', 'refused');
        return { text, end };
      },
    };
  }

  it('run kubectl as the person, through every stage of the proxy, and hold no credential', async () => {
    const terminal = await open();
    const { text, end } = await terminal.run('kubectl get --raw /api/v1/namespaces/default/pods');
    expect([text.length > 0, end]).toMatchObject([true, { type: 'exit' }]);
    const asked = stack.upstream.requests.at(-1);
    expect(asked?.target).toBe('/api/v1/namespaces/default/pods');
    const view = await terminal.run('config view');
    expect(view.text).toContain('http://127.0.0.1:');
    expect(view.text).not.toMatch(/token|client-key|password/);
    const filtered = await terminal.run('config view | grep -c server | head -1');
    expect(filtered.text.trim()).toBe('1');
    terminal.socket.close();
    const ended = await stack.audited(
      ({ code, details }) => code === 'terminal.ended' && details?.['terminalId'] === terminal.id,
    );
    expect(ended.details).toMatchObject({ reason: 'closed', commandCount: 3 });
  });

  it('SEC-H04 open from our own pages alone, once, by the session that asked, and no ticket gets into a log', async () => {
    const made = await create();
    const foreign = { origin: 'https://evil.test' };
    expect(await refusal(connect(made.body.path, foreign))).toBe(403);
    const withTicket = connect(made.body.path);
    expect(await refusal(withTicket)).toBeUndefined();
    expect(await refusal(connect(made.body.path))).toBe(403);
    withTicket.close();
    const other = await stack.webLogin('developer');
    const another = await create();
    expect(await refusal(connect(another.body.path, { cookie: other.cookie }))).toBe(403);
    const tickets = [made, another].map(({ body }) => new URL(body.path, 'https://x').searchParams.get('ticket') ?? '');
    for (const ticket of tickets) expect(stack.log.some(({ text }) => text.includes(ticket))).toBe(false);
    const events = JSON.stringify(await stack.auditEvents(200));
    for (const ticket of tickets) expect(events).not.toContain(ticket);
  });

  it('SEC-H08 refuse aloud what is not of the grammar, and run none of it', async () => {
    const terminal = await open();
    const before = stack.upstream.requests.length;
    const refused = [
      ['get pods; id', 'ERR_TERMINAL_NO_SHELL'],
      ['get pods $(id)', 'ERR_TERMINAL_NO_SHELL'],
      ['apply -f /etc/passwd', 'ERR_TERMINAL_FILE'],
      ['create configmap x --from-file=/etc/passwd', 'ERR_TERMINAL_FILE'],
      ['get pods --kubeconfig=/etc/kubernetes/admin.conf', 'ERR_TERMINAL_FLAG_REFUSED'],
      ['get pods --as=system:admin', 'ERR_TERMINAL_FLAG_REFUSED'],
      ['get pods --token x', 'ERR_TERMINAL_FLAG_REFUSED'],
      ['config view --raw=true', 'ERR_TERMINAL_FLAG_REFUSED'],
      ['port-forward pod/x 80', 'ERR_TERMINAL_COMMAND_REFUSED'],
      ['evil-plugin', 'ERR_TERMINAL_COMMAND'],
    ] as const;
    for (const [line, code] of refused)
      expect((await terminal.run(line)).end, line).toMatchObject({ type: 'refused', code });
    expect(stack.upstream.requests.length).toBe(before);
    await closeAndAwait(terminal);
  });

  it('SEC-H10 end with their browser: children are killed, the end and exit code audited, the slot free', async () => {
    const held = await open();
    held.ask({ type: 'run', line: 'get pods -w', columns: 80, rows: 24 });
    await held.next('started');
    held.socket.terminate();
    const command = await stack.audited(
      ({ code, details }) => code === 'terminal.command.ended' && details?.['terminalId'] === held.id,
    );
    expect(command.details).toMatchObject({ command: 'kubectl get', exitCode: 137 });
    await stack.audited(({ code, details }) => code === 'terminal.ended' && details?.['terminalId'] === held.id);
    const list = await call('GET', '/me/terminals');
    expect(list.body.items.map(({ id }: { readonly id: string }) => id)).not.toContain(held.id);
    expect(readdirSync(join(stack.folder, 'server/terminals/open'))).not.toContain(held.id);
    expect(existsSync(join(stack.folder, 'server/terminals/sandboxes', held.id))).toBe(false);
  });

  it('are ended by whoever has them, and with their login session', async () => {
    const by = await stack.webLogin('developer');
    const [first, second] = [await open(by), await open(by)];
    expect((await call('DELETE', `/me/terminals/${first.id}`)).status).toBe(204);
    await stack.audited(({ code, details }) => code === 'terminal.ended' && details?.['terminalId'] === first.id);
    expect((await call('DELETE', `/me/terminals/${first.id}`, by)).status).toBe(404);
    await call('DELETE', '/me/session', by);
    const ended = await stack.audited(
      ({ code, details }) => code === 'terminal.ended' && details?.['terminalId'] === second.id,
    );
    expect(ended.details).toMatchObject({ reason: 'accessEnded' });
  });

  it('SEC-F07 are so many for each person, and no more', async () => {
    const by = await stack.webLogin('viewer');
    const opened = [];
    for (let i = 0; i < 5; i++) opened.push(await open(by));
    const refused = await create(by);
    expect([refused.status, refused.body.code]).toEqual([409, 'ERR_API_LIMIT']);
    for (const terminal of opened) await closeAndAwait(terminal);
    expect((await create(by)).status).toBe(201);
  });

  async function closeAndAwait({ socket, id }: OpenTerminal): Promise<void> {
    socket.close();
    await stack.audited(({ code, details }) => code === 'terminal.ended' && details?.['terminalId'] === id);
  }
});
