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

describe('notification channels', () => {
  it('are created, tested and listed, with their deliveries', async () => {
    const { url } = receiver;
    await ok([
      ...['create', 'notificationchannel', 'hook', '--spec', 'events=[accessRequest.created]'],
      ...['--spec', `webhook={url: "${url}", secret: "${SECRET}"}`],
    ]);
    expect(await ok(['notification-channels', 'list'])).toMatch(
      /hook +webhook http:\/\/127\.0\.0\.1:\d+\/in +active +0 +0/,
    );
    expect(await ok(['notification-channels', 'show', 'hook', '-o', 'yaml'])).not.toContain(SECRET);
    const tested = await run(['notification-channels', 'test', 'hook']);
    expect(tested).toMatchObject({ exitCode: 0, stdout: '' });
    expect(tested.stderr).toContain('hook took the test message');
    receiver.status = 500;
    const failed = await run(['notification-channels', 'test', 'hook']);
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toContain('answered with status 500');
    expect(failed.stderr).toContain('ERR_CLI_NOTIFICATION_FAILED');
    expect(await ok(['notification-channels', 'deliveries', 'list', 'hook', '-o', 'json'])).toMatch(/\[\s*\]/);
    const none = await run(['notification-channels', 'deliveries', 'redeliver', 'hook', 'ntf_none']);
    expect(none.stderr).toContain('ERR_API_NOT_FOUND');
  });
});
