import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createHome } from '../state/home.ts';
import { withProfile } from '../state/profiles.ts';
import { updateProfiles } from '../state/profiles-file.ts';
import { createFakeApi } from '../testing/fake-api.ts';
import { aContext } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ACCESS_LISTS, type AccessList, readAccessList } from './access-lists.ts';
import { storeNames } from './name-cache.ts';
import { runComplete } from './run-complete.ts';

const folder = temporaryFolder();

describe('completion of access', () => {
  it('offers roles that can be asked for, and ids of what each command is about', async () => {
    const home = createHome(folder);
    const clock = createFakeClock();
    const profile = {
      ...{ name: 'one', url: 'https://one.example', organization: 'acme', userName: 'jo' },
      oauth: { issuer: 'i', clientId: 'c', resource: 'r', tokenEndpoint: 't' },
      loggedInAt: '2026-01-01T00:00:00.000Z',
    };
    await updateProfiles({ clock }, home, (all) => withProfile(all, profile));
    for (const kind of ACCESS_LISTS) await storeNames({ clock }, { home, profile, kind }, [`of-${kind}`]);
    await storeNames({ clock }, { home, profile, kind: 'Role' }, ['of-roles']);
    const complete = async (...words: string[]) => {
      let stdout = '';
      const context = aContext({
        env: { SALLYPORT_HOME: folder },
        clock,
        stdout: { write: (text) => (stdout += text) },
      });
      await runComplete(['--', ...words, ''], context);
      return stdout.trimEnd();
    };
    expect(await complete('access', 'request', '--role')).toBe('of-requestable-roles');
    expect(await complete('access', 'break-glass', '-r')).toBe('of-requestable-roles');
    expect(await complete('grants', 'create', '--role')).toBe('of-roles');
    for (const [verb, list] of [
      ['approve', 'requests-to-review'],
      ['deny', 'requests-to-review'],
      ['cancel', 'pending-requests'],
      ['show', 'pending-requests'],
      ['follow-up', 'uses-to-follow-up'],
      ['revoke', 'live-grants'],
      ['renew', 'live-grants'],
    ]) {
      expect(await complete('access', verb ?? ''), verb).toBe(`of-${list}`);
    }
    expect(await complete('grants', 'revoke')).toBe('of-live-grants');
    for (const verb of ['attest', 'close', 'remind', 'remove', 'report', 'show']) {
      expect(await complete('reviews', verb), verb).toBe('of-access-reviews');
    }
    expect(await complete('access', 'list', '--state')).toBe('pending\napproved\ndenied\ncancelled\nexpired');
  });

  it('reads each list from the API', async () => {
    const { api, access, call } = createFakeApi();
    const terms = { scope: { kind: 'organization' as const }, maxDuration: '8h', maxTotalDuration: '8h' };
    for (const policy of ['a', 'b']) {
      access.requestable.push({ role: 'developer', policy, ...terms, approvals: 1, mayAutoApprove: false });
    }
    const body = { role: 'developer', scope: { kind: 'clusters', clusters: ['c'] }, duration: '1h', reason: 'r' };
    const ask = async (caller: string, more = {}) =>
      ((await call(caller, 'createAccessRequest', { body: { ...body, ...more } })) as { id: string }).id;
    const own = await ask('jo@acme.example');
    const others = await ask('ann@acme.example');
    const used = await ask('ann@acme.example', { breakGlass: true });
    const grant = [...access.grants.keys()];
    await call('jo@acme.example', 'createAccessReview', { body: { name: 'q4', scope: { kind: 'organization' } } });
    const wanted: Record<AccessList, readonly string[]> = {
      'requestable-roles': ['developer'],
      'pending-requests': [others, own],
      'requests-to-review': [others],
      'uses-to-follow-up': [used],
      'live-grants': grant,
      'access-reviews': ['q4'],
    };
    for (const list of ACCESS_LISTS) expect(await readAccessList(api, 'acme', list), list).toEqual(wanted[list]);
    expect(grant).toHaveLength(1);
  });
});
