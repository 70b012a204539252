import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointPath } from '@sallyport/audit/witness';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createHome } from '../../state/home.ts';
import { type RealServer, startRealServer } from '../../testing/real-server.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { createTerminal } from '../../testing/terminal.ts';

const folder = temporaryFolder();
const userHome = createHome(join(folder, 'owner')).folder;
let real: RealServer;

const runAs = (who: string, ...argv: string[]) =>
  createTerminal(folder, who)(argv, { openBrowser: real.browserOf(who) });
const run = (...argv: string[]) => runAs('owner', ...argv);
interface Report {
  readonly holds: boolean;
  readonly log: string;
  readonly entries: number;
  readonly checkpoint: string;
  readonly findings: readonly { readonly kind: string; readonly index: number }[];
}
const report = async (...argv: string[]) => {
  const { exitCode, stdout, stderr } = await run('audit', 'verify', '-o', 'json', ...argv);
  return { exitCode, stderr, report: JSON.parse(stdout) as Report };
};

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  for (const who of ['owner', 'installation-admin', 'developer']) {
    const { exitCode, stderr } = await runAs(who, 'login', real.url, '--ca-file', real.caFile);
    expect(exitCode, stderr).toBe(0);
  }
}, 90_000);
afterAll(() => real.close());

it('SEC-G02 verifies the log of a server, remembers it, and goes on from there', { timeout: 60_000 }, async () => {
  // The login is indexed and signed a moment after it happened.
  const first = await vi.waitFor(async () => {
    const answer = await run('audit', 'verify');
    expect(answer.stdout).toMatch(
      /^The audit log org_\S+ holds: [1-9]\d* entr(y|ies), until \S+, \d+ checkpoints?, .*\.\n$/,
    );
    return answer;
  }, 20_000);
  expect(first.exitCode).toBe(0);
  const trustFile = join(userHome, 'audit-trust.json');
  const trust = readFileSync(trustFile, 'utf8');
  const again = await report();
  expect(again).toMatchObject({ exitCode: 0, stderr: '', report: { holds: true, anchors: 1 } });
  const { log, entries, checkpoint } = again.report;

  // The server can't be set back behind what was verified here: a remembered checkpoint that is further on gives it away.
  const [name = '', size = ''] = checkpoint.split('\n');
  const beyond = join(folder, 'kept', checkpointPath({ log, size: entries + 10_000 }));
  mkdirSync(join(folder, 'kept', log), { recursive: true });
  writeFileSync(beyond, checkpoint.replace(`${name}\n${size}\n`, `${name}\n${Number(size) + 10_000}\n`));
  const back = await report('--anchor', join(folder, 'kept'));
  expect(back).toMatchObject({ exitCode: 9, report: { holds: false, findings: [{ kind: 'rolledBack' }] } });
  expect(back.stderr).toContain('ERR_CLI_AUDIT_TAMPERED');

  // Keys that are none of those that were trusted first are not taken from the server.
  const other = trust
    .replace(/\+[A-Za-z0-9+/=]{40,}/, '+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
    .replace(/\+[0-9a-f]{8}\+/, '+00000000+');
  writeFileSync(trustFile, other);
  expect(await run('audit', 'verify')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('ERR_CLI_AUDIT_BUNDLE'),
  });
  writeFileSync(trustFile, '{');
  expect(await run('audit', 'verify')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is damaged') });
  writeFileSync(trustFile, trust);
});

it('SEC-G02 exports a bundle that holds elsewhere, by the keys that were remembered', { timeout: 60_000 }, async () => {
  const { exitCode, stdout, stderr } = await run('audit', 'bundle', '--recordings');
  expect(exitCode, stderr).toBe(0);
  const file = join(folder, 'audit.ndjson');
  writeFileSync(file, stdout);
  const whole = await report('--bundle', file);
  expect(whole).toMatchObject({ exitCode: 0, stderr: '', report: { holds: true, anchors: 1 } });
  const [line = ''] = /^.*"type":"entry","index":1,.*$/m.exec(stdout) ?? [];
  writeFileSync(file, stdout.replace(line, line.replace(/"code":"[^"]*"/, '"code":"login.failed"')));
  const edited = await report('--bundle', file);
  expect(edited).toMatchObject({ exitCode: 9, report: { findings: [{ kind: 'edited', index: 1 }] } });
});

it('SEC-G02 verifies the log of the installation for those who may read it', { timeout: 60_000 }, async () => {
  // Who administers the installation needs to read the audit log beside it.
  const who = 'subjects=[{kind: User, name: installation-admin@acme.example}]';
  const binding = ['create', 'binding', 'auditors', '--spec', 'role=auditor', '--spec', who];
  const bound = await run(...binding, '--spec', 'scope.kind=organization');
  expect(bound.exitCode, bound.stderr).toBe(0);
  const answer = await runAs('installation-admin', 'audit', 'verify', '--installation', '--recordings');
  expect(answer.stderr).toContain('This log was never verified here');
  expect(answer.stdout).toMatch(/^The audit log installation holds: [1-9]\d* entr(y|ies), .*\.\n$/);
  expect(answer.exitCode).toBe(0);
  for (const words of [['--installation'], []]) {
    const refused = await runAs('developer', 'audit', 'verify', ...words);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('ERR_API_FORBIDDEN');
  }
});

it('SEC-G02 goes on from where it was when the server starts again', { timeout: 90_000 }, async () => {
  const before = await report();
  expect(before).toMatchObject({ exitCode: 0, report: { holds: true } });
  await real.close();
  real = await startRealServer(join(folder, 'server'), undefined, Number(new URL(real.url).port));
  const login = await run('login', real.url, '--ca-file', real.caFile);
  expect(login.exitCode, login.stderr).toBe(0);
  const after = await vi.waitFor(async () => {
    const answer = await report();
    expect(answer.report.entries).toBeGreaterThan(before.report.entries);
    return answer;
  }, 20_000);
  expect(after).toMatchObject({ exitCode: 0, stderr: '', report: { holds: true, anchors: 1 } });
});

it('refuses what is no anchor and no bundle', async () => {
  const noAnchor = await run('audit', 'verify', '--anchor', join(folder, 'nowhere'));
  expect(noAnchor).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ERR_CLI_ANCHOR') });
  const file = join(folder, 'bundle.ndjson');
  writeFileSync(file, '{"type":"end","entries":0}\n');
  const noBundle = await run('audit', 'verify', '--bundle', file);
  expect(noBundle.exitCode).toBe(1);
});
