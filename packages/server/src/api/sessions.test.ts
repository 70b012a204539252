import { chunkKeyOf, parseAsciicast } from '@sallyport/audit/recording';
import { type ClusterId, createId, Secret, silentLogger, systemClock } from '@sallyport/core';
import { API_VERSION, type PlatformPermission } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logIn } from '../authn/testing/command-line.ts';
import { addCluster } from '../authn/testing/installation.ts';
import { startWordIndex } from '../sessions/index-words.ts';
import { createRecordingSource } from '../sessions/recording-source.ts';
import { recordSession } from '../sessions/testing/record-session.ts';
import type { RecordingToStart } from '../stores/contracts.ts';
import { type AccessWorld, emailOf, type PersonName, refusal, startAccessWorld } from './testing/access-world.ts';

let world: AccessWorld;
let organization: string;
let index: ReturnType<typeof startWordIndex>;
let prod: ClusterId;
let lab: ClusterId;
beforeAll(async () => {
  world = await startAccessWorld();
  ({ organization } = world);
  const { installation } = world;
  await addCluster(installation, 'lab');
  const { store, snapshots } = installation;
  const clusterOf = (name: string) =>
    snapshots.current().findCluster(organization, name)?.id ?? expect.fail(`no cluster ${name}`);
  [prod, lab] = [clusterOf('prod'), clusterOf('lab')];
  const source = createRecordingSource(store.recordings, new Map([['database', store.recordings.blobs]]));
  index = startWordIndex({ store, source, holder: createId('replica'), clock: systemClock, logger: silentLogger });
  // Rita audits `prod` alone, vera everything.
  await bindAuditor('rita', { kind: 'clusters', clusters: ['prod'] });
  await bindAuditor('vera', { kind: 'organization' });
}, 120_000);
afterAll(async () => {
  await index?.close();
  await world?.close();
});

async function bindAuditor(
  name: PersonName,
  scope: { kind: 'organization' } | { kind: 'clusters'; clusters: string[] },
  {
    role = `watch-${name}`,
    permissions = ['sessions.read', 'sessions.terminate', 'clusters.read'],
  }: { readonly role?: string; readonly permissions?: PlatformPermission[] } = {},
) {
  await world.people.ada.api.applyResources({
    organization,
    body: {
      resources: [
        {
          apiVersion: API_VERSION,
          kind: 'Role',
          metadata: { name: role },
          spec: { permissions },
        },
        {
          apiVersion: API_VERSION,
          kind: 'Binding',
          metadata: { name: role },
          spec: { role, subjects: [{ kind: 'User', name: emailOf(name) }], scope },
        },
      ],
    },
  });
}

const apiOf = (name: PersonName) => world.people[name].api;
function record(overrides: Partial<RecordingToStart> = {}) {
  const { store, organization: own } = world.installation;
  return recordSession(store, own.id, { clusterId: prod, ...overrides });
}
/** What makes a recording that of a person. */
function ownOf(name: PersonName): Pick<RecordingToStart, 'principalId' | 'userName'> {
  const { snapshots, organization: own } = world.installation;
  const userName = emailOf(name);
  const { id } = snapshots.current().find('Principal', userName, own.id) ?? expect.fail(`no ${name}`);
  return { principalId: id, userName };
}
async function auditedOf(id: string): Promise<readonly string[]> {
  const { store, organization: own } = world.installation;
  const events = await store.listAudit({ organizationId: own.id, limit: 1_000 });
  return events
    .filter(({ recordingId }) => recordingId === id)
    .map(({ code, details }) =>
      [code, (details as { operation?: string } | undefined)?.operation].filter(Boolean).join(' '),
    )
    .reverse();
}

