import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../state/home.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { type Captured, runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const home = createHome(join(folder, 'home'));
const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
let real: RealServer;
let status = 204;
const bodies: string[] = [];
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(status).end();
  });
});

const base = { env: { SALLYPORT_HOME: home.folder, SALLYPORT_KEYRING: 'off' }, userHome: home.folder, cwd: folder };
const run = (argv: readonly string[], more = {}): Promise<Captured> => runCaptured(argv, { ...base, ...more });
async function ok(argv: readonly string[], more = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(argv, more);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  real = await startRealServer(join(folder, 'server'));
  await ok(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('admin') });
});
afterAll(async () => {
  await real.close();
  receiver.closeAllConnections();
  receiver.close();
});

describe('audit sinks', () => {
  it('are created, sent what happens, listed and tested', async () => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`;
    await ok(['create', 'auditsink', 'hook', '--spec', `webhook={url: "${url}", secret: "${SECRET}"}`]);
    // The server indexes its log and delivers it by itself.
    await expect.poll(() => bodies.join(''), { timeout: 15_000 }).toContain('"name":"hook"');
    await expect
      .poll(() => ok(['audit-sinks', 'list']), { timeout: 15_000 })
      .toMatch(/hook +webhook http:\/\/127\.0\.0\.1:\d+\/in +bestEffort +delivering +0 +\d{4}-/);
    expect(await ok(['audit-sinks', 'show', 'hook', '-o', 'yaml'])).not.toContain(SECRET);
    const tested = await run(['audit-sinks', 'test', 'hook']);
    expect(tested).toMatchObject({ exitCode: 0, stdout: '' });
    expect(tested.stderr).toContain('hook took the test event');
    status = 500;
    const failed = await run(['audit-sinks', 'test', 'hook']);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toContain('answered with status 500');
    expect(failed.stderr).toContain('ERR_CLI_AUDIT_SINK_FAILED');
    await ok(['audit-sinks', 'delete', 'hook', '--yes']);
  });
});
