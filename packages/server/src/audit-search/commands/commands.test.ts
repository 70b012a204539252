import { type AuditEvent, requestEventId } from '@sallyport/audit';
import { anAuditEvent } from '@sallyport/audit/testing';
import { createId, type DecisionId, type LoginSessionId, type PrincipalId } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditPlace } from '../../stores/audit-query.ts';
import { type TestStore, testDatabases } from '../../stores/testing.ts';
import { CHAIN_GAP_MS } from './chain.ts';
import { type KubectlCommandLimits, listCommands } from './list-commands.ts';

const START = Date.parse('2026-04-01T00:00:00Z');
const OLD_KUBECTL = 'kubectl/v1.20.2 (linux/amd64) kubernetes/faecb19';

interface Asked {
  readonly atMs: number;
  readonly principalId: PrincipalId;
  readonly session?: string;
  readonly userAgent?: string;
  readonly verb?: string;
  /** `undefined`: it runs still. */
  readonly ends?: 'completed' | 'denied' | 'interrupted' | 'answered';
  readonly status?: number;
  readonly tookMs?: number;
}

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`calls of kubectl on ${database.name}`, () => {
    const clusterId = createId('cluster');
    const loginSessionId: LoginSessionId = createId('loginSession');
    let test: TestStore;
    beforeAll(async () => {
      test = await database.open();
    });
    afterAll(() => test?.drop());

    /** The events of one request, with the ids that the proxy gives them. */
    function eventsOf(organizationId: ReturnType<typeof createId<'organization'>>, asked: Asked): AuditEvent[] {
      const { atMs, principalId, session, userAgent = OLD_KUBECTL, verb = 'get', status = 200, tookMs = 10 } = asked;
      const id: DecisionId = createId('decision', START + atMs);
      const path = '/api/v1/namespaces/shop/pods/web';
      const envelope = {
        organizationId,
        clusterId,
        clusterName: 'prod',
        loginSessionId,
        principal: { id: principalId, userName: 'ann', groups: [], issuer: 'x' },
        request: {
          id,
          method: 'GET',
          path,
          attributes: {
            kind: 'resource' as const,
            verb,
            apiGroup: '',
            apiVersion: 'v1',
            resource: 'pods',
            subresource: '',
            namespace: 'shop',
            name: 'web',
            remainder: '',
            path,
          },
          userAgent,
          ...(session !== undefined && { kubectlSession: session, kubectlCommand: `kubectl ${verb}` }),
        },
      };
      const outcome = { status, bytesSent: 0, bytesReceived: 0, durationMs: tookMs, ended: 'completed' } as const;
      const started = anAuditEvent({
        ...envelope,
        id: requestEventId(id, 'started'),
        code: 'proxy.request.started',
        at: new Date(START + atMs),
      });
      const end = { ...envelope, id: requestEventId(id, 'outcome'), at: new Date(START + atMs + tookMs), outcome };
      switch (asked.ends) {
        case undefined:
          return [started];
        case 'completed':
          return [started, anAuditEvent({ ...end, code: 'proxy.request.completed' })];
        case 'answered':
          return [anAuditEvent({ ...end, at: started.at, code: 'proxy.request.completed' })];
        case 'interrupted':
          return [started, anAuditEvent({ ...end, code: 'proxy.request.interrupted' })];
        default:
          return [anAuditEvent({ ...end, at: started.at, code: 'proxy.request.denied' })];
      }
    }

    /** Every command of a fresh organization in which these requests were made, page by page. */
    async function commandsOf(asked: readonly Asked[], limit = 2, limits: KubectlCommandLimits = {}) {
      const organizationId = createId('organization');
      const events = asked.flatMap((each) => eventsOf(organizationId, each));
      await test.store.appendAudit(events.toSorted((a, b) => a.at.getTime() - b.at.getTime()));
      const found = [];
      let after: AuditPlace | undefined;
      do {
        const page = await listCommands(
          test.store.auditReads,
          { organizationId, sight: 'all' },
          { limit, ...(after && { after }) },
          limits,
        );
        found.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      return found;
    }
    const [ann, bob] = [createId('principal'), createId('principal')];
    const done = { ends: 'completed' } as const;

    it('are told with their first requests when a session goes on and on, and the others whole', async () => {
      const long = Array.from({ length: 9 }, (_, i) => ({
        atMs: i * 1_000,
        principalId: ann,
        session: 'long',
        ...done,
      }));
      const found = await commandsOf([...long, { atMs: 500, principalId: bob, session: 'short', ...done }], 5, {
        maxEvents: 4,
      });
      expect(found.map(({ kubectlSession, requestCount }) => [kubectlSession, requestCount])).toEqual([
        ['short', 1],
        ['long', 2],
      ]);
    });

    it('are put together by the session that kubectl states, however long they last and whatever lies between', async () => {
      const found = await commandsOf([
        { atMs: 0, principalId: ann, session: 'one', verb: 'apply', ...done },
        { atMs: 1_000, principalId: ann, session: 'two', ...done },
        { atMs: 3_600_000, principalId: ann, session: 'one', verb: 'apply', tookMs: 500, ...done },
      ]);
      expect(
        found.map(({ command, requestCount, durationMs, groupedBy }) => [command, requestCount, durationMs, groupedBy]),
      ).toEqual([
        ['kubectl get', 1, 10, 'session'],
        ['kubectl apply', 2, 3_600_500, 'session'],
      ]);
    });

    it('of one person get no request of somebody else who states the same session', async () => {
      const found = await commandsOf([
        { atMs: 0, principalId: bob, session: 'same', ...done },
        { atMs: 10, principalId: ann, session: 'same', ...done },
        { atMs: 20, principalId: ann, session: 'same', ...done },
      ]);
      expect(found.map(({ principalId, requestCount }) => [principalId, requestCount])).toEqual([
        [ann, 2],
        [bob, 1],
      ]);
    });

    it('without a session are requests of one person and client that follow close on one another', async () => {
      const found = await commandsOf([
        { atMs: 0, principalId: ann, ...done },
        { atMs: 100, principalId: bob, ...done },
        { atMs: CHAIN_GAP_MS, principalId: ann, tookMs: 60_000, verb: 'watch', ...done },
        { atMs: 2 * CHAIN_GAP_MS + 1, principalId: ann, ...done },
        { atMs: 2 * CHAIN_GAP_MS + 2, principalId: ann, userAgent: 'Go-http-client/2.0', ...done },
      ]);
      expect(
        found.map(({ principalId, requestCount, groupedBy, durationMs }) => [
          principalId,
          requestCount,
          groupedBy,
          durationMs,
        ]),
      ).toEqual([
        [ann, 1, 'correlated', 10],
        [bob, 1, 'correlated', 10],
        [ann, 2, 'correlated', CHAIN_GAP_MS + 60_000],
      ]);
      expect(found[0]?.command).toBe('get pods web -n shop');
    });

    for (const { name, requests, want } of [
      { name: 'running while one of its requests is', requests: [done, {}], want: 'running' },
      { name: 'denied when one was', requests: [{ ends: 'denied', status: 403 }, done], want: 'denied' },
      { name: 'interrupted when one was', requests: [done, { ends: 'interrupted' }], want: 'interrupted' },
      { name: 'failed when the last answer was an error', requests: [done, { ...done, status: 404 }], want: 'failed' },
      { name: 'well although something was not there', requests: [{ ...done, status: 404 }, done], want: 'succeeded' },
      { name: 'well when it was answered without the cluster', requests: [{ ends: 'answered' }], want: 'succeeded' },
    ] as const) {
      it(`end ${name}`, async () => {
        const found = await commandsOf(
          requests.map((request, i) => ({ atMs: i * 50, principalId: ann, session: 'x', ...request })),
        );
        expect(found.map(({ outcome, requestCount }) => [outcome, requestCount])).toEqual([[want, requests.length]]);
      });
    }

    it('are each on one page only, newest first', async () => {
      const asked = Array.from({ length: 60 }, (_, i): Asked => {
        const session = i % 3 === 0 ? {} : { session: `s${i % 20}` };
        return { atMs: i * 3_000, principalId: i % 2 === 0 ? ann : bob, ...session, ...done };
      });
      const [few, many] = [await commandsOf(asked, 3), await commandsOf(asked, 100)];
      expect(few.map(({ startedAt }) => startedAt)).toEqual(many.map(({ startedAt }) => startedAt));
      expect(few.reduce((sum, { requestCount }) => sum + requestCount, 0)).toBe(60);
      const starts = few.map(({ startedAt }) => startedAt.getTime());
      expect(starts).toEqual(starts.toSorted((a, b) => b - a));
    });
  });
}
