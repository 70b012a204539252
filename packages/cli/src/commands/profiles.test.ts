import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { credentialFiles } from '../kube/credential-files.ts';
import { createHome } from '../state/home.ts';
import { type Account, withProfile } from '../state/profiles.ts';
import { updateProfiles } from '../state/profiles-file.ts';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
let count = 0;

const account = (url: string, userName: string): Account => ({ url, organization: 'acme', userName });
const jo = account('https://one.example', 'jo@acme.example');
const admin = account('https://one.example', 'admin@acme.example');
const two = account('https://two.example', 'jo@acme.example');

/** A state folder with three profiles: `one` and `one-admin` at one server, `two` at another, which is current. */
async function aPerson(env: Record<string, string> = {}) {
  const home = createHome(join(folder, `home-${count++}`));
  for (const [name, profile] of [
    ['one', jo],
    ['one-admin', admin],
    ['two', two],
  ] as const) {
    const oauth = {
      issuer: profile.url,
      clientId: 'cli',
      resource: profile.url,
      tokenEndpoint: `${profile.url}/token`,
    };
    const loggedInAt = '2026-01-01T00:00:00.000Z';
    await updateProfiles({ clock: systemClock }, home, (all) =>
      withProfile(all, { name, ...profile, oauth, loggedInAt }),
    );
  }
  const run = (argv: readonly string[]) =>
    runCaptured(argv, { env: { SALLYPORT_HOME: home.folder, ...env }, userHome: home.folder });
  const current = async () =>
    (await run(['profiles', 'list', '-o', 'jsonpath={.items[?(@.isCurrent==true)].name}'])).stdout;
  return { home, run, current };
}

describe('profiles', () => {
  it('are listed with the current one marked, and changed by use', async () => {
    const { run, current } = await aPerson();
    expect((await run(['profiles', 'list'])).stdout).toBe(
      [
        'CURRENT   NAME        SERVER                USER                 ORGANIZATION',
        '          one         https://one.example   jo@acme.example      acme',
        '          one-admin   https://one.example   admin@acme.example   acme',
        '*         two         https://two.example   jo@acme.example      acme',
        '',
      ].join('\n'),
    );
    expect(await run(['profiles', 'use', 'one-admin'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'The current profile is one-admin.\n',
    });
    expect(await current()).toBe('one-admin');
    const unknown = await run(['profiles', 'use', 'one-amdin']);
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unknown.stderr).toContain('ERR_CLI_PROFILE_UNKNOWN');
    expect(unknown.stderr).toContain('Did you mean "one-admin"?');
  });

  it('keep being the current one under another name', async () => {
    const { run, current } = await aPerson();
    expect((await run(['profiles', 'rename', 'two', 'prod'])).exitCode).toBe(0);
    expect(await current()).toBe('prod');
    expect((await run(['profiles', 'rename', 'prod', 'one'])).exitCode).toBe(2);
  });

  it('are chosen for one command by --profile or SALLYPORT_PROFILE, not by both a profile and a server', async () => {
    const { run } = await aPerson({ SALLYPORT_PROFILE: 'one' });
    // Nobody is logged in for real: the address in the refusal tells which profile was taken.
    expect((await run(['whoami'])).stderr).toContain('not logged in to https://one.example');
    expect((await run(['whoami', '--profile', 'two'])).stderr).toContain('not logged in to https://two.example');
    expect((await run(['whoami', '--server', 'two.example'])).stderr).toContain('not logged in to https://two.example');
    expect((await run(['whoami', '--server', 'two.example', '--profile', 'one'])).exitCode).toBe(2);
  });

  it('are removed with everything that hangs on them, and no other', async () => {
    const { run, home, current } = await aPerson();
    const files = [jo, two].map((it) => credentialFiles(home, it, 'alpha').cache);
    for (const file of files) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'cached');
    }
    const { exitCode, stderr } = await run(['profiles', 'remove', 'two']);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toBe('Logged out of https://two.example, as jo@acme.example.\n');
    expect(files.map((file) => existsSync(file))).toEqual([true, false]);
    expect(await current()).toBe('');
    expect((await run(['profiles', 'list', '-o', 'name'])).stdout).toBe('profile/one\nprofile/one-admin\n');
  });
});

