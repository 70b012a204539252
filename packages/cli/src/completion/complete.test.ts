import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { COMMAND_LOADERS } from '../command-loaders.ts';
import { createHome } from '../state/home.ts';
import { type Profile, withProfile } from '../state/profiles.ts';
import { updateProfiles } from '../state/profiles-file.ts';
import { aContext } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { storeNames } from './name-cache.ts';
import { runComplete } from './run-complete.ts';

const folder = temporaryFolder();
let count = 0;

const profile = (name: string, url: string, userName: string): Profile => ({
  name,
  url,
  organization: 'acme',
  userName,
  oauth: { issuer: url, clientId: 'cli', resource: url, tokenEndpoint: `${url}/token` },
  loggedInAt: '2026-01-01T00:00:00.000Z',
});
const one = profile('one', 'https://one.example', 'jo@acme.example');
const two = profile('two', 'https://two.example:7443', 'ada@acme.example');

/** A state folder with two profiles, and names in the cache of each. */
async function aPerson(names: readonly string[] = ['alpha', 'beta']) {
  const home = createHome(join(folder, `home-${count++}`));
  const clock = createFakeClock();
  for (const it of [two, one]) await updateProfiles({ clock: systemClock }, home, (all) => withProfile(all, it));
  await storeNames({ clock }, { home, profile: one, kind: 'Cluster' }, names);
  await storeNames({ clock }, { home, profile: one, kind: 'Role' }, ['viewer', 'view-all']);
  await storeNames({ clock }, { home, profile: two, kind: 'Cluster' }, ['gamma']);
  let stdout = '';
  let stderr = '';
  const started: string[][] = [];
  const context = aContext({
    env: { SALLYPORT_HOME: home.folder },
    clock,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    runDetached: async (args) => void started.push([...args]),
  });
  return {
    home,
    clock,
    context,
    started,
    async complete(...words: readonly string[]): Promise<readonly string[]> {
      stdout = '';
      expect(await runComplete(['--', ...words], context)).toBe(0);
      expect(stderr).toBe('');
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('\t')[0] ?? '');
    },
  };
}

describe('completion of commands and flags', () => {
  it('offers the first words, the words of a topic, and nothing that does not begin alike', async () => {
    const { complete } = await aPerson();
    const first = await complete('');
    for (const id of Object.keys(COMMAND_LOADERS)) expect(first).toContain(id.split(':')[0]);
    expect(first).toContain('help');
    expect(first).not.toContain('complete');
    expect(await complete('prof')).toEqual(['profiles']);
    expect(await complete('profiles', '')).toEqual(['list', 'remove', 'rename', 'use']);
    expect(await complete('server', 'keys', 'r')).toEqual(['rewrap', 'rotate']);
    expect(await complete('nonesuch', '')).toEqual([]);
    expect(await complete('help', 'kube', 'lo')).toEqual(['login', 'logout']);
  });

  it('offers the flags of a command that are not given yet', async () => {
    const { complete } = await aPerson();
    expect(await complete('whoami', '--')).toEqual(['--output', '--no-headers', '--server', '--profile', '--help']);
    expect(await complete('whoami', '-o', 'json', '--pro')).toEqual(['--profile']);
    expect(await complete('whoami', '-o', 'json', '--o')).toEqual([]);
    expect(await complete('login', '--no')).toEqual(['--no-browser']);
    expect(await complete('create', 'project', 'x', '--label', 'a=b', '--la')).toEqual(['--label']);
    expect(await complete('whoami', '--', '--')).toEqual([]);
  });

  it('offers the values of flags in all three forms', async () => {
    const { complete } = await aPerson();
    const outputs = ['table', 'wide', 'json', 'yaml', 'name', 'jsonpath='];
    expect(await complete('whoami', '--output', '')).toEqual(outputs);
    expect(await complete('whoami', '-o', 'j')).toEqual(['json', 'jsonpath=']);
    expect(await complete('whoami', '--output=js')).toEqual(['--output=json', '--output=jsonpath=']);
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish', 'powershell']);
    expect(await complete('clusters', 'register', 'c', '--ceiling', 'view,e')).toEqual(['view,edit']);
    expect(await complete('apply', '-f', '')).toEqual([':file']);
    expect(await complete('kube', 'login', '--kubeconfig', 'x')).toEqual([':file']);
    expect(await complete('login', 'host', '--ca-file', '')).toEqual([':file']);
  });

  it('loads every command without a fault', async () => {
    const { complete } = await aPerson();
    for (const id of Object.keys(COMMAND_LOADERS)) {
      expect(await complete(...id.split(':'), '--h'), id).toContain('--help');
    }
  });
});

