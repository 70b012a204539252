import { describe, expect, it } from 'vitest';
import { useServerAndReceiver, WEBHOOK_SECRET } from '../testing/server-and-receiver.ts';
import { outputOf } from '../testing/terminal.ts';

const { signIn, receiver } = useServerAndReceiver();

describe('notification channels', () => {
  it('are created, tested and listed, with their deliveries', async () => {
    const run = await signIn('admin');
    const ok = (argv: readonly string[]) => outputOf(run(argv));
    const { url } = receiver();
    await ok([
      ...['create', 'notificationchannel', 'hook', '--spec', 'events=[accessRequest.created]'],
      ...['--spec', `webhook={url: "${url}", secret: "${WEBHOOK_SECRET}"}`],
    ]);
    expect(await ok(['notification-channels', 'list'])).toMatch(
      /hook +webhook http:\/\/127\.0\.0\.1:\d+\/in +active +0 +0/,
    );
    expect(await ok(['notification-channels', 'show', 'hook', '-o', 'yaml'])).not.toContain(WEBHOOK_SECRET);
    const tested = await run(['notification-channels', 'test', 'hook']);
    expect(tested).toMatchObject({ exitCode: 0, stdout: '' });
    expect(tested.stderr).toContain('hook took the test message');
    receiver().status = 500;
    const failed = await run(['notification-channels', 'test', 'hook']);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toContain('answered with status 500');
    expect(failed.stderr).toContain('ERR_CLI_NOTIFICATION_FAILED');
    expect(await ok(['notification-channels', 'deliveries', 'list', 'hook', '-o', 'json'])).toMatch(/\[\s*\]/);
    const none = await run(['notification-channels', 'deliveries', 'redeliver', 'hook', 'ntf_none']);
    expect(none.stderr).toContain('ERR_API_NOT_FOUND');
  });
});
