import type { Scope } from '@sallyport/authz';
import { type AccessSettings, createId } from '@sallyport/core';
import type { ServedExchange } from '@sallyport/tunnel/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../testing/proxy-fixture.ts';

let fixture: ProxyFixture;
let opened: string[];
let held: ServedExchange[];

beforeEach(() => {
  fixture = createProxyFixture();
  opened = [];
  held = [];
  fixture.connectAgent((head, exchange) => {
    opened.push(head.target);
    exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
    if (head.target.includes('watch')) held.push(exchange);
    else exchange.end();
    return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
  });
});
afterEach(() => fixture.close());

async function send(overrides: Parameters<typeof aRequest>[0] = {}) {
  const { sink, response } = collectResponse();
  await fixture.proxy.handle(aRequest({ token: await fixture.mint(), ...overrides }), sink);
  const { message = '' } = response.status === 200 ? {} : (JSON.parse(response.body) as { message?: string });
  return { status: response.status, message };
}

/** Leaves a request open and yields what it ends with. */
async function watch(overrides: Parameters<typeof aRequest>[0] = {}) {
  const { sink, response } = collectResponse();
  const target = '/k/acme/prod/api/v1/namespaces/default/pods?watch=1';
  const before = held.length;
  const done = fixture.proxy.handle(aRequest({ token: await fixture.mint(), target, ...overrides }), sink);
  while (held.length === before) await new Promise((resolve) => setImmediate(resolve));
  return { response, done };
}

const restrict = (settings: AccessSettings) => {
  const { records, cluster } = fixture;
  fixture.snapshots.set({ ...records, clusters: [{ ...cluster, settings }] });
};
const EXEC = '/k/acme/prod/api/v1/namespaces/default/pods/web-0/exec?command=sh';

