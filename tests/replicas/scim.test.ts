import { ApiProblemError } from '@sallyport/core/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, type Replica, type Replicas, startReplicas } from './harness.ts';
import type { Provisioning } from './provisioning.ts';

/** What a change may take from its commit to its effect on every replica. */
const LIVE_MS = 1_000;
const WATCH = '/api/v1/namespaces/default/pods?watch=1';
const DEVELOPER = `developer@${ORGANIZATION}.test`;

describe.skipIf(lacks('postgres'))('SCIM on one of two replicas', () => {
  let replicas: Replicas;
  let a: Replica;
  let b: Replica;
  let scim: Provisioning;
  let developers: string;
  let developer: string;

  beforeAll(async () => {
    replicas = await startReplicas();
    ({ a, b } = replicas);
    await replicas.connectAgent(b);
    await awaitCondition(() => replicas.upstream.inventory.length >= 3, { what: 'the inventory is taken' });
    scim = await replicas.provision();
    developer = await scim.create('Users', { userName: DEVELOPER, active: true });
    developers = await scim.create('Groups', { displayName: 'developers', members: [{ value: developer }] });
  }, 60_000);
  afterAll(() => replicas?.close(), 30_000);
  beforeEach(async () => {
    replicas.upstream.reset();
    await setMember(true);
  });

  const setActive = (isActive: boolean) =>
    scim.patch(`/Users/${developer}`, { op: 'Replace', path: 'active', value: isActive ? 'True' : 'False' });
  const setMember = (isMember: boolean) =>
    scim.patch(
      `/Groups/${developers}`,
      isMember
        ? { op: 'Add', path: 'members', value: [{ value: developer }] }
        : { op: 'Remove', path: `members[value eq "${developer}"]` },
    );

  async function refusal(call: Promise<unknown>): Promise<number | undefined> {
    try {
      await call;
      return undefined;
    } catch (error) {
      if (error instanceof ApiProblemError) return error.problem.status;
      throw error;
    }
  }
  const mint = (person: Person, on: Replica) =>
    on.api(person).mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
  const statusOf = async (kubeToken: string, on: Replica) =>
    (await (await on.kube(kubeToken, '/api/v1/namespaces/default/pods')).answer()).status;

  /** Opens a watch on `b`, where the agent is, and tells when it ended and how. */
  async function openWatch(kubeToken: string) {
    replicas.upstream.answer = (call) =>
      void call.open(200, ['Content-Type', 'application/json']).write('{"type":"ADDED","object":{}}\n');
    const before = replicas.upstream.requests.length;
    const connection = await b.kube(kubeToken, WATCH);
    const ended = connection.answer().then(({ body }) => ({ body, at: performance.now() }));
    await awaitCondition(() => replicas.upstream.requests.length > before, { what: 'the watch runs', everyMs: 5 });
    return { ended };
  }
  async function expectEnded(kubeToken: string, change: () => Promise<void>) {
    const watch = await openWatch(kubeToken);
    await change();
    const committedBy = performance.now();
    const { body, at } = await watch.ended;
    expect(body).toContain('"type":"ERROR"');
    expect(at - committedBy).toBeLessThan(LIVE_MS);
  }

  it('SEC-E02 SEC-E14 a person removed from a group loses what it gave on both replicas, whatever logins still state', async () => {
    const person = await replicas.logIn(b, 'developer');
    expect((await person.api.whoAmI()).principal).toMatchObject({ id: developer, groups: ['developers'] });
    const { token: kubeToken } = await mint(person, b);
    await expectEnded(kubeToken, () => setMember(false));
    expect(await statusOf(kubeToken, b)).toBe(403);
    await awaitCondition(async () => (await refusal(mint(person, b))) === 403, {
      what: 'b mints nothing',
      timeoutMs: LIVE_MS,
    });
    expect(await refusal(mint(person, a))).toBe(403);

    const again = await replicas.logIn(b, 'developer');
    expect((await again.api.whoAmI()).principal).toMatchObject({ id: developer, groups: [] });
    expect(await refusal(mint(again, b))).toBe(403);
  });

  it('SEC-E02 SEC-E19 a person who is deactivated is nobody on both replicas, and no login of theirs comes back', async () => {
    const person = await replicas.logIn(b, 'developer');
    const { token: kubeToken } = await mint(person, b);
    await expectEnded(kubeToken, () => setActive(false));
    expect(await statusOf(kubeToken, b)).toBe(401);
    expect([await refusal(a.api(person).whoAmI()), await refusal(b.api(person).whoAmI())]).toEqual([401, 401]);
    await expect(replicas.logIn(b, 'developer')).rejects.toThrow('ERR_LOGIN_DISABLED');

    await setActive(true);
    expect([await refusal(a.api(person).whoAmI()), await refusal(b.api(person).whoAmI())]).toEqual([401, 401]);
    expect(await statusOf(kubeToken, b)).toBe(401);
    const again = await replicas.logIn(b, 'developer');
    await mint(again, b);
  });

  it('SEC-E02 a person who is deleted can not sign in as a stranger', async () => {
    const person = await replicas.logIn(b, 'developer');
    const { token: kubeToken } = await mint(person, b);
    await expectEnded(kubeToken, async () => {
      expect((await scim.ask('DELETE', `/Users/${developer}`)).status).toBe(204);
    });
    expect(await refusal(b.api(person).whoAmI())).toBe(401);
    await expect(replicas.logIn(b, 'developer')).rejects.toThrow('ERR_LOGIN_NOT_PROVISIONED');
    developer = await scim.create('Users', { userName: DEVELOPER, active: true });
    const again = await replicas.logIn(b, 'developer');
    expect((await again.api.whoAmI()).principal).toMatchObject({ id: developer, groups: [] });
  });
});
