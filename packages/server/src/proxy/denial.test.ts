import { Readable } from 'node:stream';
import type { RequestPolicy, Role } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../testing/proxy-fixture.ts';

const HOUR = 3_600_000;
let fixture: ProxyFixture;

/** Somebody who may ask for two roles, and holds none. */
beforeEach(() => {
  fixture = createProxyFixture();
  const { records, principal } = fixture;
  const { organizationId } = principal;
  const aRole = (name: string, ceiling: string): Role => ({
    id: createId('role'),
    organizationId,
    name,
    ceilingGroups: [ceiling],
    permissions: [],
  });
  const [admin, developer, owner] = [
    aRole('admin', 'sallyport:admin'),
    aRole('developer', 'sallyport:edit'),
    aRole('owner', 'sallyport:cluster-admin'),
  ] as const;
  const policy: RequestPolicy = {
    id: createId('requestPolicy'),
    organizationId,
    name: 'on-call',
    requesters: 'everyone',
    roleIds: [admin.id, developer.id],
    scope: { kind: 'organization', namespaces: { kind: 'names', names: ['default'] } },
    maxDurationMs: HOUR / 2,
    maxTotalDurationMs: HOUR / 2,
    maxStartDelayMs: 0,
    pendingForMs: HOUR,
    steps: [{ reviewers: 'permitted', approvals: 1 }],
  };
  fixture.snapshots.set({ ...records, roles: [admin, developer, owner], bindings: [], requestPolicies: [policy] });
});
afterEach(() => fixture.close());

async function send(target: string, more: Parameters<typeof aRequest>[0] = {}) {
  const { sink, response } = collectResponse();
  await fixture.proxy.handle(aRequest({ token: await fixture.mint(), target, ...more }), sink);
  return response;
}

const messageOf = ({ body }: { readonly body: string }) => (JSON.parse(body) as { message: string }).message;
const SENTENCE =
  'alice@acme.test may not get pods web-0 in namespace default on cluster prod: no role is bound to them there; ' +
  'roles developer, admin would allow it and can be asked for [ERR_PROXY_DENIED]';
const WAYS = [
  'Ask for role developer:',
  "  sallyport access request --cluster prod --namespace default --role developer --duration 30m --reason '...'",
  '  https://sallyport.test/access/new?cluster=prod&namespace=default&role=developer',
  'Ask for role admin:',
  "  sallyport access request --cluster prod --namespace default --role admin --duration 30m --reason '...'",
  '  https://sallyport.test/access/new?cluster=prod&namespace=default&role=admin',
];
const POD = '/k/acme/prod/api/v1/namespaces/default/pods/web-0';

describe('a denial', () => {
  it('says who, what and why, and below that how to ask, the least powerful role first', async () => {
    const response = await send(POD);
    expect(response.status).toBe(403);
    expect(messageOf(response).split('\n')).toEqual([SENTENCE, ...WAYS]);
  });

  it('offers nothing where nothing may be asked for', async () => {
    for (const target of [POD.replace('default', 'other'), '/k/acme/prod/api/v1/nodes', '/k/acme/prod/metrics']) {
      const message = messageOf(await send(target));
      expect(message).toMatch(/ may not (get|list) .*on cluster prod: no role is bound to them there/);
      expect(message).not.toContain('\n');
      expect(message).not.toMatch(/developer|admin|owner/);
    }
  });

  it('is one line in the audit, with the reason alone', async () => {
    await send(POD);
    const [event] = fixture.audit.events.filter(({ code }) => code === 'proxy.request.denied');
    expect(event?.decision?.reasons).toEqual([SENTENCE.replace(' [ERR_PROXY_DENIED]', '')]);
  });

  it('answers the two tries of an exec alike, and is one audit event', async () => {
    const target = `${POD}/exec?command=sh`;
    const session = ['Kubectl-Session', 'one'];
    const upgrade = (protocol: string) => ['Connection', 'Upgrade', 'Upgrade', protocol, ...session];
    const tries = [
      await send(target, { headers: upgrade('websocket') }),
      await send(target, { method: 'POST', headers: upgrade('SPDY/3.1') }),
    ];
    const [first, second] = tries.map(messageOf);
    expect(first).toContain('Ask for role developer:');
    expect(second?.split('\n').slice(1)).toEqual(first?.split('\n').slice(1));
    expect(fixture.audit.events.filter(({ code }) => code === 'proxy.request.denied')).toHaveLength(1);
  });

  it('stands in the answer of can-i as well', async () => {
    const spec = { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default', name: 'web-0' } };
    const review = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec };
    const response = await send('/k/acme/prod/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      method: 'POST',
      headers: ['Content-Type', 'application/json'],
      body: Readable.from([Buffer.from(JSON.stringify(review))]),
    });
    const { status } = JSON.parse(response.body) as { status: { allowed: boolean; reason: string } };
    expect(status.allowed).toBe(false);
    expect(status.reason.split('\n').slice(1)).toEqual(WAYS);
  });
});
