import { createId, LOCAL_ISSUER } from '@sallyport/core';
import { API_VERSION, createApiClient } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessWorld, emailOf, type PersonName, refusal, startAccessWorld } from './testing/access-world.ts';

let world: AccessWorld;
let organization: string;
beforeAll(async () => {
  world = await startAccessWorld();
  ({ organization } = world);
  await world.putPolicy('plain');
}, 120_000);
afterAll(() => world.close());

const apiOf = (name: PersonName) => world.people[name].api;
const asAdmin = () => apiOf('ada');
const stateOf = async (id: string) => (await asAdmin().getAccessRequest({ organization, id })).state;

/** Changes a principal as its directory or an administrator would. */
async function changePrincipal(name: string, change: object): Promise<void> {
  const { store, snapshots, organization: own } = world.installation;
  const record = snapshots.current().find('Principal', emailOf(name), own.id) ?? expect.fail(`no ${name}`);
  await store.transact((tx) => tx.put('Principal', { ...record, ...change }));
  await snapshots.refresh();
}

async function putRole(name: string, clusterRoles: readonly string[]): Promise<void> {
  const role = {
    apiVersion: API_VERSION as typeof API_VERSION,
    kind: 'Role' as const,
    metadata: { name },
    spec: { kubernetes: { clusterRoles: [...clusterRoles] }, permissions: [] },
  };
  expect(await asAdmin().applyResources({ organization, body: { resources: [role] } })).toMatchObject({
    isApplied: true,
  });
}

