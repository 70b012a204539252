import { silentLogger, type UpstreamBinding, type UpstreamRole } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { encodeUpstreamAccess, upstreamRoleName } from '@sallyport/core/upstream-access';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AgentError } from '../errors.ts';
import type { AccessClient, StepOutcome } from './access-client.ts';
import { type AccessKeeper, type AccessOutcome, createAccessKeeper } from './access-keeper.ts';
import { type BindingObject, EXPIRES_ANNOTATION, userSubject, VERSION_ANNOTATION } from './access-objects.ts';
import type { AccessRoles } from './access-roles.ts';
import { type AccessStep, placeOf } from './plan-access.ts';

const keepers: AccessKeeper[] = [];
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
});

/** A cluster in memory. */
function aCluster() {
  const objects = new Map<string, BindingObject>();
  const steps: string[] = [];
  let answer: ((step: AccessStep) => StepOutcome | Error) | undefined;
  let resourceVersion = 0;
  const client: AccessClient = {
    find: async () => [...objects.values()],
    async carryOut(step) {
      const object = step.kind === 'remove' ? step.found : step.object;
      const outcome = answer?.(step) ?? 'done';
      steps.push(`${step.kind} ${placeOf(object)}`);
      if (outcome instanceof Error) throw outcome;
      if (outcome !== 'done') return outcome;
      if (step.kind === 'remove') objects.delete(placeOf(object));
      else put(object);
      return 'done';
    },
  };
  function put(object: BindingObject): void {
    const metadata = { ...object.metadata, uid: 'u', resourceVersion: String(++resourceVersion) };
    objects.set(placeOf(object), { ...object, metadata });
  }
  return {
    client,
    objects,
    steps,
    put,
    answerWith(next: typeof answer) {
      answer = next;
    },
    subjects: () =>
      Object.fromEntries(
        [...objects.values()].map((object) => [placeOf(object), object.subjects?.map(({ name }) => name)]),
      ),
  };
}

function aKeeper(cluster = aCluster(), clusterRoles: readonly string[] = ['view', 'edit'], roles?: AccessRoles) {
  const clock = createFakeClock();
  const inForce: string[] = [];
  const refusals: unknown[] = [];
  const keeper = createAccessKeeper({
    client: cluster.client,
    probe: { untilInForce: async (binding) => void inForce.push(placeOf(binding)) },
    owner: { name: 'agent', clusterId: 'clu_1', subjectOf: userSubject },
    clusterRoles,
    ...(roles && { roles }),
    formerClusterRoles: ['view', 'edit', 'admin'],
    clock,
    logger: { ...silentLogger, error: ({ err }) => void refusals.push((err as { code?: unknown } | undefined)?.code) },
  });
  keepers.push(keeper);
  const heard: AccessOutcome[] = [];
  keeper.follow((outcome) => heard.push(outcome));
  const inSeconds = (seconds: number) => Math.floor(clock.now() / 1_000) + seconds;
  let version = 0;
  /** Says what is to be kept, and yields what came of it. */
  const take = async (
    bindings: readonly UpstreamBinding[],
    asVersion = ++version,
    generated: readonly UpstreamRole[] = [],
  ): Promise<string> => {
    const { bytes, hash } = encodeUpstreamAccess({ bindings, roles: generated });
    const before = heard.length;
    keeper.take({ version: asVersion, bytes });
    await vi.waitFor(() => expect(heard.slice(before).some((outcome) => outcome.hash === hash)).toBe(true));
    return heard.filter((outcome) => outcome.hash === hash).at(-1)?.failure ?? '';
  };
  const after = async (ms: number, done: () => void) => {
    await clock.advanceAsync(ms);
    await vi.waitFor(done);
  };
  return { cluster, keeper, clock, heard, inForce, refusals, inSeconds, take, after };
}

const VIEW = 'ClusterRoleBinding agent-access-view';

