import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRealServer } from '../../testing/real-server.ts';
import { runCaptured } from '../../testing/run-captured.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
const config = join(folder, 'server.yaml');
const stateDir = join(folder, 'server');
const run = (...argv: string[]) => runCaptured(['server', ...argv, '--config', config], { cwd: folder });
let isRunning = true;
let stop: () => Promise<unknown>;

beforeAll(async () => {
  const real = await startRealServer(stateDir);
  stop = async () => real.close();
  writeFileSync(
    config,
    `mode: development\nstateDir: ${stateDir}\nlisten: 127.0.0.1:0\naudit: { spoolMegabytes: 16 }\n`,
  );
}, 60_000);
afterAll(async () => {
  if (isRunning) await stop();
});

it('backs nothing up and restores nothing while a server runs', async () => {
  for (const argv of [['backup', 'copy'], ['restore']]) {
    const refused = await run(...argv);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('ERR_CLI_DATABASE_IN_USE');
  }
}, 30_000);

it('backs up, restores and examines', async () => {
  await stop();
  isRunning = false;
  const backup = await run('backup', 'copy');
  expect(backup, backup.stderr).toMatchObject({ exitCode: 0, stdout: '' });
  expect(backup.stderr).toMatch(/holds the database up to change \d+, under the encryption key [0-9a-f]{16}\./);
  const again = await run('backup', 'copy');
  expect(again.stderr).toContain('ERR_BACKUP_REFUSED');

  const restored = await run('restore', '--from', 'copy');
  expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
  expect(restored.stderr).toContain('What was in its place is in ');
  expect(restored.stderr).toMatch(/Replaced: frontTls, /);

  const examined = await run('doctor', '-o', 'json');
  const { items } = JSON.parse(examined.stdout) as { items: { name: string; result: string }[] };
  expect(items.map(({ name }) => name)).toContain('encryption key');
  expect(examined, examined.stdout).toMatchObject({ exitCode: 0 });
  writeFileSync(config, 'mode: sideways\n');
  const broken = await run('doctor');
  expect(broken.exitCode).toBe(1);
  expect(broken.stdout).toMatch(/^CHECK +RESULT +DETAIL +NEXT STEP\nconfiguration +failed /);
  expect(broken.stderr).toContain('ERR_CLI_DOCTOR_PROBLEMS');
}, 60_000);
