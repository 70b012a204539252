import type { IssuedGrant } from '@sallyport/authz';
import { type Cluster, createId, type DecisionId, LOCAL_ISSUER } from '@sallyport/core';
import type { RequestHead, ServedExchange } from '@sallyport/tunnel/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  aRequest,
  collectResponse,
  createProxyFixture,
  type ProxyFixture,
  type Records,
} from '../../testing/proxy-fixture.ts';
import { aGrant } from '../../testing/records.ts';

let fixture: ProxyFixture;
let served: { head: RequestHead; exchange: ServedExchange; resets: string[]; renewed: string[] }[];

beforeEach(() => {
  fixture = createProxyFixture();
  served = [];
  // Leaves watches open, and answers the rest.
  fixture.connectAgent((head, exchange) => {
    const call = { head, exchange, resets: [] as string[], renewed: [] as string[] };
    served.push(call);
    exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
    if (!head.target.includes('watch')) exchange.end();
    return {
      onData: (chunk) => exchange.consumed(chunk.length),
      onEnd() {},
      onReset: (error) => call.resets.push(error.resetCode ?? error.code),
      onRenew: (token) => call.renewed.push(token),
    };
  });
});
afterEach(() => fixture.close());

const minutes = (count: number) => new Date(Date.UTC(2026, 0, 1) + count * 60_000);

/** A grant of the fixture's role to its person, from the first minute to another. */
function grantUntil(end: Date, rest: Partial<IssuedGrant> = {}): IssuedGrant {
  const { principal, records } = fixture;
  const roleId = records.roles[0]?.id ?? createId('role');
  const of = { organizationId: principal.organizationId, principalId: principal.id, roleId };
  return aGrant(of, { id: createId('grant'), endsAt: end, ...rest });
}

/** Has the person hold grants alone, in place of the binding. */
function hold(grants: readonly IssuedGrant[], more: Partial<Records> = {}): void {
  fixture.snapshots.set({ ...fixture.records, bindings: [], grants, ...more });
}

async function send(target = '/k/acme/prod/api/v1/namespaces/default/pods') {
  const collected = collectResponse();
  const done = fixture.proxy.handle(aRequest({ token: await fixture.mint(), target }), collected.sink);
  return { ...collected, done };
}

async function openWatch() {
  const stream = await send('/k/acme/prod/api/v1/namespaces/default/pods?watch=1');
  while (stream.response.status === 0) await new Promise((resolve) => setImmediate(resolve));
  const call = served.at(-1);
  if (call === undefined) throw new Error('nothing was served');
  return { ...stream, call };
}

const endOf = (body: string) => (JSON.parse(body) as { object: { message: string } }).object.message;
const expiryOf = (token: string) =>
  new Date((JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number }).exp * 1_000);