describe('reviews', () => {
  it('SEC-E06 are never by whoever asks, also where a step names them', async () => {
    await world.putPolicy('own', { steps: [{ reviewers: [{ kind: 'User', name: emailOf('dora') }] }] });
    const asked = await world.ask('dora', 'own');
    expect(asked.may.review).toBe(false);
    expect(await refusal(world.approve('dora', asked))).toMatchObject({ code: 'ERR_API_REVIEW_REFUSED', status: 403 });
    expect(await stateOf(asked.id)).toBe('pending');
  });

  it('SEC-E06 are never by another account of whoever asks', async () => {
    const asked = await world.ask('dora', 'plain');
    await changePrincipal('rita', { email: 'DORA@Example.com' });
    try {
      expect((await apiOf('rita').getAccessRequest({ organization, id: asked.id })).may.review).toBe(false);
      expect(await refusal(world.approve('rita', asked))).toMatchObject({ code: 'ERR_API_REVIEW_REFUSED' });
    } finally {
      await changePrincipal('rita', { email: emailOf('rita') });
    }
    expect(await stateOf(asked.id)).toBe('pending');
    expect(await world.approve('rita', asked)).toMatchObject({ state: 'approved' });
  });

  it('SEC-E06 are by people, and by a machine only where a step names it', async () => {
    const name = 'bot';
    const { store, snapshots, organization: own, publicUrl, fetch } = world.installation;
    const bot = {
      apiVersion: API_VERSION as typeof API_VERSION,
      kind: 'ServiceAccount' as const,
      metadata: { name },
      spec: {},
    };
    const binding = {
      apiVersion: API_VERSION as typeof API_VERSION,
      kind: 'Binding' as const,
      metadata: { name: 'bot-approver' },
      spec: {
        role: 'approver',
        subjects: [{ kind: 'ServiceAccount' as const, name }],
        scope: { kind: 'organization' as const },
      },
    };
    expect(await asAdmin().applyResources({ organization, body: { resources: [bot, binding] } })).toMatchObject({
      isApplied: true,
    });
    const { secret } = await asAdmin().createApiKey({ organization, name, body: { name: 'k' } });
    const api = createApiClient({ baseUrl: publicUrl, fetch, accessToken: () => secret });
    const review = ({ id, contentSha256 }: { readonly id: string; readonly contentSha256: string }) =>
      api.reviewAccessRequest({ organization, id, body: { verdict: 'approve', contentSha256 } });
    const asked = await world.ask('dora', 'plain');
    expect(await refusal(review(asked))).toMatchObject({ code: 'ERR_API_REVIEW_REFUSED' });
    await world.putPolicy('by-bot', { steps: [{ reviewers: [{ kind: 'ServiceAccount', name }] }] });
    const named = await world.ask('dora', 'by-bot');
    expect(await review(named)).toMatchObject({ state: 'approved' });
    expect(snapshots.current().find('Principal', emailOf('dora'), own.id)).toBeDefined();
    expect(await store.transact((tx) => tx.access.lockRequest(own.id, named.id))).toMatchObject({ state: 'approved' });
  });

  it('SEC-E06 are not widened by changing the request policy of an own pending request', async () => {
    const document = (reviewer: string) => ({
      steps: [{ reviewers: [{ kind: 'User' as const, name: emailOf(reviewer) }] }],
    });
    await world.putPolicy('edited', document('rita'));
    const asked = await world.ask('dora', 'edited');
    // Dora may not change it; whoever may puts Remo in.
    const { metadata, spec } = await asAdmin().getRequestPolicy({ organization, name: 'edited' });
    const body = {
      apiVersion: API_VERSION as typeof API_VERSION,
      kind: 'RequestPolicy' as const,
      metadata: { name: metadata.name },
      spec,
    };
    expect((await refusal(apiOf('dora').updateRequestPolicy({ organization, name: 'edited', body }))).status).toBe(403);
    await world.putPolicy('edited', document('remo'));
    const problem = await refusal(world.approve('remo', asked));
    expect(problem).toMatchObject({ code: 'ERR_API_CONTENT_CHANGED', status: 409 });
    expect(problem.detail).toContain('edited');
    const now = await apiOf('remo').getAccessRequest({ organization, id: asked.id });
    expect(now.contentSha256).not.toBe(asked.contentSha256);
    expect(await world.approve('remo', now)).toMatchObject({ state: 'approved' });
  });

  it('SEC-E07 bind what was seen: an approval of what the role was is void once the role is another', async () => {
    await putRole('changing', ['view']);
    await world.putPolicy('changing', {
      roles: ['changing'],
      steps: [{ reviewers: 'permitted', approvals: 2 }],
    });
    const asked = await world.ask('dora', 'changing', { role: 'changing' });
    const once = await world.approve('rita', asked);
    expect(once).toMatchObject({ state: 'pending', steps: [{ given: 1 }] });
    await putRole('changing', ['cluster-admin']);
    const problem = await refusal(world.approve('remo', asked));
    expect(problem).toMatchObject({ code: 'ERR_API_CONTENT_CHANGED', status: 409 });
    expect(problem.detail).toContain('changing');
    const now = await apiOf('remo').getAccessRequest({ organization, id: asked.id });
    expect(now).toMatchObject({ state: 'pending', steps: [{ given: 0 }], reviews: [{ counts: false }] });
    // One more approval is the first that counts, and whoever approved the old content looks at it anew.
    expect(await world.approve('remo', now)).toMatchObject({ state: 'pending', steps: [{ given: 1 }] });
    expect(await world.approve('rita', now)).toMatchObject({ state: 'approved' });
  });

  it('SEC-E07 of two people bind the same content, or the first does not count', async () => {
    await world.putPolicy('shortened', { steps: [{ reviewers: 'permitted', approvals: 2 }] });
    const asked = await world.ask('dora', 'shortened', { duration: '2h' });
    expect((await world.approve('rita', asked)).steps[0]?.given).toBe(1);
    const shorten = { verdict: 'approve' as const, contentSha256: asked.contentSha256, duration: '30m' };
    const shortened = await apiOf('remo').reviewAccessRequest({ organization, id: asked.id, body: shorten });
    expect(shortened).toMatchObject({ state: 'pending', duration: '30m', steps: [{ given: 1 }] });
    expect(shortened.reviews.map(({ counts }) => counts)).toEqual([false, true]);
    expect((await refusal(world.approve('rita', asked))).code).toBe('ERR_API_CONTENT_CHANGED');
    const approved = await world.approve('rita', shortened);
    const { startsAt, endsAt } = approved.grant ?? expect.fail('there is no grant');
    expect(endsAt).toEqual(new Date(Math.floor((startsAt.getTime() + 30 * 60_000) / 1_000) * 1_000));
  });

  it('SEC-E07 approve nothing without saying what was seen', async () => {
    const { id } = await world.ask('dora', 'plain');
    const approve = apiOf('rita').reviewAccessRequest({ organization, id, body: { verdict: 'approve' } });
    expect(await refusal(approve)).toMatchObject({ code: 'ERR_API_REQUEST_INVALID', status: 400 });
    expect(await stateOf(id)).toBe('pending');
  });

  it('SEC-E15 that come at once are decided once, with one audit event for what became of it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const asked = await world.ask('dora', 'plain');
      const { id } = asked;
      const outcomes = await Promise.allSettled([
        world.approve('rita', asked),
        world.approve('remo', asked),
        apiOf('remo').reviewAccessRequest({ organization, id, body: { verdict: 'deny', reason: 'no' } }),
        apiOf('dora').cancelAccessRequest({ organization, id, body: {} }),
      ]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ problem: { status: 409 } });
      }
      const state = await stateOf(id);
      expect(await world.audited(id)).toEqual(['access_request.created', `access_request.${state}`]);
      const grants = [...world.installation.snapshots.current().grants.values()].filter(
        ({ requestId }) => requestId === id,
      );
      expect(grants).toHaveLength(state === 'approved' ? 1 : 0);
    }
  });
});

