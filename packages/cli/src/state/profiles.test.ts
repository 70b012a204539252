import { join } from 'node:path';
import { systemClock } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { accountsAt, findAccount } from './accounts.ts';
import { writePrivateFile } from './atomic-file.ts';
import { createHome } from './home.ts';
import {
  freeProfileName,
  type Profile,
  type Profiles,
  selectProfile,
  withCurrent,
  withNewName,
  withoutProfile,
  withProfile,
} from './profiles.ts';
import { readProfiles, selectionOf, updateProfiles } from './profiles-file.ts';

const folder = temporaryFolder();
let count = 0;
const aHome = () => createHome(join(folder, `home-${count++}`));
const none: Profiles = { items: [] };

function aProfile(overrides: Partial<Profile> = {}): Profile {
  return {
    name: 'one',
    url: 'https://one.example',
    organization: 'acme',
    userName: 'jo@acme.example',
    oauth: {
      issuer: 'https://one.example/oauth',
      clientId: 'sallyport-cli',
      resource: 'https://one.example/api',
      tokenEndpoint: 'https://one.example/oauth/token',
    },
    loggedInAt: '2026-01-01T00:00:00.000Z',
    ...overrides,
  };
}
const all = (...profiles: readonly Profile[]) => profiles.reduce(withProfile, none);

describe('the file of profiles', () => {
  const context = { clock: systemClock };

  it('is empty before the first login and reads back as written', async () => {
    const home = aHome();
    expect(await readProfiles(home)).toEqual({ items: [] });
    const written = await updateProfiles(context, home, (profiles) => ({
      ...withProfile(profiles, aProfile({ caPem: 'PEM' })),
      secretStorage: 'file',
    }));
    expect(await readProfiles(home)).toEqual(written);
  });

  for (const text of ['', '[]', '{"version":1,"items":[]}', '{"version":2,"items":[{"url":"x"}]}']) {
    it(`is refused when it holds ${JSON.stringify(text)}`, async () => {
      const home = aHome();
      await writePrivateFile(home.profilesFile, text);
      await expect(readProfiles(home)).rejects.toMatchObject({ code: 'ERR_CLI_STATE_MALFORMED' });
    });
  }

  it('keeps the accounts of a file of version 1, which had one per server', async () => {
    const home = aHome();
    const { name: _, ...account } = aProfile({ url: 'https://sallyport.example:7443' });
    const old = { version: 1, servers: [account], current: account.url, secretStorage: 'file' };
    await writePrivateFile(home.profilesFile, JSON.stringify(old));
    expect(await readProfiles(home)).toEqual({
      current: 'sallyport.example:7443',
      secretStorage: 'file',
      items: [{ ...account, name: 'sallyport.example:7443' }],
    });
  });

  it('loses nothing of logins that end at the same time', async () => {
    const home = aHome();
    const urls = Array.from({ length: 8 }, (_, n) => `https://s${n}.example`);
    await Promise.all(
      urls.map((url, n) =>
        updateProfiles(context, home, (profiles) => withProfile(profiles, aProfile({ url, name: `p${n}` }))),
      ),
    );
    expect((await readProfiles(home)).items.map(({ url }) => url).sort()).toEqual(urls);
  });
});