describe('a stream that goes by a grant', () => {
  it('SEC-C12 ends exactly when the grant does, whatever the database does, and says so', async () => {
    const grant = grantUntil(new Date(minutes(2).getTime() + 345));
    hold([grant]);
    const { response, done, call } = await openWatch();
    // Renewals go on meanwhile, none of them beyond the end.
    for (const [passed, renewals] of [
      [45_000, 1],
      [40_000, 2],
    ] as const) {
      await fixture.clock.advanceAsync(passed);
      // Signing takes real time, which the clock of the test does not wait for.
      await expect.poll(() => call.renewed.length).toBeGreaterThanOrEqual(renewals);
    }
    await fixture.clock.advanceAsync(35_344);
    expect(response.ended).toBeUndefined();
    for (const token of call.renewed) expect(expiryOf(token).getTime()).toBeLessThanOrEqual(grant.endsAt.getTime());
    fixture.snapshots.setFresh(false);
    fixture.clock.advance(1);
    await done;
    expect(endOf(response.body)).toBe(
      `access has ended: the grant ${grant.id} of role developer ended at 2026-01-01T00:02:00Z [ERR_PROXY_ACCESS_ENDED]`,
    );
    await expect.poll(() => call.resets).toEqual(['accessEnded']);
    expect(fixture.proxy.activeCount).toBe(0);
  });

  it('SEC-C12 ends when the grant is revoked, and names who did so and why', async () => {
    const grant = grantUntil(minutes(60));
    hold([grant]);
    const { response, done } = await openWatch();
    const end = {
      at: minutes(1),
      state: 'revoked',
      byId: fixture.principal.id,
      reason: 'found \u202ethe\n"bug"',
    } as const;
    hold([{ ...grant, end }]);
    await done;
    expect(endOf(response.body)).toBe(
      `access has ended: the grant ${grant.id} of role developer was revoked by alice@acme.test at 2026-01-01T00:01:00Z: ` +
        '"found \\u202ethe\\n\\"bug\\"" [ERR_PROXY_ACCESS_ENDED]',
    );
  });

  it('goes on under another grant or a binding that allows the same, without a gap in its capabilities', async () => {
    const [first, second] = [grantUntil(minutes(2)), grantUntil(minutes(4), { startsAt: minutes(2) })];
    hold([first, second]);
    const { response, gone, done, call } = await openWatch();
    // The agent would end the stream as soon as its last capability has ended.
    const endsAtMs = () => expiryOf(call.renewed.at(-1) ?? call.head.capability).getTime();
    const pass = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 1) {
        if (endsAtMs() < fixture.clock.now() + 2_000) {
          await expect.poll(endsAtMs).toBeGreaterThan(fixture.clock.now() + 2_000);
        }
        await fixture.clock.advanceAsync(1_000);
      }
    };
    await pass(180);
    fixture.snapshots.set({ ...fixture.records, grants: [second] });
    await pass(120);
    expect(response.ended).toBeUndefined();
    expect(call.resets).toEqual([]);
    gone();
    await done;
  });

  it('is prolonged by a grant that comes in the last second', async () => {
    const first = grantUntil(minutes(1));
    hold([first]);
    const { response, gone, done, call } = await openWatch();
    await fixture.clock.advanceAsync(59_500);
    hold([first, grantUntil(minutes(30))]);
    await expect.poll(() => call.renewed.length).toBeGreaterThan(0);
    expect(expiryOf(call.renewed.at(-1) ?? '').getTime()).toBeGreaterThan(minutes(1).getTime() + 50_000);
    await fixture.clock.advanceAsync(30_000);
    expect(response.ended).toBeUndefined();
    gone();
    await done;
  });

  it('ends when it would go on as somebody else', async () => {
    const grant = grantUntil(minutes(2));
    const [developer] = fixture.records.roles;
    if (developer === undefined) throw new Error('no role');
    const viewer = { ...developer, id: createId('role'), name: 'viewer', ceilingGroups: ['sallyport:view'] };
    hold([grant, grantUntil(minutes(60), { roleId: viewer.id })], { roles: [developer, viewer] });
    const { response, done } = await openWatch();
    await fixture.clock.advanceAsync(120_000);
    await done;
    expect(endOf(response.body)).toBe(
      `access has changed: the grant ${grant.id} of role developer ended at 2026-01-01T00:02:00Z. Run the command again. [ERR_PROXY_ACCESS_ENDED]`,
    );
  });

  it('SEC-C12 ends with the same words when the agent is the one that ends it, in the last second', async () => {
    const grant = grantUntil(new Date(minutes(1).getTime() + 900));
    hold([grant]);
    const { response, done, call } = await openWatch();
    await fixture.clock.advanceAsync(60_000);
    call.exchange.reset('capabilityExpired');
    await done;
    expect(endOf(response.body)).toContain(`the grant ${grant.id} of role developer ended at 2026-01-01T00:01:00Z`);
  });

  it('costs one timer together with all others', async () => {
    hold([grantUntil(minutes(30)), grantUntil(minutes(40))]);
    const streams = [await openWatch()];
    const { pending } = fixture.clock;
    streams.push(await openWatch(), await openWatch());
    expect(fixture.clock.pending).toBe(pending);
    for (const { gone } of streams) gone();
    await Promise.all(streams.map(({ done }) => done));
  });

  it('is not renewed while the snapshot is stale, although grants start and end', async () => {
    const later = grantUntil(minutes(60), { startsAt: new Date(minutes(0).getTime() + 50_000) });
    hold([grantUntil(minutes(60)), later]);
    const { gone, done, call } = await openWatch();
    fixture.snapshots.setFresh(false);
    await fixture.clock.advanceAsync(59_000);
    hold([grantUntil(minutes(60)), later]);
    await fixture.clock.advanceAsync(0);
    expect(call.renewed).toEqual([]);
    gone();
    await done;
  });
});

