import type { AuditEvent } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type PrincipalId } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditSearchLimits, selectAuditPage } from './audit-page.ts';
import type { AuditPage, AuditPlace } from './audit-query.ts';
import type { AuditSelection } from './audit-selection.ts';
import { parseAuditText } from './audit-text.ts';
import { type TestStore, testDatabases } from './testing.ts';

const START = Date.parse('2026-03-01T00:00:00Z');
/** Says which events and which searches are made; the same ones each time. */
const SEED = 20_261_123;
/** So small that every search takes many steps of every kind. */
const LIMITS: AuditSearchLimits = { walkedEvents: 7, foundEvents: 9 };

function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A part of a selection, and the same said plainly. */
interface Filter {
  readonly selection: Partial<AuditSelection>;
  readonly holds: (event: AuditEvent) => boolean;
}

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`pages of the audit log on ${database.name}`, () => {
    const random = createRandom(SEED);
    const pick = <Item>(items: readonly Item[]) => items[random(items.length)] as Item;
    const organizationId = createId('organization');
    const clusters = [createId('cluster'), createId('cluster'), createId('cluster')] as const;
    const people = [createId('principal'), createId('principal'), createId('principal')] as const;
    const namespaceOf = ({ request }: AuditEvent) =>
      request?.attributes?.kind === 'resource' ? request.attributes.namespace : undefined;
    let test: TestStore;
    let stored: readonly { readonly event: AuditEvent; readonly seq: number }[];

    /** Mostly one after the other, with many at one instant, and a burst of what is rare elsewhere. */
    function makeEvents(): readonly AuditEvent[] {
      let at = START;
      return Array.from({ length: 700 }, (_, i) => {
        at += pick([0, 0, 1, 5, 200, i % 100 === 0 ? 3_600_000 : 40]);
        const isBurst = i > 200 && i < 280;
        const namespace = isBurst ? 'burst' : pick(['shop', 'shop', 'shop', 'pay']);
        const path = `/api/v1/namespaces/${namespace}/pods/web-${i}`;
        return anAuditEvent({
          at: new Date(at - (random(20) === 0 ? 700 : 0)),
          code: isBurst || random(40) === 0 ? 'proxy.request.denied' : 'proxy.request.started',
          organizationId: random(8) === 0 ? createId('organization') : organizationId,
          clusterId: pick(clusters),
          principal: {
            id: pick(people),
            userName: 'someone@example.com',
            groups: [],
            issuer: 'https://idp.example.com',
          },
          request: {
            id: createId('decision'),
            method: 'GET',
            path,
            attributes: {
              kind: 'resource',
              verb: pick(['get', 'list']),
              apiGroup: '',
              apiVersion: 'v1',
              resource: 'pods',
              subresource: '',
              namespace,
              name: `web-${i}`,
              remainder: '',
              path,
            },
          },
          decision: { effect: 'allow', reasons: [pick(['bound by a role', 'by a bound role'])], snapshotVersion: 1 },
        });
      });
    }

    beforeAll(async () => {
      test = await database.open();
      const events = makeEvents();
      await test.store.appendAudit(events);
      const own = events.filter((event) => event.organizationId === organizationId);
      const seqs = await test.db.selectFrom('audit_events').select(['id', 'seq']).execute();
      const seqOf = new Map(seqs.map(({ id, seq }) => [id, Number(seq)]));
      stored = own
        .map((event) => ({ event, seq: seqOf.get(event.id) ?? 0 }))
        .sort((a, b) => a.event.at.getTime() - b.event.at.getTime() || a.seq - b.seq);
    });
    afterAll(() => test?.drop());

    const filters: readonly (() => Filter)[] = [
      () => ({ selection: { codes: ['proxy.request.denied'] }, holds: ({ code }) => code === 'proxy.request.denied' }),
      () => {
        const namespace = pick(['shop', 'pay', 'burst', 'nowhere']);
        return {
          selection: { fields: [['namespace', [namespace]]] },
          holds: (event) => namespaceOf(event) === namespace,
        };
      },
      () => {
        const person: PrincipalId = pick(people);
        return { selection: { principalId: person }, holds: ({ principal }) => principal?.id === person };
      },
      () => {
        const some = clusters.slice(0, 1 + random(2));
        return {
          selection: { clusterIds: some },
          holds: ({ clusterId }) => clusterId !== undefined && some.includes(clusterId),
        };
      },
      () => {
        const [whole, partly] = clusters;
        return {
          selection: { sight: [{ clusterId: whole }, { clusterId: partly, namespaces: ['pay', 'burst'] }] },
          holds: (event) =>
            event.clusterId === whole ||
            (event.clusterId === partly && ['pay', 'burst'].includes(namespaceOf(event) ?? '')),
        };
      },
      () => ({
        selection: { text: parseAuditText('"a role" -pay or burst') },
        holds: (event) =>
          (event.decision?.reasons[0] === 'bound by a role' && namespaceOf(event) !== 'pay') ||
          namespaceOf(event) === 'burst',
      }),
      () => {
        const from = new Date(START + random(7) * 3_600_000);
        const to = new Date(from.getTime() + random(4) * 3_600_000);
        return { selection: { from, to }, holds: ({ at }) => at >= from && at < to };
      },
    ];

    it('are the same events in the same order as those of a plain filter, whatever is searched for', async () => {
      for (let i = 0; i < 60; i += 1) {
        const chosen = filters.filter(() => random(3) === 0).map((make) => make());
        const selection: AuditSelection = Object.assign(
          { organizationId, sight: 'all' },
          ...chosen.map(({ selection }) => selection),
        );
        const order = pick(['newest', 'oldest'] as const);
        const upTo = random(4) === 0 ? { upTo: pick(stored).seq } : {};
        const limit = pick([1, 5, 40, 300]);
        const wanted = stored.filter(
          ({ event, seq }) => chosen.every(({ holds }) => holds(event)) && seq <= (upTo.upTo ?? seq),
        );
        const read: number[] = [];
        let after: AuditPlace | undefined;
        for (;;) {
          const page: AuditPage = { order, limit, ...upTo, ...(after && { after }) };
          const rows = await selectAuditPage(test.db, selection, page, LIMITS);
          read.push(...rows.map(({ seq }) => Number(seq)));
          const last = rows.at(-1);
          if (last === undefined || rows.length < limit) break;
          after = { at: last.at, seq: Number(last.seq) };
          if (limit === 1 && read.length === 25) break;
        }
        const seqs = wanted.map(({ seq }) => seq);
        if (order === 'newest') seqs.reverse();
        expect({ i, read }).toEqual({ i, read: limit === 1 ? seqs.slice(0, 25) : seqs });
      }
    });

    it('end with an error that says what to do when they take too long', async () => {
      const selection: AuditSelection = { organizationId, sight: 'all', codes: ['proxy.request.answered'] };
      const page: AuditPage = { order: 'newest', limit: 5 };
      await expect(selectAuditPage(test.db, selection, page, { ...LIMITS, maxMs: 0 })).rejects.toMatchObject({
        code: 'ERR_STORE_BUSY',
      });
      expect(await selectAuditPage(test.db, selection, page, LIMITS)).toEqual([]);
    });
  });
}
