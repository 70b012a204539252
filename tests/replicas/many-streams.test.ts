import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { answerForever } from './endless-upstream.ts';
import {
  CLUSTER,
  ORGANIZATION,
  type PersonName,
  PREFIX,
  type Replica,
  type Replicas,
  startReplicas,
} from './harness.ts';
import type { Provisioning } from './provisioning.ts';
import { createStreamOpener, type OpenStream, type StreamKind, type StreamOpener } from './streams.ts';

/** Developers by their group alone. */
const LOSING = ['developer-1', 'developer-2', 'developer-3', 'developer-4'] as const;
/** One more, who also has the role by name. */
const BOUND_BY_NAME = 'developer-5';
const NAMES = [...LOSING, BOUND_BY_NAME] as const;
/** Streams of each person on each replica, by kind. */
const EACH: Readonly<Record<StreamKind, number>> = { watch: 30, log: 15, exec: 5 };

describe.skipIf(lacks('postgres'))('hundreds of streams on two replicas', () => {
  let replicas: Replicas;
  let scim: Provisioning;
  let developers: string;
  const openers: StreamOpener[] = [];

  beforeAll(async () => {
    replicas = await startReplicas({ developerCount: NAMES.length });
    replicas.upstream.answer = answerForever;
    scim = await replicas.provision();
    const add = (name: PersonName) => scim.create('Users', { userName: emailOf(name), active: true });
    await scim.create('Groups', { displayName: 'owners', members: [{ value: await add('owner') }] });
    const members = await Promise.all(NAMES.map(async (name) => ({ value: await add(name) })));
    developers = await scim.create('Groups', { displayName: 'developers', members });
    for (const replica of [replicas.a, replicas.b]) await replicas.connectAgent(replica);
  }, 60_000);
  afterAll(async () => {
    for (const opener of openers) opener.close();
    await replicas?.close();
  }, 30_000);

  async function openAll(person: Person, label: string): Promise<OpenStream[]> {
    const opened = [replicas.a, replicas.b].map(async (replica) => {
      const { token } = await mint(person, replica);
      const opener = createStreamOpener({ port: replica.port, caPem: replica.server.caPem, prefix: PREFIX, token });
      openers.push(opener);
      const wanted = (Object.keys(EACH) as StreamKind[]).flatMap((kind) =>
        Array.from({ length: EACH[kind] }, (_, i) => ({ kind, name: `${label}-${replica.name}-${kind}-${i}` })),
      );
      return Promise.all(wanted.map(({ kind, name }) => opener.open(kind, name)));
    });
    return (await Promise.all(opened)).flat();
  }

  it('SEC-E02 SEC-E14 all end in their protocols when the group that they stand on loses its members by SCIM, and others go on', async () => {
    const people = new Map<PersonName, Person>();
    for (const name of [...NAMES, 'owner'] as const) people.set(name, await replicas.logIn(replicas.a, name));
    const owner = people.get('owner') as Person;
    await owner.api.createBinding({
      organization: ORGANIZATION,
      body: {
        apiVersion: 'sallyport.dev/v1',
        kind: 'Binding',
        metadata: { name: 'by-name' },
        spec: {
          role: 'developer',
          subjects: [{ kind: 'User', name: emailOf(BOUND_BY_NAME) }],
          scope: { kind: 'organization' },
        },
      },
    });
    await awaitCondition(
      async () => (await Promise.all([...people.values()].map((person) => isLive(person, replicas.b)))).every(Boolean),
      { what: 'everybody is known on b', everyMs: 20 },
    );
    const losing: OpenStream[] = [];
    for (const name of LOSING) losing.push(...(await openAll(people.get(name) as Person, name)));
    const staying = [
      ...(await openAll(owner, 'owner')),
      ...(await openAll(people.get(BOUND_BY_NAME) as Person, 'named')),
    ];
    expect([losing.length, staying.length]).toEqual([400, 200]);
    expect([...losing, ...staying].filter(({ isOpen }) => !isOpen)).toEqual([]);

    await scim.patch(`/Groups/${developers}`, { op: 'Remove', path: 'members' });
    const ends = await Promise.all(losing.map(async ({ path, ended }) => ({ path, ...(await ended) })));
    expect(ends.filter(({ isInProtocol }) => !isInProtocol)).toEqual([]);
    expect(ends.filter(({ reason }) => !reason?.startsWith('access has ended: '))).toEqual([]);
    expect(staying.filter(({ isOpen }) => !isOpen)).toEqual([]);
    const openOn = (replica: Replica) => replica.server.proxy.activeCount;
    await awaitCondition(() => openOn(replicas.a) === 100 && openOn(replicas.b) === 100, {
      what: 'the others alone are under way',
      everyMs: 10,
    });
    await awaitCondition(() => replicas.upstream.requests.filter(({ isOver }) => !isOver).length === 200, {
      what: 'the cluster serves the others alone',
      everyMs: 10,
    });

    // Each has an outcome in the audit log, once, and it is this one.
    const outcomes = await awaitCondition(
      async () => {
        const events = await replicas.store.listAudit({ limit: 5_000 });
        const found = events.filter(({ code }) => code === 'proxy.request.completed');
        return found.length >= losing.length && found;
      },
      { what: 'the outcomes are recorded', everyMs: 50 },
    );
    const recorded = outcomes
      .map(({ request, outcome }) => `${outcome?.ended} ${outcome?.errorCode} ${request?.path}`)
      .filter((line) => !line.startsWith('completed '));
    expect(recorded.sort()).toEqual(losing.map(({ path }) => `accessEnded ERR_PROXY_ACCESS_ENDED ${path}`).sort());
  }, 90_000);
});

const emailOf = (name: string) => `${name}@${ORGANIZATION}.test`;
const mint = (person: Person, on: Replica) =>
  on.api(person).mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
const isLive = (person: Person, on: Replica) =>
  mint(person, on).then(
    () => true,
    () => false,
  );