describe('the reason that an open stream ends with', () => {
  const cases: readonly {
    readonly what: string;
    readonly take: (records: Records) => Records;
    readonly reason: string | RegExp;
  }[] = [
    {
      what: 'the login session was ended',
      take: (records) => ({ ...records, loginSessions: [] }),
      reason: 'the login session was ended. Run `sallyport login`, then try again.',
    },
    {
      what: 'the person is disabled',
      take: (records) => ({
        ...records,
        principals: records.principals.map((one) => ({ ...one, isDisabled: true })),
        loginSessions: [],
      }),
      reason: 'alice@acme.test is disabled. Run `sallyport login`, then try again.',
    },
    {
      what: 'the person was removed',
      take: (records) => ({ ...records, principals: [], loginSessions: [] }),
      reason: 'alice@acme.test was removed. Run `sallyport login`, then try again.',
    },
    {
      what: 'the person left the group',
      take: (records) => ({ ...records, principals: records.principals.map((one) => ({ ...one, groups: [] })) }),
      reason: 'alice@acme.test is no longer in group dev',
    },
    {
      what: 'the binding names others now',
      take: (records) => ({
        ...records,
        bindings: records.bindings.map((one) => ({
          ...one,
          subjects: [{ kind: 'group' as const, issuer: LOCAL_ISSUER, name: 'others' }],
        })),
      }),
      reason: /^the binding bnd-\w+ is no longer for alice@acme.test$/,
    },
    {
      what: 'the binding was removed',
      take: (records) => ({ ...records, bindings: [] }),
      reason: /^the binding bnd_\w+ was removed$/,
    },
    {
      what: 'the role was removed',
      take: (records) => ({ ...records, roles: [] }),
      reason: /^the role of binding bnd-\w+ was removed$/,
    },
    {
      what: 'the role covers it no longer',
      take: (records) => ({
        ...records,
        roles: records.roles.map((one) => ({
          ...one,
          rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
        })),
      }),
      reason: /^alice@acme\.test may not watch pods/,
    },
    {
      what: 'the cluster was removed',
      take: (records) => ({ ...records, clusters: [] }),
      reason: 'cluster prod was removed. Run `sallyport login`, then try again.',
    },
  ];
  for (const { what, take, reason } of cases) {
    it(`SEC-C12 says that ${what}`, async () => {
      const { response, done } = await openWatch();
      fixture.snapshots.set(take(fixture.records));
      await done;
      const message = endOf(response.body);
      expect(message).toMatch(/^access has ended: .* \[ERR_PROXY_ACCESS_ENDED\]$/);
      const cause = message.slice('access has ended: '.length, -' [ERR_PROXY_ACCESS_ENDED]'.length);
      if (typeof reason === 'string') expect(cause).toBe(reason);
      else expect(cause).toMatch(reason);
    });
  }

  const project = createId('project');
  const places: readonly {
    readonly what: string;
    readonly scope: IssuedGrant['scope'];
    readonly from: Partial<Cluster>;
    readonly to: Partial<Cluster>;
  }[] = [
    {
      what: 'which was moved to another project',
      scope: { kind: 'projects', projectIds: [project] },
      from: { projectId: project },
      to: { projectId: createId('project') },
    },
    {
      what: 'which is no longer shared with the project',
      scope: { kind: 'projects', projectIds: [project] },
      from: { projectId: createId('project'), sharedWithProjectIds: [project] },
      to: { sharedWithProjectIds: [] },
    },
    {
      what: 'whose labels were changed',
      scope: { kind: 'clusterSelector', selector: { matchLabels: { stage: 'test' } } },
      from: { labels: { stage: 'test' } },
      to: { labels: { stage: 'production' } },
    },
  ];
  for (const { what, scope, from, to } of places) {
    const lose = async (records: Records) => {
      const placed = (values: Partial<Cluster>): Records => ({
        ...records,
        clusters: records.clusters.map((one) => ({ ...one, ...values })),
      });
      fixture.snapshots.set(placed(from));
      const { response, done } = await openWatch();
      fixture.snapshots.set(placed({ ...from, ...to }));
      await done;
      return endOf(response.body);
    };

    it(`SEC-C12 says that a grant no longer reaches the cluster, ${what}`, async () => {
      const grant = grantUntil(minutes(60), { scope });
      expect(await lose({ ...fixture.records, bindings: [], grants: [grant] })).toBe(
        `access has ended: the grant ${grant.id} of role developer no longer reaches cluster prod, ${what} [ERR_PROXY_ACCESS_ENDED]`,
      );
    });

    it(`SEC-C12 says that a binding no longer reaches the cluster, ${what}`, async () => {
      const bindings = fixture.records.bindings.map((one) => ({ ...one, scope }));
      expect(await lose({ ...fixture.records, bindings })).toMatch(
        new RegExp(`^access has ended: the binding \\S+ no longer reaches cluster prod, ${what} `),
      );
    });
  }

  it('SEC-C12 tells when the login session ended by itself, at that instant', async () => {
    const session = { ...fixture.session, expiresAt: new Date(minutes(1).getTime() + 77) };
    fixture.snapshots.set({ ...fixture.records, loginSessions: [session] });
    const { response, done } = await openWatch();
    await fixture.clock.advanceAsync(60_076);
    expect(response.ended).toBeUndefined();
    fixture.clock.advance(1);
    await done;
    expect(endOf(response.body)).toContain('the login session ended at 2026-01-01T00:01:00Z. Run `sallyport login`');
  });
});