describe('profiles', () => {
  const jo = aProfile();
  const admin = aProfile({ name: 'admin', userName: 'admin@acme.example' });
  const two = aProfile({ name: 'two-eu', url: 'https://two.example' });

  it('replace the entry of the same account and follow the last login', () => {
    const again = withProfile(all(jo, two), { ...jo, name: 'renamed' });
    expect(again.items.map(({ name }) => name)).toEqual(['two-eu', 'renamed']);
    expect(selectProfile(again).name).toBe('renamed');
    expect(all(jo, admin).items).toHaveLength(2);
  });

  it('make the last one left current, and none of several', () => {
    const left = withoutProfile(all(jo, admin, two), two);
    expect(left.current).toBeUndefined();
    expect(() => selectProfile(left)).toThrow(/2 profiles and none is the current one/);
    expect(withoutProfile({ ...left, current: 'one' }, jo).current).toBe('admin');
    expect(withoutProfile(all(jo, two), jo).current).toBe('two-eu');
  });

  it('are selected by name, by server, and by account at a server', () => {
    const profiles = all(jo, two, admin);
    expect(selectProfile(profiles, { profile: 'two-eu' })).toBe(two);
    expect(selectProfile(profiles, { server: 'two.example' })).toBe(two);
    expect(selectProfile(profiles, { server: 'one.example' })).toBe(admin);
    expect(selectProfile(profiles, { server: 'one.example', account: 'acme/jo@acme.example' })).toBe(jo);
    expect(() => selectProfile(withCurrent(profiles, 'two-eu'), { server: 'one.example' })).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_USAGE', nextStep: 'Say which with --profile: one, admin.' }),
    );
  });

  it('answer what there is not with what to do', () => {
    const refuses = (selection: Parameters<typeof selectProfile>[1], code: string, nextStep: RegExp) =>
      expect(() => selectProfile(all(jo, two), selection)).toThrow(
        expect.objectContaining({ code, nextStep: expect.stringMatching(nextStep) }),
      );
    refuses({ server: 'three.example' }, 'ERR_CLI_NOT_LOGGED_IN', /sallyport login three\.example/);
    refuses({ server: 'one.example', account: 'acme/x' }, 'ERR_CLI_NOT_LOGGED_IN', /login one\.example/);
    refuses({ profile: 'two-ue' }, 'ERR_CLI_PROFILE_UNKNOWN', /Did you mean "two-eu"/);
    expect(() => selectProfile(none)).toThrow(expect.objectContaining({ code: 'ERR_CLI_NOT_LOGGED_IN' }));
  });

  it('are chosen by SALLYPORT_PROFILE unless a flag says otherwise', () => {
    const env = { SALLYPORT_PROFILE: 'two' };
    expect(selectionOf({ env }, {})).toEqual({ profile: 'two' });
    expect(selectionOf({ env }, { server: 'one.example' })).toEqual({ server: 'one.example' });
    expect(selectionOf({ env }, { profile: 'one' })).toEqual({ profile: 'one' });
    expect(selectionOf({ env: { SALLYPORT_PROFILE: '' } }, {})).toEqual({});
  });

  it('get another name, which nobody else has and which needs no quotes', () => {
    const renamed = withNewName(all(jo, two), two, 'prod');
    expect(renamed).toMatchObject({ current: 'prod', items: [{ name: 'one' }, { name: 'prod' }] });
    for (const name of ['one', '', '-x', 'a b', '$(x)', "a'b", 'x'.repeat(129)]) {
      expect(() => withNewName(all(jo, two), two, name), name).toThrow(
        expect.objectContaining({ code: 'ERR_CLI_USAGE' }),
      );
    }
  });

  it('are named by host, further accounts there by user and host', () => {
    const at = (userName: string, organization = 'acme', url = 'https://one.example:7443') => ({
      url,
      organization,
      userName,
    });
    expect(freeProfileName(none, at('jo@acme.example'))).toBe('one.example:7443');
    const first = aProfile({ ...at('jo@acme.example'), name: 'one.example:7443' });
    expect(freeProfileName(all(first), at('jo@acme.example'))).toBe('one.example:7443');
    const second = aProfile({ ...at('ada@acme.example'), name: 'ada@one.example:7443' });
    expect(freeProfileName(all(first), second)).toBe('ada@one.example:7443');
    expect(freeProfileName(all(first, second), at('ada@acme.example', 'umbrella'))).toBe(
      'ada@umbrella.one.example:7443',
    );
    expect(freeProfileName(all(first), at('$(rm -rf)'))).toBe('rm--rf-@one.example:7443');
    expect(freeProfileName(none, at('jo', 'acme', 'https://[::1]:7443'))).toBe('1-:7443');
  });
});

describe('accounts', () => {
  const jo = aProfile();
  const admin = aProfile({ name: 'admin', userName: 'admin@acme.example' });
  const elsewhere = aProfile({ name: 'other', organization: 'umbrella' });
  const two = aProfile({ name: 'two', url: 'https://two.example' });
  const profiles = all(two, jo, admin, elsewhere);

  it('are those at the server of the selected profile, or at the one that is named', () => {
    expect(accountsAt(profiles, {})).toEqual([jo, admin, elsewhere]);
    expect(accountsAt(profiles, { server: 'two.example' })).toEqual([two]);
    expect(accountsAt(profiles, { profile: 'two' })).toEqual([two]);
  });

  it('are found by user name, and with the organization where that stands for several', () => {
    expect(findAccount([jo, admin, elsewhere], 'admin@acme.example')).toBe(admin);
    expect(findAccount([jo, admin, elsewhere], 'umbrella/jo@acme.example')).toBe(elsewhere);
    expect(() => findAccount([jo, elsewhere], 'jo@acme.example')).toThrow(
      expect.objectContaining({
        code: 'ERR_CLI_USAGE',
        nextStep: 'Say which: acme/jo@acme.example, umbrella/jo@acme.example.',
      }),
    );
    expect(() => findAccount([jo, admin], 'amdin@acme.example')).toThrow(
      expect.objectContaining({ code: 'ERR_CLI_PROFILE_UNKNOWN', nextStep: expect.stringContaining('admin@acme') }),
    );
  });
});
