import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { createTerminal } from '../testing/terminal.ts';

const folder = temporaryFolder();
let real: RealServer;

const first = createTerminal(folder, 'first');
const second = createTerminal(folder, 'second');

interface Row {
  readonly id: string;
  readonly isCurrent: boolean;
}
async function sessions(cli: typeof first, ...flags: string[]): Promise<readonly Row[]> {
  const { stdout, stderr, exitCode } = await cli(['login-sessions', 'list', '-o', 'json', ...flags]);
  expect(exitCode, stderr).toBe(0);
  const parsed = JSON.parse(stdout) as { items: Row[] } | Row[];
  return Array.isArray(parsed) ? parsed : parsed.items;
}

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  for (const cli of [first, second]) {
    await cli(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('admin') });
  }
});
afterAll(() => real.close());

describe('commands on login sessions, at a real server', () => {
  it('raise the session that there is, and leave it alive', async () => {
    const before = (await sessions(first)).find(({ isCurrent }) => isCurrent);
    const raised = await first(['login', '--step-up', '--max-age', '5m'], { openBrowser: real.browserOf('admin') });
    expect(raised.exitCode, raised.stderr).toBe(0);
    expect((await sessions(first)).find(({ isCurrent }) => isCurrent)?.id).toBe(before?.id);
  });

  it('list one’s own sessions, and end another of them', async () => {
    const all = await sessions(first);
    expect(all).toHaveLength(2);
    const other = all.find(({ isCurrent }) => !isCurrent)?.id ?? '';
    const ended = await first(['login-sessions', 'end', other]);
    expect(ended.stderr).toContain('One login session ended.');
    expect((await second(['whoami'])).exitCode).toBe(3);
    expect(await sessions(first, '--all')).toHaveLength(1);
    expect((await first(['login-sessions', 'end', other])).exitCode).toBe(1);
  });

  it('want to be told which', async () => {
    expect((await first(['login-sessions', 'end'])).exitCode).toBe(2);
    expect((await first(['login-sessions', 'end', 'ses_x', '--mine'])).exitCode).toBe(2);
  });

  it('log in by the provider that is named, without the address of the server', async () => {
    const login = (provider: string) =>
      first(['login', '--provider', provider, '--timeout', '20s'], { openBrowser: real.browserOf('admin') });
    const known = await login('development');
    expect(known.exitCode, known.stderr).toBe(0);
    expect((await login('nope')).exitCode).not.toBe(0);
  });

  it('test an identity provider, and read a token of it', async () => {
    const owner = createTerminal(folder, 'owner');
    await owner(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('owner') });
    const tested = await owner(['identity-providers', 'test', 'development']);
    expect(tested.stdout, tested.stderr).toMatch(/discovery\s+ok/);
    expect(tested.exitCode).toBe(0);
    const document = join(folder, 'away.yaml');
    writeFileSync(
      document,
      'apiVersion: sallyport.dev/v1\nkind: IdentityProvider\nmetadata: { name: away }\nspec: { oidc: { issuer: "https://127.0.0.1:1", clientId: c } }\n',
    );
    const applied = await owner(['apply', '-f', document]);
    expect(applied.exitCode, applied.stderr).toBe(0);
    const away = await owner(['identity-providers', 'test', 'away']);
    expect([away.exitCode, away.stderr]).toEqual([1, expect.stringContaining('ERR_CLI_PROVIDER_UNUSABLE')]);
    expect(away.stdout).toMatch(/discovery\s+failed/);

    const file = join(folder, 'token');
    writeFileSync(file, 'not.a.token');
    const refused = await owner(['identity-providers', 'dry-run', 'development', '--token-file', file]);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('the token is refused')]);
    const missing = await owner(['identity-providers', 'dry-run', 'development', '--token-file', join(folder, 'nope')]);
    expect(missing.exitCode).toBe(2);
  });

  it('end all of one’s own', async () => {
    expect((await first(['login-sessions', 'end', '--mine'])).exitCode).toBe(0);
    expect((await first(['whoami'])).exitCode).toBe(3);
  });
});
