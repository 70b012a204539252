import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { createTerminal, outputOf } from '../testing/terminal.ts';

const folder = temporaryFolder();
const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const run = createTerminal(folder, 'admin');
const ok = (argv: readonly string[]): Promise<string> => outputOf(run(argv));
let real: RealServer;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  real = await startRealServer(join(folder, 'server'));
  await outputOf(run(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('admin') }));
});
afterAll(async () => {
  await real.close();
  receiver.close();
});

describe('audit sinks', () => {
  it('are created, sent what happens, listed and tested', async () => {
    const { url } = receiver;
    await ok(['create', 'auditsink', 'hook', '--spec', `webhook={url: "${url}", secret: "${SECRET}"}`]);
    // The server indexes its log and delivers it by itself.
    await expect.poll(() => receiver.bodies.join(''), { timeout: 15_000 }).toContain('"name":"hook"');
    await expect
      .poll(() => ok(['audit-sinks', 'list']), { timeout: 15_000 })
      .toMatch(/hook +webhook http:\/\/127\.0\.0\.1:\d+\/in +bestEffort +delivering +0 +\d{4}-/);
    const operator = createTerminal(folder, 'operator');
    const login = { openBrowser: real.browserOf('installation-admin') };
    await outputOf(operator(['login', real.url, '--ca-file', real.caFile], login));
    await expect
      .poll(() => outputOf(operator(['audit', 'delivery'])), { timeout: 15_000 })
      .toMatch(/^TYPE .*\nsink +hook +acme +org_\w+ +delivering +0 +\d{4}-\S+ +- +-\n$/);
    expect((await run(['audit', 'delivery'])).stderr).toContain('ERR_API_FORBIDDEN');
    expect(await ok(['audit-sinks', 'show', 'hook', '-o', 'yaml'])).not.toContain(SECRET);
    const tested = await run(['audit-sinks', 'test', 'hook']);
    expect(tested).toMatchObject({ exitCode: 0, stdout: '' });
    expect(tested.stderr).toContain('hook took the test event');
    receiver.status = 500;
    const failed = await run(['audit-sinks', 'test', 'hook']);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toContain('answered with status 500');
    expect(failed.stderr).toContain('ERR_CLI_AUDIT_SINK_FAILED');
    await ok(['audit-sinks', 'delete', 'hook', '--yes']);
  });
});
