import { join } from 'node:path';
import { type BrowserPage, createBrowser } from '@sallyport/core/testing';
import { fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliContext } from '../context.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { createTerminal } from '../testing/terminal.ts';
import { totpCode } from '../testing/totp-code.ts';

const folder = temporaryFolder();
const PASSWORD = 'seven small boats';
let real: RealServer;

const admin = createTerminal(folder, 'admin');
const lin = createTerminal(folder, 'lin');

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  await admin(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('admin') });
});
afterAll(() => real.close());

/** Sets a password and a code app up by a link; yields the secret of the app and one recovery code. */
async function setUp(link: string): Promise<{ secret: string; recoveryCodes: string[] }> {
  const browser = createBrowser({ fetch: real.browserFetch });
  const { origin, pathname, hash } = new URL(link.trim());
  const asked = shown(await browser.open(origin + pathname));
  const page = shown(await browser.submit(formOf(asked), { token: hash.slice(1) }));
  const secret = /secret=([A-Z2-7]+)/.exec(page.body)?.[1] ?? '';
  const ready = shown(await browser.submit(formOf(page), { password: PASSWORD, code: totpCode(secret, Date.now()) }));
  const recoveryCodes = [...ready.body.matchAll(/<li><code>([^<]+)</g)].map(([, code = '']) => code);
  expect(recoveryCodes, ready.body).toHaveLength(10);
  return { secret, recoveryCodes };
}

/** A browser in which a local user signs in. */
function browserOf(userName: string, code: string): CliContext['openBrowser'] {
  return async (url) => {
    const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
    const browser = createBrowser({ fetch: real.browserFetch, leaveAt: (each) => each.startsWith(redirect) });
    const page = shown(await browser.open(url.href));
    const answer = shown(await browser.submit(formOf(page), { userName, password: PASSWORD, code }));
    await browser.open(answer.links[0] ?? '');
    await fetch(browser.location);
    return true;
  };
}

describe('commands for local users, at a real server', () => {
  let recoveryCodes: string[] = [];

  it('invite somebody, who sets up how they sign in and logs in', async () => {
    const invited = await admin(['users', 'invite', 'lin@example.com', '--display-name', 'Lin']);
    expect(invited.exitCode, invited.stderr).toBe(0);
    expect(invited.stdout).toMatch(/^https:\/\/[^\s#]+\/login\/local\/link#sil_[\w-]{43}\n$/);
    expect(invited.stderr).not.toContain('sil_');
    expect((await admin(['users', 'list', '-o', 'name'])).stdout).toContain('user/lin@example.com\n');
    ({ recoveryCodes } = await setUp(invited.stdout));
    const login = await lin(['login', real.url, '--ca-file', real.caFile], {
      openBrowser: browserOf('lin@example.com', recoveryCodes[0] ?? ''),
    });
    expect(login.exitCode, login.stderr).toBe(0);
    expect((await lin(['whoami', '-o', 'json'])).stdout).toContain('sallyport:local');
  });

  it('refuse to invite somebody who has set up already, and people of a provider', async () => {
    const again = await admin(['users', 'invite', 'lin@example.com']);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toContain('ERR_API_CONFLICT');
    const foreign = await admin(['users', 'invite', 'admin@acme.example']);
    expect(foreign.stderr).toContain('is not a local user');
  });

  it('let people look after what they sign in with', async () => {
    expect((await lin(['me', 'passkeys', 'list'])).stdout).toMatch(/^ID +NAME +SYNCED +CREATED +LAST USED\n$/);
    expect((await lin(['me', 'passkeys', 'remove', 'pky_none'])).stderr).toContain('ERR_API_NOT_FOUND');
    const renewed = await lin(['me', 'recovery-codes', 'renew']);
    expect(renewed.stdout.trim().split('\n')).toHaveLength(10);
    let said = '';
    const enrolled = await lin(['me', 'totp', 'enrol'], {
      stderr: {
        write(text: string) {
          said += text;
        },
      },
      stdin: {
        async *[Symbol.asyncIterator]() {
          yield `${totpCode(/secret=([A-Z2-7]+)/.exec(said)?.[1] ?? '', Date.now())}\n`;
        },
      },
    });
    expect(enrolled.exitCode, said).toBe(0);
    expect(enrolled.stdout.trim().split('\n')).toHaveLength(10);
    recoveryCodes = enrolled.stdout.trim().split('\n');
    const wrong = await lin(['me', 'totp', 'enrol'], {
      stdin: {
        async *[Symbol.asyncIterator]() {
          yield 'twelve\n';
        },
      },
    });
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    const foreign = await admin(['me', 'passkeys', 'list']);
    expect(foreign.stderr).toContain('ERR_API_CONFLICT');
  });

  it('demand a new password', async () => {
    const demanded = await admin(['users', 'expire-password', 'lin@example.com']);
    expect(demanded).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('reset somebody, once that is confirmed', async () => {
    const asked = await admin(['users', 'reset', 'lin@example.com']);
    expect(asked.stderr).toContain('ERR_CLI_NOT_CONFIRMED');
    expect((await lin(['whoami'])).exitCode).toBe(0);
    const reset = await admin(['users', 'reset', 'lin@example.com', '--yes']);
    expect(reset.exitCode, reset.stderr).toBe(0);
    expect(reset.stdout).toMatch(/#sil_[\w-]{43}\n$/);
    expect(reset.stderr).toContain('1 login sessions ended.');
    expect((await lin(['whoami'])).exitCode).not.toBe(0);
    await setUp(reset.stdout);
  });
});

function shown(page: BrowserPage | undefined): BrowserPage {
  if (page === undefined) throw new Error('the browser left');
  return page;
}

function formOf(page: BrowserPage): BrowserPage['forms'][number] {
  const [form] = page.forms;
  if (form === undefined) throw new Error(`no form at ${page.url}: ${page.body}`);
  return form;
}