describe('recorded sessions', () => {
  it('are replayed but for chunks that are missing or were altered, which are named, with when it was', async () => {
    const session = await record();
    const { id } = session.recording;
    for (const text of ['one ', 'two ', 'three ', 'four ']) await session.print(text);
    await session.end();
    const { blobs } = world.installation.store.recordings;
    const { chunkCount } = await apiOf('vera').getSession({ organization, id });
    const read = async () => {
      const lines = (await apiOf('vera').getRecording({ organization, id })).trim().split('\n');
      const [header, ...events] = lines.map((line) => JSON.parse(line));
      const texts = events.filter(([, code]) => code === 'o').map(([, , data]) => data);
      return {
        header,
        text: texts.join(''),
        marks: events.filter(([, code]) => code === 'm').map(([, , data]) => data),
      };
    };
    expect(await read()).toMatchObject({ text: 'one two three four ', marks: [] });
    const second = Buffer.from((await blobs.get(chunkKeyOf(id, 2))) ?? []);
    second.writeUInt8(second.readUInt8(second.length - 1) ^ 1, second.length - 1);
    await blobs.put(chunkKeyOf(id, 2), second);
    await blobs.delete(chunkKeyOf(id, 3));
    const damaged = (number: number) =>
      expect.stringMatching(
        new RegExp(
          `^ERR_RECORDING_CHUNK: chunk ${number} of ${chunkCount}, from [\\d.]+ s to [\\d.]+ s, is missing or was altered$`,
        ),
      );
    expect(await read()).toMatchObject({ text: 'one four ', marks: [damaged(2), damaged(3)] });
    await blobs.delete(chunkKeyOf(id, 0));
    const rest = await read();
    expect(rest.header).toMatchObject({ version: 2, width: 80, command: 'sh' });
    expect(rest).toMatchObject({ text: expect.stringMatching(/four $/), marks: [damaged(0), damaged(2), damaged(3)] });
  });

  it('are answered with ERR_API_RECORDING_UNREADABLE where their blob store is not set up, and nothing of them is sent', async () => {
    const { recording } = await record({ key: { blobStore: 'elsewhere', dataKey: new Secret('key') } });
    expect(await refusal(apiOf('vera').getRecording({ organization, id: recording.id }))).toMatchObject({
      status: 503,
      code: 'ERR_API_RECORDING_UNREADABLE',
      detail: expect.stringContaining('[ERR_RECORDING_CHUNK]'),
    });
  });

  it('are listed newest first, shown, and replayed as they were, with an audit event for each reading', async () => {
    const first = await record();
    await first.print('\u001b[1mwelcome\u001b[0m to ');
    await first.print('the shop\r\n');
    await first.end();
    const second = await record({ pod: 'db-0' });
    const { items } = await apiOf('vera').listSessions({ organization, namespace: 'shop' });
    const ids = items.map(({ id }) => id);
    expect(ids.indexOf(second.recording.id)).toBeLessThan(ids.indexOf(first.recording.id));
    const { id } = first.recording;
    expect(await apiOf('vera').getSession({ organization, id })).toMatchObject({
      id,
      user: emailOf('dora'),
      cluster: 'prod',
      pod: 'web-0',
      command: ['sh'],
      state: 'complete',
      exitCode: 0,
    });
    const cast = await apiOf('vera').getRecording({ organization, id });
    const [header, ...events] = cast
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(header).toMatchObject({ version: 2, width: 80, height: 24 });
    expect(events.map(([, , data]) => data).join('')).toBe('\u001b[1mwelcome\u001b[0m to the shop\r\n');
    expect(await auditedOf(id)).toEqual(['recording.read getSession', 'recording.read getRecording']);
    await second.end();
  });

  it('are listed page by page and by each filter', async () => {
    const sessions = [];
    for (let i = 0; i < 3; i += 1) sessions.push(await record({ namespace: 'paged', pod: `web-${i}` }));
    for (const session of sessions) await session.end();
    const of = { organization, namespace: 'paged' };
    const page = await apiOf('vera').listSessions({ ...of, limit: 2 });
    const rest = await apiOf('vera').listSessions({ ...of, limit: 2, continue: page.metadata.continue });
    expect(page.metadata.totalCount).toBe(3);
    expect([...page.items, ...rest.items].map(({ pod }) => pod).sort()).toEqual(['web-0', 'web-1', 'web-2']);
    const count = async (filter: object) => (await apiOf('vera').listSessions({ ...of, ...filter })).items.length;
    expect(await count({ pod: 'web-1', cluster: 'prod', kind: 'exec', state: 'complete' })).toBe(1);
    for (const none of [
      { cluster: 'lab' },
      { cluster: 'unknown' },
      { state: 'recording' },
      { kind: 'attach' },
      { user: 'unknown@example.com' },
      { to: '2020-01-01T00:00:00Z' },
      { from: '2099-01-01T00:00:00Z' },
    ] as const) {
      expect(await count(none), JSON.stringify(none)).toBe(0);
    }
  });

  it('are found by what was printed, with the place, however it was coloured and cut', async () => {
    const session = await record({ pod: 'search-0' });
    await session.print('mysql> DROP ta');
    await session.print('ble \u001b[31mcus\u001b[1mtomers\u001b[0m;\r\n');
    await session.print('ERROR 1142 (42000): command denied \u202eto user\r\n');
    await session.end();
    const { id } = session.recording;
    const search = async (q: string) =>
      (await apiOf('vera').searchSessions({ organization, q, pod: 'search-0' })).items;
    await vi.waitFor(async () => expect((await search('denied')).length).toBe(1), 10_000);
    const [hit] = await search('"drop table customers" DENIED');
    expect(hit?.session.id).toBe(id);
    expect(hit?.matches[0]).toMatchObject({ text: expect.stringContaining('DROP table customers;') });
    expect(await search('"table drop"')).toEqual([]);
    expect(await search('customer')).toEqual([]);
    expect(await refusal(apiOf('vera').searchSessions({ organization, q: '"-"' }))).toMatchObject({
      code: 'ERR_API_REQUEST_INVALID',
    });
  });

  it('are followed while they run, to their end', async () => {
    const session = await record();
    await session.print('one ');
    const { id } = session.recording;
    const live = apiOf('vera').watchRecording({ organization, id });
    await session.print('two');
    await session.end();
    const text = await live;
    const data = [...text.matchAll(/^data: (\[.*\])$/gm)].map(([, line = '']) => JSON.parse(line)[2]);
    expect(data.join('')).toBe('one two');
    expect(text).toMatch(/event: end\ndata: {"state":"complete"}\n\n$/);
    expect(await auditedOf(id)).toEqual(['recording.read watchRecording']);
  });

  it('SEC-B21 are watched no longer once the permission is gone', async () => {
    await bindAuditor('remo', { kind: 'organization' });
    const session = await record();
    const live = apiOf('remo').watchRecording({ organization, id: session.recording.id });
    // It is under way when its reading stands in the audit log.
    await vi.waitFor(async () => expect(await auditedOf(session.recording.id)).toHaveLength(1));
    await apiOf('ada').deleteBinding({ organization, name: 'watch-remo' });
    expect(await live).toContain('event: end\ndata: {"reason":"you may not watch this session any longer"}');
    await session.end();
  });

  it('SEC-B21 of clusters where one holds nothing are neither listed, found, shown, replayed, watched nor ended', async () => {
    const hidden = await record({ clusterId: lab, clusterName: 'lab', pod: 'hidden-0' });
    await hidden.print('hiddenword');
    const { id } = hidden.recording;
    await vi.waitFor(
      async () => expect((await apiOf('vera').searchSessions({ organization, q: 'hiddenword' })).items.length).toBe(1),
      10_000,
    );
    for (const name of ['rita', 'dora'] as const) {
      const api = apiOf(name);
      expect((await api.listSessions({ organization, pod: 'hidden-0' })).items).toEqual([]);
      expect((await api.listSessions({ organization, cluster: 'lab' })).metadata.totalCount).toBe(0);
      expect((await api.searchSessions({ organization, q: 'hiddenword' })).items).toEqual([]);
      const body = { reason: 'no' };
      for (const work of [
        () => api.getSession({ organization, id }),
        () => api.getRecording({ organization, id }),
        () => api.watchRecording({ organization, id }),
        () => api.terminateMySession({ id, body }),
      ]) {
        expect(await refusal(work())).toMatchObject({ code: 'ERR_API_NOT_FOUND' });
      }
    }
    const body = { reason: 'no' };
    expect((await refusal(apiOf('rita').terminateSession({ organization, id, body }))).code).toBe('ERR_API_NOT_FOUND');
    expect((await refusal(apiOf('dora').terminateSession({ organization, id, body }))).code).toBe('ERR_API_FORBIDDEN');
    await hidden.end();
  });

  it('SEC-B21 reading those of a cluster is not enough to end them, whatever one may on another', async () => {
    const on = (cluster: string) => ({ kind: 'clusters' as const, clusters: [cluster] });
    await bindAuditor('dirk', on('prod'), { role: 'reads-prod', permissions: ['sessions.read'] });
    await bindAuditor('dirk', on('lab'), { role: 'ends-lab', permissions: ['sessions.terminate'] });
    const session = await record();
    const { id, requestId } = session.recording;
    expect(await apiOf('dirk').getSession({ organization, id })).toMatchObject({ id, state: 'recording' });
    const ended = apiOf('dirk').terminateSession({ organization, id, body: { reason: 'no' } });
    expect((await refusal(ended)).code).toBe('ERR_API_NOT_FOUND');
    expect(world.installation.snapshots.current().terminatedSessions.get(requestId)).toBeUndefined();
    await session.end();
  });

  it('are ended by a reason that every server knows, with one audit event; an ended one is not', async () => {
    const session = await record();
    const { id, requestId } = session.recording;
    const body = { reason: 'not agreed upon' };
    await apiOf('rita').terminateSession({ organization, id, body });
    await apiOf('rita').terminateSession({ organization, id, body: { reason: 'again' } });
    const { snapshots } = world.installation;
    expect(snapshots.current().terminatedSessions.get(requestId)).toMatchObject({
      reason: 'not agreed upon',
      terminatedBy: emailOf('rita'),
    });
    expect(await auditedOf(id)).toEqual(['session.terminated']);
    await session.end();
    expect((await refusal(apiOf('rita').terminateSession({ organization, id, body }))).code).toBe('ERR_API_CONFLICT');
  });

  it('of one’s own are listed while they run, and ended, without any permission', async () => {
    const session = await record(ownOf('dora'));
    const { id } = session.recording;
    expect((await apiOf('dora').listMySessions()).items.map((each) => each.id)).toEqual([id]);
    expect((await apiOf('dirk').listMySessions()).items).toEqual([]);
    await apiOf('dora').terminateMySession({ id, body: { reason: 'done' } });
    expect(await auditedOf(id)).toEqual(['session.terminated']);
    await session.end();
    expect((await apiOf('dora').listMySessions()).items).toEqual([]);
  });

  it('of one’s own are listed, found, shown, replayed and watched without any permission, wherever they were made', async () => {
    const session = await record({ ...ownOf('dora'), clusterId: lab, clusterName: 'lab', pod: 'own-0' });
    await session.print('ownword');
    const { id } = session.recording;
    const { api } = world.people.dora;
    const watched = api.watchRecording({ organization, id });
    await vi.waitFor(
      async () => expect((await api.searchSessions({ organization, q: 'ownword' })).items).toHaveLength(1),
      10_000,
    );
    await session.end();
    expect(await watched).toMatch(/event: end\ndata: {"state":"complete"}\n\n$/);
    for (const filter of [
      { pod: 'own-0' },
      { pod: 'own-0', cluster: 'lab' },
      { pod: 'own-0', user: emailOf('dora') },
    ]) {
      expect((await api.listSessions({ organization, ...filter })).items.map((each) => each.id)).toEqual([id]);
    }
    expect((await api.listSessions({ organization, pod: 'own-0', cluster: 'prod' })).items).toEqual([]);
    expect(await api.getSession({ organization, id })).toMatchObject({ id, cluster: 'lab', state: 'complete' });
    expect(await api.getRecording({ organization, id })).toContain('ownword');
    expect(await auditedOf(id)).toEqual([
      'recording.read watchRecording',
      'recording.read getSession',
      'recording.read getRecording',
    ]);
    const onGone = await record({
      ...ownOf('dora'),
      clusterId: createId('cluster'),
      clusterName: 'gone',
      pod: 'own-1',
    });
    await onGone.end();
    expect((await api.listSessions({ organization, pod: 'own-1' })).metadata.totalCount).toBe(1);
    expect((await api.getSession({ organization, id: onGone.recording.id })).cluster).toBe('gone');
  });

  it('SEC-B21 of others are not told of to whoever sees their own alone, in no listing, count or search', async () => {
    const both = { namespace: 'shared', clusterId: lab, clusterName: 'lab' };
    const own = await record({ ...both, ...ownOf('dora') });
    const other = await record({ ...both, ...ownOf('dirk') });
    for (const session of [own, other]) {
      await session.print('sharedword');
      await session.end();
    }
    await vi.waitFor(
      async () => expect((await apiOf('vera').searchSessions({ organization, q: 'sharedword' })).items).toHaveLength(2),
      10_000,
    );
    // Rita audits another cluster: here she has nothing, and what is her own elsewhere changes nothing of that.
    const sees = { dora: [own.recording.id], dirk: [other.recording.id], rita: [], nobody: [] } as const;
    for (const [name, ids] of Object.entries(sees)) {
      const { api } = world.people[name as keyof typeof sees];
      const listed = await api.listSessions({ organization, namespace: 'shared' });
      expect({ ids: listed.items.map(({ id }) => id), count: listed.metadata.totalCount }, name).toEqual({
        ids,
        count: ids.length,
      });
      const found = await api.searchSessions({ organization, q: 'sharedword' });
      expect(
        found.items.map(({ session }) => session.id),
        name,
      ).toEqual(ids);
    }
    const { id } = other.recording;
    const { api } = world.people.dora;
    expect((await api.listSessions({ organization, user: emailOf('dirk') })).metadata.totalCount).toBe(0);
    for (const work of [
      () => api.getSession({ organization, id }),
      () => api.getRecording({ organization, id }),
      () => api.watchRecording({ organization, id }),
      () => api.terminateMySession({ id, body: { reason: 'no' } }),
    ]) {
      expect(await refusal(work())).toMatchObject({ status: 404, code: 'ERR_API_NOT_FOUND' });
    }
  });

  it('SEC-B21 of one’s own in a cluster that one does not audit stand beside those of the one that one audits', async () => {
    const inLab = { namespace: 'mixed', clusterId: lab, clusterName: 'lab' };
    const own = await record({ ...inLab, ...ownOf('rita') });
    const audited = await record({ namespace: 'mixed', ...ownOf('dora') });
    const hidden = await record({ ...inLab, ...ownOf('dora') });
    for (const session of [own, audited, hidden]) await session.end();
    const listed = async (filter: object) =>
      (await apiOf('rita').listSessions({ organization, namespace: 'mixed', ...filter })).items.map(({ id }) => id);
    expect(await listed({})).toEqual([own.recording.id, audited.recording.id].sort().reverse());
    expect(await listed({ cluster: 'lab' })).toEqual([own.recording.id]);
    expect(await listed({ user: emailOf('dora') })).toEqual([audited.recording.id]);
    const body = { reason: 'no' };
    const ended = apiOf('rita').terminateSession({ organization, id: own.recording.id, body });
    expect((await refusal(ended)).code).toBe('ERR_API_NOT_FOUND');
  });

  it('SEC-B21 of another organization are nobody’s own here', async () => {
    const { store } = world.installation;
    const foreign = await recordSession(store, createId('organization'), { ...ownOf('dora'), pod: 'foreign-0' });
    await foreign.end();
    const { api } = world.people.dora;
    expect((await api.listSessions({ organization, pod: 'foreign-0' })).metadata.totalCount).toBe(0);
    const { id } = foreign.recording;
    for (const work of [
      () => api.getSession({ organization, id }),
      () => api.getRecording({ organization, id }),
      () => api.watchRecording({ organization, id }),
    ]) {
      expect(await refusal(work())).toMatchObject({ status: 404, code: 'ERR_API_NOT_FOUND' });
    }
  });

  it('SEC-B21 of a person who was removed end to be watched, and are not those of whoever comes by the same name', async () => {
    const session = await record({ ...ownOf('nobody'), pod: 'left-0' });
    const { id } = session.recording;
    const live = apiOf('nobody').watchRecording({ organization, id });
    await vi.waitFor(async () => expect(await auditedOf(id)).toHaveLength(1));
    await apiOf('ada').deleteUser({ organization, name: emailOf('nobody') });
    expect(await live).toContain('event: end\ndata: {"reason":"you may not watch this session any longer"}');
    await session.end();
    expect((await refusal(apiOf('nobody').getSession({ organization, id }))).status).toBe(401);
    const { api } = await logIn(world.installation, emailOf('nobody'));
    expect((await api.listSessions({ organization, pod: 'left-0' })).metadata.totalCount).toBe(0);
    expect((await refusal(api.getSession({ organization, id }))).code).toBe('ERR_API_NOT_FOUND');
    expect((await refusal(api.getRecording({ organization, id }))).code).toBe('ERR_API_NOT_FOUND');
    expect(await apiOf('vera').getSession({ organization, id })).toMatchObject({ id, user: emailOf('nobody') });
  });

  it('are read in part, by time, without reading what lies outside of it', async () => {
    const session = await record();
    const { id } = session.recording;
    for (const word of ['first', 'second', 'third']) await session.print(word);
    await session.end();
    const { store, organization: own } = world.installation;
    const chunks = await store.recordings.chunks(id, 1, 10);
    const at = (word: number) => (chunks[word]?.fromMs ?? expect.fail(`no chunk ${word}`)) / 1_000;
    // A chunk that is not read is not missed.
    await store.recordings.blobs.delete(chunkKeyOf(id, 1));
    const read = async (part: { fromSeconds?: number; toSeconds?: number }) => {
      const { header, events } = parseAsciicast(await apiOf('vera').getRecording({ organization, id, ...part }));
      expect(header.version).toBe(2);
      return events.flatMap((event) => (event.kind === 'stdout' ? [Buffer.from(event.bytes).toString()] : []));
    };
    expect(await read({ fromSeconds: at(1) })).toEqual(['second', 'third']);
    expect(await read({ fromSeconds: at(1), toSeconds: at(1) })).toEqual(['second']);
    expect(await read({ fromSeconds: 1_000_000 })).toEqual([]);
    expect((await store.recordings.find(own.id, id))?.state).toBe('complete');
    const odd = apiOf('vera').getRecording({ organization, id, fromSeconds: -1 });
    expect((await refusal(odd)).code).toBe('ERR_API_REQUEST_INVALID');
  });

  it('says of a port-forward that only its byte counts are kept', async () => {
    const session = await record({ kind: 'portForward' });
    await session.end();
    const { id } = session.recording;
    expect(await refusal(apiOf('vera').getRecording({ organization, id }))).toMatchObject({
      code: 'ERR_API_NOT_FOUND',
      detail: expect.stringContaining('only the byte counts are kept'),
    });
  });
});
