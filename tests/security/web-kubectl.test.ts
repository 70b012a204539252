import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSandboxProgram } from '../../packages/server/src/testing/sandbox-program.ts';
import { callAsPage, connectTerminal, type OpenTerminal, openTerminal, refusalOf } from '../stack/web-terminal.ts';
import { CLUSTER, ORGANIZATION, type SecureStack, startSecureStack, type WebLogin } from './harness.ts';

const kubectl = process.env['SALLYPORT_TEST_KUBECTL'];
/** What operations about terminals answer. */
interface Answer {
  readonly id: string;
  readonly path: string;
  readonly items: readonly { readonly id: string }[];
  readonly code?: string;
  readonly detail?: string;
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

  const call = (method: string, path: string, by: WebLogin = login) =>
    callAsPage<Answer>(stack.server, by, method, path);
  const create = (by?: WebLogin) => call('POST', `/organizations/${ORGANIZATION}/clusters/${CLUSTER}/terminals`, by);
  const connect = (path: string, headers?: Readonly<Record<string, string>>) =>
    connectTerminal(stack.server, login, path, headers);
  const open = (by: WebLogin = login) =>
    openTerminal(stack.server, by, { organization: ORGANIZATION, cluster: CLUSTER });

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

  it('SEC-E05 SEC-H04 open from our own pages alone, once, by the session that asked, and no ticket gets into a log', async () => {
    const made = await create();
    const foreign = { origin: 'https://evil.test' };
    expect(await refusalOf(connect(made.body.path, foreign))).toBe(403);
    const withTicket = connect(made.body.path);
    expect(await refusalOf(withTicket)).toBeUndefined();
    expect(await refusalOf(connect(made.body.path))).toBe(403);
    withTicket.close();
    const other = await stack.webLogin('developer');
    const another = await create();
    expect(await refusalOf(connect(another.body.path, { cookie: other.cookie }))).toBe(403);
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
    const listed = async () => (await call('GET', '/me/terminals')).body.items.map(({ id }) => id);
    await expect.poll(listed, { timeout: 10_000 }).not.toContain(held.id);
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

  it('are not there where settings switch them off, and end where they are switched off', async () => {
    const terminal = await open();
    const { api } = await stack.person('admin');
    const organization = ORGANIZATION;
    const set = async (disableWebKubectl: boolean) => {
      const { apiVersion, kind, metadata, spec } = await api.getCluster({ organization, name: CLUSTER });
      const { name, resourceVersion } = metadata;
      const body = {
        apiVersion,
        kind,
        metadata: { name, resourceVersion },
        spec: { ...spec, settings: { disableWebKubectl } },
      };
      await api.updateCluster({ organization, name: CLUSTER, body });
    };
    try {
      await set(true);
      const ended = await stack.audited(
        ({ code, details }) => code === 'terminal.ended' && details?.['terminalId'] === terminal.id,
      );
      expect(ended.details).toMatchObject({ reason: 'accessEnded' });
      const refused = await create();
      expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
        403,
        'ERR_API_FORBIDDEN',
        'kubectl in the browser is switched off (set by cluster demo)',
      ]);
    } finally {
      await set(false);
    }
    expect((await create()).status).toBe(201);
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