describe('accounts', () => {
  it('are those at the server of the current profile, and changed by user name', async () => {
    const { run, current } = await aPerson();
    expect((await run(['accounts', 'list', '-o', 'name'])).stdout).toBe('account/acme/jo@acme.example\n');
    const atOne = ['accounts', 'list', '--server', 'one.example', '--no-headers'];
    expect((await run(atOne)).stdout).toMatch(
      /^ +jo@acme\.example +acme +one\n +admin@acme\.example +acme +one-admin\n$/,
    );
    expect((await run(['accounts', 'use', 'admin@acme.example'])).exitCode).toBe(1);
    expect((await run(['accounts', 'use', 'admin@acme.example', '--server', 'one.example'])).exitCode).toBe(0);
    expect(await current()).toBe('one-admin');
    expect((await run(['accounts', 'use', 'acme/jo@acme.example'])).exitCode).toBe(0);
    expect(await current()).toBe('one');
  });
});

describe('config', () => {
  it('path prints the state folder, show says where each setting comes from', async () => {
    const { run, home } = await aPerson({ SALLYPORT_PROFILE: 'one', NO_COLOR: '1' });
    expect((await run(['config', 'path'])).stdout).toBe(`${home.folder}\n`);
    const { items } = JSON.parse((await run(['config', 'show', '-o', 'json'])).stdout) as {
      items: { name: string; value?: string; source: string }[];
    };
    const setting = (name: string) => items.find((it) => it.name === name);
    expect(setting('state folder')).toEqual({ name: 'state folder', value: home.folder, source: 'SALLYPORT_HOME' });
    expect(setting('profile')).toEqual({ name: 'profile', value: 'one', source: 'SALLYPORT_PROFILE' });
    expect(setting('session secrets')?.value).toBe('files, mode 0600');
    expect(setting('no color')).toMatchObject({ value: '1', source: 'NO_COLOR' });
    expect(setting('editor')).toEqual({ name: 'editor', source: 'default' });
  });

  it('show works with a state that can not be read', async () => {
    const { run, home } = await aPerson();
    writeFileSync(home.profilesFile, 'junk');
    const { exitCode, stdout } = await run(['config', 'show']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('is not a list of profiles');
  });

  it('clean deletes caches and what no profile uses, and keeps sessions, shims and what is in use', async () => {
    const { run, home } = await aPerson();
    const stranger = account('https://gone.example', 'jo');
    const write = (path: string, ageMs = 0) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'x');
      const at = new Date(Date.now() - ageMs);
      utimesSync(path, at, at);
      return path;
    };
    const shim = (it: Account) => join(dirname(credentialFiles(home, it, 'alpha').cache), 'credential.sh');
    const paths = join(dirname(dirname(shim(jo))), 'kubeconfigs.json');
    const kept = [
      write(home.sessionFile(jo)),
      write(shim(jo)),
      write(paths),
      write(home.sessionLock(jo)),
      write(`${home.profilesFile}.1.abc.tmp`),
    ];
    const needless = [
      write(home.sessionFile(stranger)),
      write(shim(stranger)),
      write(credentialFiles(home, jo, 'alpha').cache),
      write(credentialFiles(home, jo, 'alpha').failure),
      write(home.sessionLock(two), 3_600_000),
      write(`${home.profilesFile}.2.abc.tmp`, 3_600_000),
    ];
    const listed = `${[...needless].sort().join('\n')}\n`;
    expect(await run(['config', 'clean', '--dry-run'])).toEqual({
      exitCode: 0,
      stdout: listed,
      stderr: 'Would delete 6 files.\n',
    });
    expect(needless.every((path) => existsSync(path))).toBe(true);
    expect(await run(['config', 'clean'])).toMatchObject({ stdout: listed, stderr: 'Deleted 6 files.\n' });
    expect(needless.some((path) => existsSync(path))).toBe(false);
    expect(kept.map((path) => readFileSync(path, 'utf8'))).toEqual(kept.map(() => 'x'));
  });
});