describe('settings on the proxy', () => {
  it('refuse kubectl outside the browser with a sentence, and let the web UI in', async () => {
    restrict({ disableCliKubectl: true });
    expect(await send()).toEqual({
      status: 403,
      message:
        'kubectl outside the browser is switched off; use kubectl in the web UI (set by cluster prod) [ERR_PROXY_DENIED]',
    });
    expect(opened).toEqual([]);
    expect((await send({ channel: 'web' })).status).toBe(200);
  });

  it('refuse shells of pages where kubectl in the browser is off, end those that are open, and leave pages alone', async () => {
    const shell = {
      channel: 'web',
      target: '/k/acme/prod/api/v1/namespaces/default/pods/web-0/exec?command=watch',
    } as const;
    const { response, done } = await watch(shell);
    const page = await watch({ channel: 'web' });
    restrict({ disableWebKubectl: true });
    await done;
    expect(response.ended).toBe('abort');
    const outcomes = fixture.audit.events.flatMap(({ outcome }) => outcome ?? []);
    expect(outcomes).toMatchObject([{ ended: 'accessEnded', errorCode: 'ERR_PROXY_ACCESS_ENDED' }]);
    expect(await send(shell)).toEqual({
      status: 403,
      message: 'shells in the browser are switched off (set by cluster prod) [ERR_PROXY_DENIED]',
    });
    expect((await send({ channel: 'web', target: EXEC })).status).toBe(403);
    expect((await send({ channel: 'web' })).status).toBe(200);
    expect(page.response.ended).toBeUndefined();
    held.at(-1)?.end();
    await page.done;
    expect(page.response.ended).toBe('end');
  });

  it('let people in only while they have a live web session', async () => {
    const { records, session, clock } = fixture;
    const settings = { requireWebSession: true };
    const withSession = (expiresAt: Date, principalId = session.principalId) =>
      fixture.snapshots.set({
        ...records,
        clusters: [{ ...fixture.cluster, settings }],
        loginSessions: [session, { ...session, id: createId('loginSession'), principalId, client: 'web', expiresAt }],
      });
    restrict(settings);
    expect((await send()).status).toBe(403);
    withSession(new Date(clock.now() + 60_000));
    expect((await send()).status).toBe(200);
    withSession(new Date(clock.now() - 1));
    expect((await send()).status).toBe(403);
    withSession(new Date(clock.now() + 60_000), createId('principal'));
    expect((await send()).status).toBe(403);
  });

  it('end an open stream when its web session ends', async () => {
    const { records, session, clock } = fixture;
    const clusters = [{ ...fixture.cluster, settings: { requireWebSession: true } }];
    const web = {
      ...session,
      id: createId('loginSession'),
      client: 'web',
      expiresAt: new Date(clock.now() + 60_000),
    } as const;
    fixture.snapshots.set({ ...records, clusters, loginSessions: [session, web] });
    const { response, done } = await watch();
    fixture.snapshots.set({ ...records, clusters });
    await done;
    expect(response.body).toContain('kubectl works only while you are signed in to the web UI');
  });

  it('let in only addresses of every level, whatever a list holds', async () => {
    restrict({ ipRanges: ['192.0.2.0/24', '2001:db8::/32'] });
    expect((await send({ peerAddress: '192.0.2.7' })).status).toBe(200);
    expect((await send({ peerAddress: '::ffff:192.0.2.7' })).status).toBe(200);
    expect((await send({ peerAddress: '198.51.100.7' })).message).toContain(
      'requests from 198.51.100.7 are not allowed',
    );
    expect((await send({ peerAddress: '' })).status).toBe(403);
    for (const unreadable of ['192.0.2.0/33', '127.1', '*', '']) {
      restrict({ ipRanges: ['192.0.2.0/24', unreadable] });
      expect((await send({ peerAddress: '192.0.2.7' })).status).toBe(403);
    }
  });

  it('take the strictest of organization, project, cluster and user', async () => {
    const { records, cluster, principal } = fixture;
    const [organization] = records.organizations;
    const spec = { settings: { ipRanges: ['192.0.2.0/24'] } };
    fixture.snapshots.set({
      ...records,
      organizations: [{ ...organization, spec } as never],
      principals: [{ ...principal, settings: { ipRanges: ['192.0.2.7'] } }],
    });
    expect((await send({ peerAddress: '192.0.2.7' })).status).toBe(200);
    expect((await send({ peerAddress: '192.0.2.8' })).message).toContain(
      'set by organization acme and user alice@acme.test',
    );
    expect(cluster.settings).toBeUndefined();
  });

  it('refuse exec and attach where they must be recorded, and end nothing else', async () => {
    restrict({ requireRecording: true });
    for (const target of [EXEC, EXEC.replace('exec', 'attach')]) {
      const { status, message } = await send({ method: 'POST', target });
      expect(status).toBe(403);
      expect(message).toMatch(/^terminals must be recorded here, /);
      expect(message).toContain('ERR_PROXY_RECORDING_UNAVAILABLE');
    }
    expect(opened).toEqual([]);
    expect((await send()).status).toBe(200);
  });

  it('keep Secrets from roles without the permission to read them', async () => {
    restrict({ secretsForAdminsOnly: true });
    const target = '/k/acme/prod/api/v1/namespaces/default/secrets/db';
    expect((await send({ target })).message).toContain(
      'Secrets are read only under a role with the permission secrets.read',
    );
    expect((await send()).status).toBe(200);
  });
});

describe('a binding that selects namespaces by labels', () => {
  const scope: Scope = {
    kind: 'organization',
    namespaces: { kind: 'selector', selector: { matchLabels: { team: 'web' } } },
  };
  const see = (labels: Readonly<Record<string, string>>) =>
    fixture.namespaceLabels.put(fixture.cluster.id, new Map([['default', labels]]), fixture.clock.monotonicMs());

  beforeEach(() => {
    const { records } = fixture;
    fixture.snapshots.set({ ...records, bindings: records.bindings.map((binding) => ({ ...binding, scope })) });
  });

  it('reaches a namespace once its labels were seen, and no longer when the look is old', async () => {
    expect((await send()).status).toBe(403);
    see({ team: 'web' });
    expect((await send()).status).toBe(200);
    expect((await send({ target: '/k/acme/prod/api/v1/namespaces/other/pods' })).status).toBe(403);
    expect((await send({ target: '/k/acme/prod/api/v1/nodes' })).status).toBe(403);
    fixture.clock.advance(121_000);
    expect((await send()).status).toBe(403);
  });

  it('ends an open stream after the label is gone', async () => {
    see({ team: 'web' });
    const { response, done } = await watch();
    see({});
    fixture.clock.advance(5_000);
    await done;
    expect(response.body).toContain('access has ended');
  });
});