describe('the keeping of access', () => {
  it('brings about what it is told, says so once it is in force, and takes out what is no longer in it', async () => {
    const { cluster, inForce, inSeconds, take } = aKeeper();
    const ada = { user: 'ada', expiresAt: inSeconds(60) };
    const bob = { user: 'bob', expiresAt: inSeconds(60) };
    expect(await take([{ clusterRole: 'view', subjects: [ada, bob] }])).toBe('');
    expect(inForce).toEqual([VIEW]);
    expect(cluster.subjects()).toEqual({ [VIEW]: ['ada', 'bob'] });
    expect(await take([{ clusterRole: 'edit', namespace: 'a', subjects: [bob] }])).toBe('');
    expect(cluster.subjects()).toEqual({ 'RoleBinding a/agent-access-edit': ['bob'] });
    expect(await take([])).toBe('');
    expect(cluster.subjects()).toEqual({});
  });

  const hostile: readonly (readonly [string, (now: number) => readonly UpstreamBinding[], RegExp])[] = [
    [
      'a ClusterRole that may not be bound',
      (now) => [binding('cluster-admin', 'ada', now + 60)],
      /cluster-admin.*not one that may be bound/,
    ],
    ['a user of the cluster itself', (now) => [binding('view', 'system:admin', now + 60)], /reserved for the cluster/],
    ['a life beyond the bound', (now) => [binding('view', 'ada', now + 3 * 3_600)], /limit is/],
    ['no namespace', (now) => [{ ...binding('view', 'ada', now + 60), namespace: '../x' }], /is no namespace/],
    [
      'more subjects than the limit',
      (now) => [
        {
          clusterRole: 'view',
          subjects: Array.from({ length: 5_001 }, (_, i) => ({ user: `u${i}`, expiresAt: now + 60 })),
        },
      ],
      /subjects, limit is 5000/,
    ],
    [
      'more bindings than the limit',
      (now) => Array.from({ length: 501 }, (_, i) => ({ ...binding('view', 'ada', now + 60), namespace: `n${i}` })),
      /bindings, limit is 500/,
    ],
  ];
  for (const [what, make, reason] of hostile) {
    it(`refuses ${what}, whole, and keeps what it was told before`, async () => {
      const { cluster, refusals, inSeconds, take } = aKeeper();
      await take([{ clusterRole: 'view', subjects: [{ user: 'ada', expiresAt: inSeconds(60) }] }]);
      expect(await take([...make(inSeconds(0)), binding('edit', 'eve', inSeconds(60))])).toMatch(reason);
      expect(refusals).toEqual(['ERR_AGENT_ACCESS_REFUSED']);
      expect(cluster.subjects()).toEqual({ [VIEW]: ['ada'] });
    });
  }

  describe('to generated ClusterRoles', () => {
    const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
    const generated = { ceilings: ['view'], rules: [rule] };
    const name = upstreamRoleName(generated);
    const OWN = `ClusterRoleBinding agent-access-${name}`;
    /** ClusterRoles of which some can't be made. */
    const aRoleKeeper = (isBroken: () => boolean) => {
      const swept: string[][] = [];
      const roles: AccessRoles = {
        provide: async (_, bindings) =>
          isBroken()
            ? { ready: new Set(), failure: new AgentError({ code: 'ERR_AGENT_ACCESS', message: 'in the way' }) }
            : { ready: new Set(bindings.map(({ roleRef }) => roleRef.name)) },
        rulesOf: () => undefined,
        sweep: async (bindings) => void swept.push(bindings.map(({ roleRef }) => roleRef.name)),
      };
      return { roles, swept };
    };

    it('are made once those are there, and are gone before those are', async () => {
      const { roles, swept } = aRoleKeeper(() => false);
      const { cluster, keeper, inSeconds, take } = aKeeper(aCluster(), ['view'], roles);
      expect(await take([binding(name, 'ada', inSeconds(60))], 1, [generated])).toBe('');
      expect(cluster.subjects()).toEqual({ [OWN]: ['ada'] });
      expect(cluster.objects.get(OWN)?.roleRef.name).toBe(`agent-access-${name}`);
      expect(swept.at(-1)).toEqual([`agent-access-${name}`]);
      await keeper.removeAll();
      expect(cluster.subjects()).toEqual({});
      expect(swept.at(-1)).toEqual([]);
    });

    it('are not there while one is not as it should be, and leave the others alone', async () => {
      let isBroken = false;
      const { roles } = aRoleKeeper(() => isBroken);
      const { cluster, inSeconds, take } = aKeeper(aCluster(), ['view'], roles);
      const ada = (seconds: number) => [
        binding('view', 'ada', inSeconds(seconds)),
        binding(name, 'ada', inSeconds(seconds)),
      ];
      expect(await take(ada(60), 1, [generated])).toBe('');
      expect(cluster.subjects()).toEqual({ [VIEW]: ['ada'], [OWN]: ['ada'] });
      isBroken = true;
      expect(await take(ada(61), 2, [generated])).toBe('in the way');
      expect(cluster.subjects()).toEqual({ [VIEW]: ['ada'] });
    });

    it('are refused where they were not opted into, and when they would let somebody give themselves more', async () => {
      const without = aKeeper();
      const bound = (keeper: typeof without) => [binding(name, 'ada', keeper.inSeconds(60))];
      expect(await without.take(bound(without), 1, [generated])).toMatch(/not opted into/);
      const opted = aKeeper(aCluster(), ['view'], aRoleKeeper(() => false).roles);
      const hostile = { ...generated, rules: [{ ...rule, verbs: ['escalate'] }] };
      expect(await opted.take([binding(upstreamRoleName(hostile), 'ada', opted.inSeconds(60))], 1, [hostile])).toMatch(
        /verb "escalate", which generated rules never have/,
      );
      for (const { refusals, cluster } of [without, opted]) {
        expect(refusals).toEqual(['ERR_AGENT_ACCESS_REFUSED']);
        expect(cluster.subjects()).toEqual({});
      }
    });
  });

  it('takes out whose time is over by itself', async () => {
    const { cluster, inSeconds, take, after } = aKeeper();
    const ada = { user: 'ada', expiresAt: inSeconds(5) };
    await take([{ clusterRole: 'view', subjects: [ada, { user: 'bob', expiresAt: inSeconds(8) }] }]);
    await after(5_000, () => expect(cluster.subjects()).toEqual({ [VIEW]: ['bob'] }));
    await after(3_000, () => expect(cluster.subjects()).toEqual({}));
  });

  it('sweeps what an earlier run left when no server says anything, and removes what was changed by others', async () => {
    const cluster = aCluster();
    const first = aKeeper(cluster);
    await first.take([{ clusterRole: 'view', subjects: [{ user: 'ada', expiresAt: first.inSeconds(10) }] }]);
    await first.take([
      { clusterRole: 'view', subjects: [{ user: 'ada', expiresAt: first.inSeconds(10) }] },
      { clusterRole: 'edit', subjects: [{ user: 'bob', expiresAt: first.inSeconds(10) }] },
    ]);
    await first.keeper.close();
    const [edit] = [...cluster.objects.values()].filter(({ roleRef }) => roleRef.name === 'edit');
    if (edit === undefined) throw new Error('nobody is bound to edit');
    cluster.put({ ...edit, subjects: [...(edit.subjects ?? []), userSubject('mallory')] });
    const { after } = aKeeper(cluster);
    await vi.waitFor(() => expect(cluster.subjects()).toEqual({ [VIEW]: ['ada'] }));
    await after(10_000, () => expect(cluster.subjects()).toEqual({}));
  });

  it('leaves what others made from something newer for half a minute, and then has its way', async () => {
    const { cluster, clock, heard, inSeconds, take, after } = aKeeper();
    const ada = { clusterRole: 'view', subjects: [{ user: 'ada', expiresAt: inSeconds(600) }] };
    await take([ada], 4);
    const [mine] = cluster.objects.values();
    if (mine === undefined) throw new Error('nobody is bound');
    const annotations = { [EXPIRES_ANNOTATION]: `[${inSeconds(600)}]`, [VERSION_ANNOTATION]: '9' };
    cluster.put({ ...mine, metadata: { ...mine.metadata, annotations }, subjects: [userSubject('bob')] });
    await after(15_000, () => expect(heard.at(-1)?.failure).toMatch(/something newer/));
    expect(cluster.subjects()).toEqual({ [VIEW]: ['bob'] });
    await after(15_000, () => expect(clock.pending).toBe(1));
    expect(cluster.subjects()).toEqual({ [VIEW]: ['bob'] });
    await after(15_000, () => expect(cluster.subjects()).toEqual({ [VIEW]: ['ada'] }));
    await vi.waitFor(() => expect(heard.at(-1)?.failure).toBe(''));
  });

  it('says what stands in the way, does the rest, and touches nothing that is not its own', async () => {
    const { cluster, inSeconds, take } = aKeeper();
    await take([binding('view', 'ada', inSeconds(60))]);
    const [mine] = cluster.objects.values();
    if (mine === undefined) throw new Error('nobody is bound');
    cluster.put({ ...mine, metadata: { ...mine.metadata, labels: {} } });
    expect(await take([binding('view', 'bob', inSeconds(60)), binding('edit', 'bob', inSeconds(60))])).toMatch(
      /ClusterRoleBinding agent-access-view is in the way/,
    );
    expect(cluster.subjects()).toEqual({ [VIEW]: ['ada'], 'ClusterRoleBinding agent-access-edit': ['bob'] });
  });

  it('begins anew when somebody else was writing, and goes on without a namespace that is not there', async () => {
    const { cluster, inSeconds, take } = aKeeper();
    let conflicts = 2;
    cluster.answerWith((step) => {
      if (step.kind === 'create' && step.object.metadata.namespace === 'gone') return 'noNamespace';
      return conflicts-- > 0 ? 'conflict' : 'done';
    });
    const gone = { ...binding('view', 'ada', inSeconds(60)), namespace: 'gone' };
    expect(await take([binding('view', 'ada', inSeconds(60)), gone])).toBe('');
    expect(cluster.subjects()).toEqual({ [VIEW]: ['ada'] });
  });

  it('tries again what failed, and says that it works again', async () => {
    const { cluster, heard, inSeconds, take, after } = aKeeper();
    cluster.answerWith(() => new Error('no route'));
    expect(await take([binding('view', 'ada', inSeconds(60))])).toBe('the request failed');
    cluster.answerWith(undefined);
    await after(15_000, () => expect(heard.at(-1)?.failure).toBe(''));
    expect(cluster.subjects()).toEqual({ [VIEW]: ['ada'] });
  });

  it('keeps nothing where nothing may be bound, and removes what another mode left', async () => {
    const cluster = aCluster();
    const managed = aKeeper(cluster, ['admin']);
    await managed.take([binding('admin', 'ada', managed.inSeconds(600))]);
    await managed.keeper.close();
    const { take, inSeconds } = aKeeper(cluster, []);
    expect(await take([])).toBe('');
    expect(cluster.subjects()).toEqual({});
    expect(await take([binding('view', 'ada', inSeconds(60))])).toMatch(/not one that may be bound/);
  });

  it('removes everything when it is told to go, and nothing of others', async () => {
    const { cluster, keeper, inSeconds, take, clock } = aKeeper();
    await take([binding('view', 'ada', inSeconds(60)), { ...binding('edit', 'bob', inSeconds(60)), namespace: 'a' }]);
    const [mine] = cluster.objects.values();
    if (mine === undefined) throw new Error('nobody is bound');
    const { namespace: _, ...metadata } = mine.metadata;
    cluster.put({
      ...mine,
      kind: 'ClusterRoleBinding',
      metadata: { ...metadata, name: 'agent-access-admin', labels: {} },
    });
    await keeper.removeAll();
    expect(Object.keys(cluster.subjects())).toEqual(['ClusterRoleBinding agent-access-admin']);
    clock.advance(60_000);
    expect(cluster.objects.size).toBe(1);
  });
});

function binding(clusterRole: string, user: string, expiresAt: number): UpstreamBinding {
  return { clusterRole, subjects: [{ user, expiresAt }] };
}