describe('completion of names', () => {
  it('offers profiles, servers and accounts of this machine', async () => {
    const { complete } = await aPerson();
    expect(await complete('profiles', 'use', '')).toEqual(['two', 'one']);
    expect(await complete('whoami', '--profile', 't')).toEqual(['two']);
    expect(await complete('whoami', '--server', '')).toEqual(['two.example:7443', 'one.example']);
    expect(await complete('accounts', 'use', 'a')).toEqual([
      'ada@acme.example',
      'acme/ada@acme.example',
      'acme/jo@acme.example',
    ]);
  });

  it('offers kinds and names of resources, in both forms', async () => {
    const { complete } = await aPerson();
    expect(await complete('get', 'rol')).toEqual(['roles', 'role']);
    expect(await complete('get', 'role', 'view')).toEqual(['viewer', 'view-all']);
    expect(await complete('delete', 'cluster', 'alpha', 'b')).toEqual(['beta']);
    expect(await complete('edit', 'cluster/a')).toEqual(['cluster/alpha']);
    expect(await complete('get', 'cluster/alpha', 'role/view-')).toEqual(['role/view-all']);
    expect(await complete('clusters', 'show', '')).toEqual(['alpha', 'beta']);
    expect(await complete('clusters', 'register', '')).toEqual([]);
    expect(await complete('kube', 'login', '--cluster=a')).toEqual(['--cluster=alpha']);
    expect(await complete('kube', 'use', 'b')).toEqual(['beta']);
    expect(await complete('clusters', 'agents', 'al')).toEqual(['alpha']);
    expect(await complete('clusters', 'agents', 're')).toEqual(['revoke']);
    expect(await complete('clusters', 'agents', 'revoke', 'al')).toEqual(['alpha']);
    expect(await complete('export', 'roles', 'gr')).toEqual(['groups', 'group']);
  });

  it('takes the names of the profile that the line selects', async () => {
    const { complete } = await aPerson();
    expect(await complete('clusters', 'show', '--profile', 'two', '')).toEqual(['gamma']);
    expect(await complete('clusters', 'show', '--server=two.example:7443', '')).toEqual(['gamma']);
  });

  it('offers no name that a terminal would act on', async () => {
    const { complete } = await aPerson(['good', 'evil\u001b[31m', 'two\nlines', 'tab\tbed']);
    expect(await complete('clusters', 'show', '')).toEqual(['good']);
  });

  it('says nothing, and fails in nothing, when nobody is logged in or the line makes no sense', async () => {
    const { context, home } = await aPerson();
    const written: string[] = [];
    const stdout = { write: (text: string) => written.push(text) };
    const stranger = { ...context, env: { SALLYPORT_HOME: join(home.folder, 'none') }, stdout, stderr: stdout };
    for (const words of [
      ['clusters', 'show', ''],
      ['get', 'nonesuch', ''],
      ['get', 'clusters', ''],
      ['\u0000', '-', '--='],
    ]) {
      expect(await runComplete(['--', ...words], stranger)).toBe(0);
    }
    expect(written.join('')).toBe('');
  });
});

describe('the cache of names', () => {
  it('is private, fresh for half a minute, and renewed by a process of its own afterwards', async () => {
    const { complete, clock, started, home } = await aPerson();
    const files = readdirSync(join(home.folder, 'completion'), { recursive: true, withFileTypes: true }).filter((it) =>
      it.isFile(),
    );
    expect(files).toHaveLength(3);
    for (const file of files) expect(statSync(join(file.parentPath, file.name)).mode & 0o777).toBe(0o600);
    clock.advance(29_000);
    await complete('clusters', 'show', '');
    expect(started).toEqual([]);
    clock.advance(2_000);
    expect(await complete('clusters', 'show', '')).toEqual(['alpha', 'beta']);
    expect(started).toEqual([['complete', '--update', 'Cluster', '--profile', 'one']]);
  });

  it('gives what the process found when that is quick', async () => {
    const { clock, context, home } = await aPerson();
    clock.advance(60_000);
    const written: string[] = [];
    const runDetached = () => storeNames({ clock }, { home, profile: one, kind: 'Cluster' }, ['delta']);
    const stdout = { write: (text: string) => written.push(text) };
    await runComplete(['--', 'clusters', 'show', ''], { ...context, runDetached, stdout });
    expect(written).toEqual(['delta\n']);
  });

  it('waits no longer than a moment for a server that does not answer, and does not ask again at once', async () => {
    const { context, clock } = await aPerson();
    clock.advance(60_000);
    const written: string[] = [];
    let asked = 0;
    const hanging = {
      ...context,
      stdout: { write: (text: string) => written.push(text) },
      runDetached: () => {
        asked += 1;
        return new Promise<void>(() => {});
      },
    };
    const completion = runComplete(['--', 'clusters', 'show', ''], hanging);
    await vi.waitFor(() => expect(asked).toBe(1));
    expect(written).toEqual([]);
    await clock.advanceAsync(700);
    await completion;
    expect(written).toEqual(['alpha\nbeta\n']);
    await runComplete(['--', 'clusters', 'show', ''], hanging);
    expect(asked).toBe(1);
  });

  it('forgets names that are a day old', async () => {
    const { complete, clock, started } = await aPerson();
    clock.advance(23 * 3_600_000);
    expect(await complete('clusters', 'show', '')).toEqual(['alpha', 'beta']);
    clock.advance(2 * 3_600_000);
    expect(await complete('clusters', 'show', '')).toEqual([]);
    expect(await complete('clusters', 'show', '')).toEqual([]);
    expect(started).toHaveLength(2);
  });
});