describe('what is said', () => {
  it('SEC-E08 is bounded, and without what moves a cursor or turns text around', async () => {
    for (const reason of ['x'.repeat(1_000_000), '\u001b[2J', 'a\u202Eb', ' ', 'tab\there']) {
      const problem = await refusal(world.ask('dora', 'plain', { reason }));
      expect(problem).toMatchObject({ code: 'ERR_API_REQUEST_INVALID', status: 400 });
      expect(JSON.stringify(problem).length).toBeLessThan(2_000);
    }
    expect((await refusal(world.ask('dora', 'plain', { ticket: 'x'.repeat(129) }))).status).toBe(400);
  });

  it('SEC-E08 is kept as it was given, whatever it would mean elsewhere', async () => {
    const reason = '<script>alert(1)</script> **@channel** =HYPERLINK("x") [a](javascript:b)\nsecond line';
    const { id } = await world.ask('dora', 'plain', { reason });
    expect((await apiOf('rita').getAccessRequest({ organization, id })).reason).toBe(reason);
  });

  it('takes a ticket where the policy demands one, and only one that matches it whole', async () => {
    await world.putPolicy('ticketed', { ticketPattern: 'OPS-[0-9]+' });
    for (const ticket of [undefined, 'OPS-', 'OPS-1 and more', 'see OPS-1']) {
      const problem = await refusal(world.ask('dora', 'ticketed', ticket === undefined ? {} : { ticket }));
      expect([ticket, problem.code]).toEqual([ticket, 'ERR_API_NOT_REQUESTABLE']);
      expect(problem.detail).toContain('ticket');
    }
    expect(await world.ask('dora', 'ticketed', { ticket: 'OPS-1' })).toMatchObject({ ticket: 'OPS-1' });
  });

  it('SEC-E18 has durations of one notation, within what the policy gives', async () => {
    for (const duration of ['0s', '-1h', '1', 'PT1H', '1.5h', '1y', '99999999999999999999d', '']) {
      const problem = await refusal(world.ask('dora', 'plain', { duration }));
      expect([duration, problem.status]).toEqual([duration, 400]);
    }
    expect((await refusal(world.ask('dora', 'plain', { duration: '4h1ms' }))).code).toBe('ERR_API_NOT_REQUESTABLE');
    const asked = await world.ask('dora', 'plain', { duration: '1h' });
    for (const duration of ['2h', '0s']) {
      const body = { verdict: 'approve' as const, contentSha256: asked.contentSha256, duration };
      const problem = await refusal(apiOf('rita').reviewAccessRequest({ organization, id: asked.id, body }));
      expect([duration, problem.status]).toEqual([duration, 400]);
    }
    expect(await stateOf(asked.id)).toBe('pending');
  });
});

describe('the names of others', () => {
  it('SEC-E12 in a body or query give nothing: who asks is who is signed in', async () => {
    const extra = { requester: emailOf('ada'), user: emailOf('ada') } as object;
    expect((await refusal(world.ask('vera', 'plain', extra))).code).toBe('ERR_API_REQUEST_INVALID');
    const { id } = await world.ask('dora', 'plain');
    for (const query of [{ user: emailOf('dora') }, { view: 'mine' as const, user: emailOf('dora') }, {}]) {
      expect((await apiOf('nobody').listAccessRequests({ organization, ...query })).items).toEqual([]);
      expect((await apiOf('dirk').listAccessRequests({ organization, ...query })).items).toEqual([]);
    }
    expect((await refusal(apiOf('nobody').getAccessRequest({ organization, id }))).status).toBe(404);
    expect((await refusal(world.approve('nobody', { id, contentSha256: '0'.repeat(64) }))).status).toBe(404);
  });

  it('SEC-E10 of another organization are those of nobody', async () => {
    const { store, otherOrganization, snapshots } = world.installation;
    const cluster = createId('cluster');
    const project = snapshots.current().find('Project', 'default', otherOrganization.id) ?? expect.fail('no project');
    await store.transact(async (tx) => {
      await tx.put('Cluster', {
        id: cluster,
        organizationId: otherOrganization.id,
        projectId: project.id,
        sharedWithProjectIds: [],
        name: 'elsewhere',
        labels: {},
        spec: {},
      });
      await tx.put('Principal', {
        id: createId('principal'),
        organizationId: otherOrganization.id,
        kind: 'user',
        issuer: LOCAL_ISSUER,
        subjectClaim: 'x',
        userName: 'xena@example.com',
        displayName: 'Xena',
        groups: [],
        isDisabled: false,
        spec: {},
      });
    });
    await snapshots.refresh();
    const scope = { kind: 'clusters' as const, clusters: ['elsewhere'] };
    const grant = { user: 'xena@example.com', role: 'viewer', scope, duration: '1h', reason: 'x' };
    const here = { kind: 'clusters' as const, clusters: ['prod'] };
    // Told in the words for a cluster that there is nowhere, so that asking finds out nothing.
    const ghost = { kind: 'clusters' as const, clusters: ['ghost'] };
    const [theirs, nowhere] = [
      await refusal(world.ask('dora', 'plain', { scope })),
      await refusal(world.ask('dora', 'plain', { scope: ghost })),
    ];
    expect(theirs).toMatchObject({ code: 'ERR_API_NOT_REQUESTABLE', status: 403 });
    expect(theirs).toEqual(nowhere);
    expect((await refusal(asAdmin().createGrant({ organization, body: { ...grant, scope: here } }))).status).toBe(404);
    expect(
      (await refusal(asAdmin().createGrant({ organization, body: { ...grant, user: emailOf('vera') } }))).status,
    ).toBe(400);
    expect((await refusal(world.ask('dora', 'plain', { suggestedReviewers: ['xena@example.com'] }))).status).toBe(400);
  });
});
