import type { Settings } from '@sallyport/core/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../testing/proxy-fixture.ts';
import { stepUpDemandOf } from './step-up-demand.ts';

type Level = 'organization' | 'project' | 'cluster' | 'user';

let fixture: ProxyFixture;
beforeEach(() => {
  fixture = createProxyFixture();
});
afterEach(() => fixture.close());

/** The fixture's snapshot with settings at levels. */
function withSettings(levels: { readonly [Each in Level]?: Settings['stepUp'] }) {
  const snapshot = fixture.snapshots.current();
  const withStepUp = <Key, Value extends { readonly spec?: object }>(
    map: ReadonlyMap<Key, Value>,
    stepUp: Settings['stepUp'],
  ) =>
    new Map(
      [...map].map(([key, value]) => [key, { ...value, spec: stepUp === undefined ? {} : { settings: { stepUp } } }]),
    );
  return {
    ...snapshot,
    organizations: withStepUp(snapshot.organizations, levels.organization),
    projects: withStepUp(snapshot.projects, levels.project),
    clusters: withStepUp(snapshot.clusters, levels.cluster),
    principals: withStepUp(snapshot.principals, levels.user),
  } as unknown as typeof snapshot;
}

describe('what is demanded of a login', () => {
  it('is the strictest of organization, cluster and person', () => {
    const snapshot = withSettings({
      organization: { maxAge: '8h', acr: ['a', 'b'] },
      cluster: { maxAge: '15m' },
      user: { acr: ['b'], amr: ['hwk'] },
    });
    const { principal, cluster } = fixture;
    expect(stepUpDemandOf(snapshot, principal, cluster)).toEqual({ maxAgeMs: 900_000, acr: ['b'], amr: ['hwk'] });
    expect(stepUpDemandOf(snapshot, principal)).toEqual({ maxAgeMs: 28_800_000, acr: ['b'], amr: ['hwk'] });
    expect(stepUpDemandOf(withSettings({}), principal, cluster)).toBeUndefined();
    expect(stepUpDemandOf(snapshot, { ...principal, kind: 'serviceAccount' }, cluster)).toBeUndefined();
  });
});

describe('a request of kubectl under a login that is too old', () => {
  it('is refused with the command that helps, and goes upstream nowhere', async () => {
    let served = 0;
    fixture.connectAgent((_head, exchange) => {
      served += 1;
      exchange.respond({ status: 200, headers: [] });
      exchange.end();
      return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
    });
    const demanding = withSettings({ organization: { maxAge: '5m' } });
    fixture.snapshots.current = () => demanding;
    const { sink, response } = collectResponse();
    await fixture.proxy.handle(aRequest({ token: await fixture.mint() }), sink);
    expect(response.status).toBe(403);
    expect(response.body).toContain('Run `sallyport login --step-up --max-age 300s`, then try again.');
    expect(response.body).toContain('ERR_PROXY_STEP_UP_REQUIRED');
    expect(served).toBe(0);

    const { loginSessions } = demanding;
    const fresh = new Map(
      [...loginSessions].map(([id, each]) => [id, { ...each, authenticatedAt: new Date(fixture.clock.now()) }]),
    );
    fixture.snapshots.current = () => ({ ...demanding, loginSessions: fresh });
    const second = collectResponse();
    await fixture.proxy.handle(aRequest({ token: await fixture.mint() }), second.sink);
    expect(second.response.status).toBe(200);
    fixture.clock.advance(300_001);
    const third = collectResponse();
    await fixture.proxy.handle(aRequest({ token: await fixture.mint() }), third.sink);
    expect(third.response.status).toBe(403);
  });
});
