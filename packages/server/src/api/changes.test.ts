import { type OrganizationId, silentLogger, systemClock } from '@sallyport/core';
import { API_VERSION } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groundOn } from '../access-requests/ground.ts';
import { logIn } from '../authn/testing/command-line.ts';
import { type Change, createChangeNews } from '../changes/change-news.ts';
import { isSeenBy } from '../changes/seen-by.ts';
import { type AccessWorld, emailOf, type PersonName, refusal, startAccessWorld } from './testing/access-world.ts';
import { openStream } from './testing/stream-reader.ts';

let world: AccessWorld;
let organizationId: OrganizationId;
beforeAll(async () => {
  world = await startAccessWorld();
  organizationId = world.installation.organization.id;
  await world.putPolicy('open');
}, 120_000);
afterAll(() => world?.close());

/** Gives each event its place in the log, as the leader of a server does. */
async function index(): Promise<void> {
  const { store } = world.installation;
  while ((await store.transact((tx) => tx.auditLog.index(2_000))).count > 0);
}

/** Who may know of what an act changes. */
async function whoSees(act: () => Promise<unknown>, code: string): Promise<readonly string[]> {
  const { installation, people } = world;
  const { store, snapshots } = installation;
  const clock = systemClock;
  const told: Change[] = [];
  const stop = createChangeNews({ store, clock, logger: silentLogger }).subscribe(organizationId, (changes) =>
    told.push(...changes),
  );
  await index();
  await act();
  await index();
  await expect.poll(() => told.map(({ event }) => event.code)).toContain(code);
  stop();
  const change = told.find(({ event }) => event.code === code) ?? expect.fail('it was not told');
  const names = Object.keys(people) as PersonName[];
  return names.filter((name) => {
    const snapshot = snapshots.current();
    const principal = snapshot.find('Principal', emailOf(name), organizationId) ?? expect.fail(name);
    const actor = { organizationId, principal, event: () => expect.fail('nothing is done') };
    return isSeenBy(groundOn({ store, snapshots, clock }, actor, snapshot), change);
  });
}

describe('what changes', () => {
  it('SEC-B21 is told to those who see it, and to nobody else: requests, verdicts and grants', async () => {
    const asked = whoSees(() => world.ask('dora', 'open'), 'access_request.created');
    expect(await asked).toEqual(['ada', 'dora', 'rita', 'remo']);
    const request = await world.ask('dirk', 'open');
    const approved = await whoSees(() => world.approve('rita', request), 'access_request.approved');
    expect(approved).toEqual(['ada', 'dirk', 'rita', 'remo']);
    const granted = await whoSees(
      () =>
        world.people.ada.api.createGrant({
          organization: world.organization,
          body: {
            user: emailOf('vera'),
            role: 'developer',
            scope: { kind: 'clusters', clusters: ['prod'] },
            duration: '1h',
            reason: 'she looks after it',
          },
        }),
      'grant.created',
    );
    expect(granted).toEqual(['ada', 'rita', 'remo', 'vera']);
  });

  it('SEC-B21 of what only its events tell of is told to those who read them', async () => {
    const made = await whoSees(
      () =>
        world.people.ada.api.createProject({
          organization: world.organization,
          body: { apiVersion: API_VERSION, kind: 'Project', metadata: { name: 'shop' }, spec: {} },
        }),
      'resource.created',
    );
    expect(made).toEqual(['ada']);
  });

  it('is told as an event stream, in which nothing stands of what it is', async () => {
    const { installation, people } = world;
    const rita = await openStream(installation, people.rita, 'watchMyChanges');
    await rita.until('retry: 2000\n\n');
    await index();
    const { id } = await world.ask('dora', 'open');
    await index();
    const text = await rita.until('event: change\ndata: {}\n\n');
    expect(text).not.toContain(id);
    rita.close();
  });

  it('ends in protocol when the login session does', async () => {
    const { installation } = world;
    const line = await logIn(installation, emailOf('ada'));
    const stream = await openStream(installation, line, 'watchMyChanges');
    await stream.until('retry: 2000\n\n');
    await line.api.logOut();
    await index();
    await world.ask('dora', 'open');
    await index();
    expect(await stream.rest()).toContain('event: end\ndata: {"code":"ERR_API_UNAUTHENTICATED"');
  });

  it('is told to so many pages of one person, and no more', async () => {
    const { installation, people } = world;
    const open = await Promise.all(
      Array.from({ length: 20 }, () => openStream(installation, people.remo, 'watchMyChanges')),
    );
    await Promise.all(open.map(({ until }) => until('retry')));
    expect(await refusal(openStream(installation, people.remo, 'watchMyChanges'))).toMatchObject({
      code: 'ERR_API_LIMIT',
    });
    for (const { close } of open) close();
  });
});
