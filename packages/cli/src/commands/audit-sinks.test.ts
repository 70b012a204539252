import { describe, expect, it } from 'vitest';
import { useServerAndReceiver, WEBHOOK_SECRET } from '../testing/server-and-receiver.ts';
import { outputOf } from '../testing/terminal.ts';

const { signIn, receiver } = useServerAndReceiver();

describe('audit sinks', () => {
  it('are created, sent what happens, listed and tested', async () => {
    const run = await signIn('admin');
    const ok = (argv: readonly string[]) => outputOf(run(argv));
    const { url } = receiver();
    await ok(['create', 'auditsink', 'hook', '--spec', `webhook={url: "${url}", secret: "${WEBHOOK_SECRET}"}`]);
    // The server indexes its log and delivers it by itself.
    await expect.poll(() => receiver().bodies.join(''), { timeout: 15_000 }).toContain('"name":"hook"');
    await expect
      .poll(() => ok(['audit-sinks', 'list']), { timeout: 15_000 })
      .toMatch(/hook +webhook http:\/\/127\.0\.0\.1:\d+\/in +bestEffort +delivering +0 +\d{4}-/);
    const operator = await signIn('installation-admin');
    await expect
      .poll(() => outputOf(operator(['audit', 'delivery'])), { timeout: 15_000 })
      .toMatch(/^TYPE .*\nsink +hook +acme +org_\w+ +delivering +0 +\d{4}-\S+ +- +-\n$/);
    expect((await run(['audit', 'delivery'])).stderr).toContain('ERR_API_FORBIDDEN');
    expect(await ok(['audit-sinks', 'show', 'hook', '-o', 'yaml'])).not.toContain(WEBHOOK_SECRET);
    const tested = await run(['audit-sinks', 'test', 'hook']);
    expect(tested).toMatchObject({ exitCode: 0, stdout: '' });
    expect(tested.stderr).toContain('hook took the test event');
    receiver().status = 500;
    const failed = await run(['audit-sinks', 'test', 'hook']);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toContain('answered with status 500');
    expect(failed.stderr).toContain('ERR_CLI_AUDIT_SINK_FAILED');
    await ok(['audit-sinks', 'delete', 'hook', '--yes']);
  });
});