describe('the warning that access ends soon', () => {
  const warningOf = async () => {
    const { response, done } = await send();
    await done;
    const at = response.headers.indexOf('Warning');
    return at < 0 ? undefined : response.headers[at + 1];
  };

  it('stands on every answer of the last five minutes, always the same, and on none before', async () => {
    const grant = grantUntil(minutes(9));
    hold([grant]);
    await fixture.clock.advanceAsync(239_000);
    expect(await warningOf()).toBeUndefined();
    await fixture.clock.advanceAsync(1_000);
    const text = `299 - "grant ${grant.id} of role developer ends at 2026-01-01T00:09:00.000Z"`;
    expect(await warningOf()).toBe(text);
    await fixture.clock.advanceAsync(200_000);
    expect(await warningOf()).toBe(text);
    const watch = await openWatch();
    expect(watch.response.headers).toContain(text);
    watch.gone();
    await watch.done;
  });

  it('is not given when the access goes on after the grant', async () => {
    hold([grantUntil(minutes(4)), grantUntil(minutes(90))]);
    expect(await warningOf()).toBeUndefined();
    hold([grantUntil(minutes(4)), grantUntil(minutes(4.5))]);
    expect(await warningOf()).toContain('ends at 2026-01-01T00:04:30.000Z');
    fixture.snapshots.set({ ...fixture.records, grants: [grantUntil(minutes(4))] });
    expect(await warningOf()).toBeUndefined();
  });

  it('is ASCII in quotes whatever the role is called', async () => {
    const roles = fixture.records.roles.map((role) => ({ ...role, name: 'rôle "x"\\' }));
    hold([grantUntil(minutes(1))], { roles });
    expect(await warningOf()).toMatch(/^299 - "grant gnt_\w+ of role r\?le \\"x\\"\\\\ ends at [\dT:.Z-]+"$/);
  });
});

describe('a session that somebody ends', () => {
  it('ends at once with who did it and why, and no other stream with it', async () => {
    const [ended, other] = [await openWatch(), await openWatch()];
    const id = ended.call.head.decisionId as DecisionId;
    const terminated = {
      id,
      reason: 'not \u001bagreed upon',
      terminatedBy: 'rita@acme.test',
      terminatedAt: minutes(1),
    };
    fixture.snapshots.set({ ...fixture.records, terminatedSessions: [terminated] });
    await ended.done;
    expect(endOf(ended.response.body)).toBe(
      'rita@acme.test ended this session: "not \\u001bagreed upon" [ERR_PROXY_SESSION_TERMINATED]',
    );
    await expect.poll(() => ended.call.resets).toEqual(['accessEnded']);
    expect(other.response.ended).toBeUndefined();
    expect(fixture.proxy.activeCount).toBe(1);
    const outcomes = fixture.audit.events.map(({ outcome }) => outcome).filter((outcome) => outcome !== undefined);
    expect(outcomes).toMatchObject([{ ended: 'accessEnded', errorCode: 'ERR_PROXY_SESSION_TERMINATED' }]);
  });
});
