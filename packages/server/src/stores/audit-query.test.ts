import type { AuditEvent } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import { type ClusterId, createId, type OrganizationId, type PrincipalId } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditPlace } from './audit-query.ts';
import type { AuditSelection } from './audit-selection.ts';
import { parseAuditText } from './audit-text.ts';
import type { Store } from './contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

const START = Date.parse('2026-03-01T00:00:00Z');
/** Says which events are made; the same ones each time. */
const SEED = 20_261_122;

function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`searches of the audit log on ${database.name}`, () => {
    const random = createRandom(SEED);
    const pick = <Item>(items: readonly Item[]) => items[random(items.length)] as Item;
    const organizationId = createId('organization');
    const otherOrganizationId = createId('organization');
    const clusters = Array.from({ length: 3 }, () => createId('cluster'));
    const people = Array.from({ length: 4 }, () => createId('principal'));
    const events: AuditEvent[] = [];
    let test: TestStore;
    let store: Store;

    const anEvent = (of: OrganizationId, index: number, atMs = START + random(600) * 1_000): AuditEvent => {
      const person = random(people.length);
      const namespace = pick(['shop', 'pay', 'kube-system']);
      const path = `/api/v1/namespaces/${namespace}/pods/web-${index % 50}`;
      return anAuditEvent({
        at: new Date(atMs),
        code: pick(['proxy.request.started', 'proxy.request.denied']),
        organizationId: of,
        clusterId: pick(clusters),
        principal: {
          id: people[person] as PrincipalId,
          userName: `Person${person}@example.com`,
          groups: [`team-${person % 2}`],
          issuer: 'https://idp.example.com',
        },
        sourceAddress: `10.0.0.${person}`,
        request: {
          id: createId('decision'),
          method: 'GET',
          path,
          attributes: {
            kind: 'resource',
            verb: pick(['get', 'delete', 'create']),
            apiGroup: '',
            apiVersion: 'v1',
            resource: 'pods',
            subresource: pick(['', 'exec']),
            namespace,
            name: `web-${index % 50}`,
            remainder: '',
            path,
          },
        },
        decision: {
          effect: pick(['allow', 'deny']),
          reasons: [pick(['role "viewer" is bound by bnd_1', 'role "admin" is granted by gnt_01abc until tomorrow'])],
          snapshotVersion: 1,
        },
      });
    };

    beforeAll(async () => {
      test = await database.open();
      ({ store } = test);
      for (let i = 0; i < 1_500; i += 1) events.push(anEvent(i % 10 === 0 ? otherOrganizationId : organizationId, i));
      for (let i = 0; i < events.length; i += 250) await store.appendAudit(events.slice(i, i + 250));
    });
    afterAll(() => test?.drop());

    const all = (more: Partial<AuditSelection> = {}): AuditSelection => ({ organizationId, sight: 'all', ...more });

    /** Every page of a listing, one after the other. */
    async function readAll(
      selection: AuditSelection,
      order: 'newest' | 'oldest',
      between: (page: number) => Promise<void> = () => Promise.resolve(),
    ): Promise<readonly AuditEvent[]> {
      const read: AuditEvent[] = [];
      let after: AuditPlace | undefined;
      for (let page = 0; ; page += 1) {
        const found = await store.auditReads.list(selection, { order, limit: 97, ...(after && { after }) });
        read.push(...found.map(({ event }) => event));
        after = found.at(-1);
        if (found.length < 97) return read;
        await between(page);
      }
    }

    const attributesOf = ({ request }: AuditEvent) =>
      request?.attributes?.kind === 'resource' ? request.attributes : undefined;
    const ids = (found: readonly AuditEvent[]) => found.map(({ id }) => id).toSorted();

    for (const { name, selection, holds } of [
      { name: 'everything of one organization', selection: {}, holds: () => true },
      {
        name: 'a time',
        selection: { from: new Date(START + 100_000), to: new Date(START + 200_000) },
        holds: ({ at }: AuditEvent) => at.getTime() >= START + 100_000 && at.getTime() < START + 200_000,
      },
      {
        name: 'a code',
        selection: { codes: ['proxy.request.denied'] },
        holds: ({ code }: AuditEvent) => code === 'proxy.request.denied',
      },
      {
        name: 'a person by id',
        selection: { principalId: people[1] as PrincipalId },
        holds: ({ principal }: AuditEvent) => principal?.id === people[1],
      },
      {
        name: 'a person by name, in any letter case',
        selection: { fields: [['userName', ['pErSoN2@example.com']]] as const },
        holds: ({ principal }: AuditEvent) => principal?.userName === 'Person2@example.com',
      },
      {
        name: 'several values of several fields',
        selection: {
          fields: [
            ['verb', ['get', 'delete']],
            ['group', ['team-1']],
            ['effect', ['deny']],
          ] as const,
        },
        holds: (event: AuditEvent) =>
          attributesOf(event)?.verb !== 'create' &&
          event.principal?.groups[0] === 'team-1' &&
          event.decision?.effect === 'deny',
      },
      {
        name: 'clusters',
        selection: { clusterIds: clusters.slice(0, 2) },
        holds: ({ clusterId }: AuditEvent) => clusters.slice(0, 2).includes(clusterId as ClusterId),
      },
      {
        name: 'a word, whole',
        selection: { words: ['gnt_01abc'] },
        holds: ({ decision }: AuditEvent) => decision?.reasons[0]?.includes('gnt_01abc') === true,
      },
      {
        name: 'words, but not others',
        selection: { text: parseAuditText('viewer shop -7') },
        holds: (event: AuditEvent) =>
          event.decision?.reasons[0]?.includes('viewer') === true &&
          attributesOf(event)?.namespace === 'shop' &&
          attributesOf(event)?.name !== 'web-7',
      },
      {
        name: 'a phrase, or something else',
        selection: { text: parseAuditText('"granted by" or "by granted" or person3') },
        holds: (event: AuditEvent) =>
          event.decision?.reasons[0]?.includes('granted by') === true ||
          event.principal?.userName.startsWith('Person3') === true,
      },
      {
        name: 'nothing, where a phrase stands nowhere',
        selection: { text: parseAuditText('"by granted"') },
        holds: () => false,
      },
      { name: 'nothing, where nothing may be seen', selection: { sight: [] }, holds: () => false },
      {
        name: 'some clusters, and namespaces of another',
        selection: {
          sight: [
            { clusterId: clusters[0] as ClusterId },
            { clusterId: clusters[1] as ClusterId, namespaces: ['shop', 'nowhere'] },
          ],
        },
        holds: (event: AuditEvent) =>
          event.clusterId === clusters[0] ||
          (event.clusterId === clusters[1] && attributesOf(event)?.namespace === 'shop'),
      },
    ] as readonly { name: string; selection: Partial<AuditSelection>; holds: (event: AuditEvent) => boolean }[]) {
      it(`finds, counts and finds by id ${name}`, async () => {
        const wanted = events.filter((event) => event.organizationId === organizationId && holds(event));
        const found = await readAll(all(selection), 'newest');
        expect(ids(found)).toEqual(ids(wanted));
        expect((await store.auditReads.count(all(selection))).count).toBe(wanted.length);
        const counted = await store.auditReads.counts(all(selection), { top: 50, limit: 10_000, field: 'verb' });
        expect(counted.reduce((sum, { count }) => sum + count, 0)).toBe(wanted.length);
        const [some, not] = [wanted[0], events.find((event) => !wanted.includes(event))];
        if (some !== undefined) expect(await store.auditReads.find(all(selection), some.id)).toEqual(some);
        if (not !== undefined) expect(await store.auditReads.find(all(selection), not.id)).toBeUndefined();
      });
    }

    for (const order of ['newest', 'oldest'] as const) {
      it(`SEC-G11 pages ${order} first with rows arriving: none of those that were there is skipped or doubled`, async () => {
        const before = await readAll(all(), order);
        const times = before.map(({ at }) => at.getTime());
        expect(times).toEqual(times.toSorted((a, b) => (order === 'newest' ? b - a : a - b)));
        const arriving: AuditEvent[] = [];
        const during = await readAll(all(), order, async (page) => {
          const more = Array.from({ length: 40 }, (_, i) => anEvent(organizationId, page * 40 + i));
          arriving.push(...more);
          await store.appendAudit(more);
        });
        events.push(...arriving);
        expect(new Set(during.map(({ id }) => id)).size).toBe(during.length);
        const there = new Set(before.map(({ id }) => id));
        expect(during.filter(({ id }) => there.has(id)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      });
    }

    it('reads up to what was there when it was counted', async () => {
      const { count, upTo } = await store.auditReads.count(all());
      const late = anEvent(organizationId, 1);
      await store.appendAudit([late]);
      events.push(late);
      const read = await store.auditReads.list(all(), { order: 'newest', limit: 10_000, upTo });
      expect(read).toHaveLength(count);
      expect(read.map(({ event }) => event.id)).not.toContain(late.id);
    });

    it('counts values and spans of time, the most frequent values by name', async () => {
      const counts = await store.auditReads.counts(all(), {
        field: 'user',
        top: 2,
        intervalMs: 300_000,
        limit: 10_000,
      });
      const own = events.filter((event) => event.organizationId === organizationId);
      const byName = new Map<string, number>();
      for (const { principal } of own) {
        const name = principal?.userName ?? '';
        byName.set(name, (byName.get(name) ?? 0) + 1);
      }
      const frequent = [...byName].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 2);
      expect(new Set(counts.flatMap(({ value }) => value ?? []))).toEqual(new Set(frequent.map(([name]) => name)));
      const firstSpan = counts.filter(({ at }) => at?.getTime() === START);
      expect(firstSpan.reduce((sum, { count }) => sum + count, 0)).toBe(
        own.filter(({ at }) => at.getTime() < START + 300_000).length,
      );
      expect(counts.some(({ isOther }) => isOther)).toBe(true);
    });

    it('gives what is logged in the order of the log, and nothing that has no place in it yet', async () => {
      const fresh = createId('organization');
      const appended = [3, 1, 2].map((second) => anEvent(fresh, 0, START + second * 1_000));
      for (const event of appended) await store.appendAudit([event]);
      const selection: AuditSelection = { organizationId: fresh, sight: 'all' };
      expect(await store.auditReads.logSize(selection)).toBe(0);
      while ((await store.transact((tx) => tx.auditLog.index(2_000))).count > 0);
      expect(await store.auditReads.logSize(selection)).toBe(3);
      const logged = await store.auditReads.logged(selection, { from: 1, to: 3, limit: 10 });
      expect(logged).toEqual([
        { logIndex: 1, event: appended[1] },
        { logIndex: 2, event: appended[2] },
      ]);
    });
  });
}
