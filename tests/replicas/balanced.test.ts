import { registerCluster } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { answerForever } from './endless-upstream.ts';
import { CLUSTER, ORGANIZATION, type Replica, type Replicas, startReplicas } from './harness.ts';

const organization = ORGANIZATION;

describe.skipIf(lacks('postgres'))('a balancer without sticky sessions', () => {
  let replicas: Replicas;
  let balanced: typeof fetch;
  let asked: readonly number[];
  beforeAll(async () => {
    replicas = await startReplicas();
    replicas.upstream.answer = answerForever;
    const counts = [0, 0];
    asked = counts;
    let turn = 0;
    balanced = (...request: Parameters<typeof fetch>) => {
      turn = 1 - turn;
      counts[turn] = (counts[turn] ?? 0) + 1;
      return (both()[turn] as Replica).fetch(...request);
    };
    await replicas.connectAgent(replicas.b);
  }, 120_000);
  afterAll(() => replicas?.close(), 60_000);

  const both = (): readonly Replica[] => [replicas.a, replicas.b];
  /** Signs in with each request on the other replica than the one before. */
  const signIn = (name: 'owner' | 'developer') => replicas.logIn({ fetch: balanced }, name);
  const eventually = <T>(look: () => Promise<T>, what: string) => awaitCondition(look, { what, everyMs: 20 });
  const grantOf = (person: Person, on: Replica) => on.api(person).mintKubeCredential({ organization, name: CLUSTER });

  it('SEC-D28 leaves a login, a registration, an approval and a revocation what they are with one server', async () => {
    const [owner, developer] = [await signIn('owner'), await signIn('developer')];
    for (const count of asked) expect(count).toBeGreaterThan(2);
    const [ownerApi, developerApi] = [owner.over(balanced), developer.over(balanced)];
    // Twice each, so that both replicas answer.
    for (const api of [ownerApi, ownerApi, developerApi, developerApi]) await eventually(() => api.whoAmI(), 'live');

    const { joinToken } = await registerCluster(ownerApi, organization, { name: 'second' });
    expect(joinToken.token).not.toBe('');
    for (const replica of both())
      expect((await replica.api(owner).getCluster({ organization, name: 'second' })).metadata.name).toBe('second');

    await ownerApi.createRequestPolicy({
      organization,
      body: {
        apiVersion: 'sallyport.dev/v1',
        kind: 'RequestPolicy',
        metadata: { name: 'all' },
        spec: {
          requesters: [{ kind: 'Group', name: 'developers', identityProvider: 'development' }],
          roles: ['admin'],
          scope: { kind: 'organization' },
          maxDuration: '1h',
          steps: [{ reviewers: 'permitted' }],
        },
      },
    });
    const terms = {
      role: 'admin',
      scope: { kind: 'organization' as const },
      duration: '10m',
      reason: 'the shop is down',
    };
    const { id } = await replicas.a.api(developer).createAccessRequest({ organization, body: terms });
    const { contentSha256 } = await replicas.b.api(owner).getAccessRequest({ organization, id });
    const approved = { verdict: 'approve', contentSha256 } as const;
    const { grant } = await replicas.b.api(owner).reviewAccessRequest({ organization, id, body: approved });
    if (grant === undefined) throw new Error('an approval gave no grant');
    for (const replica of both()) {
      const { items } = await replica.api(developer).listGrants({ organization, state: 'active' });
      expect(items.map((item) => item.id)).toEqual([grant.id]);
    }
    await replicas.a.api(owner).revokeGrant({ organization, id: grant.id, body: {} });
    for (const replica of both())
      expect((await replica.api(developer).listGrants({ organization, state: 'active' })).items).toEqual([]);

    const { token } = await grantOf(developer, replicas.a);
    const statusOn = async (replica: Replica) =>
      (await (await replica.kube(token, '/api/v1/namespaces/default/pods')).answer()).status;
    await eventually(async () => (await statusOn(replicas.b)) === 200, 'b serves a credential of a');
    await replicas.b.api(developer).logOut();
    for (const replica of both()) {
      await eventually(async () => (await statusOn(replica)) === 401, `${replica.name} takes it no more`);
      await expect(replica.api(developer).whoAmI()).rejects.toMatchObject({ problem: { status: 401 } });
    }
  }, 120_000);
});
