import assert from 'node:assert/strict';
import type { OutsideAuthorizer } from '../outside-authorizer.ts';
import type { AccessQuery } from '../query.ts';
import { aCluster, anAccessQuery, aPrincipal, aResourceRequest } from './fixtures.ts';

/** What a policy service was asked: the authorizer under test says it of each call that reaches the service. */
export interface ServiceQuestion {
  readonly userName: string;
  readonly cluster: string;
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** How the service takes a question: with an answer, with an error of its own, with nonsense, or not at all. */
export type ServiceBehaviour = 'allows' | 'denies' | 'fails' | 'babbles' | 'hangs';

/** Makes the authorizer under test, in front of a service that behaves as told. Called once for each case. */
export type OutsideAuthorizerSetup = (
  service: (question: ServiceQuestion) => ServiceBehaviour,
) => OutsideAuthorizer | Promise<OutsideAuthorizer>;

/** One thing that every outside authorizer must do. Free of any test runner: `run` rejects when it does not hold. */
export interface OutsideAuthorizerConformanceCase {
  readonly name: string;
  run(setup: OutsideAuthorizerSetup): Promise<void>;
}

/** A query, and one that differs in a single thing that a decision can turn on. */
const NEIGHBOURS: Readonly<Record<string, Partial<AccessQuery>>> = {
  person: { principal: aPrincipal({ userName: 'bob@example.com' }) },
  cluster: { cluster: aCluster({ name: 'staging' }) },
  verb: { attributes: aResourceRequest({ verb: 'delete' }) },
  resource: { attributes: aResourceRequest({ resource: 'secrets' }) },
  subresource: { attributes: aResourceRequest({ subresource: 'exec' }) },
  namespace: { attributes: aResourceRequest({ namespace: 'payroll' }) },
  name: { attributes: aResourceRequest({ name: 'web-1' }) },
};

/** What the access proxy relies on, whomever an authorizer asks. */
export const outsideAuthorizerConformance: readonly OutsideAuthorizerConformanceCase[] = [
  {
    name: 'allows what its service allows',
    run: async (setup) => {
      const authorize = await setup(() => 'allows');
      assert.deepEqual(await ask(authorize), { effect: 'allow' });
    },
  },
  {
    name: 'denies what its service denies, and says why',
    run: async (setup) => {
      const verdict = await ask(await setup(() => 'denies'));
      assert.equal(verdict.effect, 'deny');
      assert.ok('reason' in verdict && verdict.reason.trim() !== '', 'a denial has a reason');
    },
  },
  {
    name: 'asks about the very person, cluster and object of the query',
    run: async (setup) => {
      const asked: ServiceQuestion[] = [];
      const authorize = await setup((question) => {
        asked.push(question);
        return 'allows';
      });
      await ask(authorize);
      assert.deepEqual(asked, [
        {
          ...{ userName: 'ann@example.com', cluster: 'production' },
          ...{ verb: 'get', resource: 'pods', namespace: 'shop', name: 'web-0' },
        },
      ]);
    },
  },
  ...Object.entries(NEIGHBOURS).map(([what, query]) => ({
    name: `takes no answer about one ${what} for another`,
    run: async (setup: OutsideAuthorizerSetup) => {
      let behaviour: ServiceBehaviour = 'allows';
      const authorize = await setup(() => behaviour);
      await ask(authorize);
      behaviour = 'denies';
      assert.equal((await ask(authorize, query)).effect, 'deny');
    },
  })),
  ...(['fails', 'babbles'] as const).map((behaviour) => ({
    name: `does not allow when its service ${behaviour}, and asks again the next time`,
    run: async (setup: OutsideAuthorizerSetup) => {
      let now: ServiceBehaviour = behaviour;
      const authorize = await setup(() => now);
      assert.notEqual(await effectOf(ask(authorize)), 'allow');
      now = 'allows';
      assert.equal(await effectOf(ask(authorize)), 'allow');
    },
  })),
  {
    name: 'gives up when it is told to, and allows nothing',
    run: async (setup) => {
      const giveUp = new AbortController();
      let isAsked = () => {};
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve;
      });
      const authorize = await setup(() => {
        isAsked();
        return 'hangs';
      });
      const verdict = effectOf(authorize(anAccessQuery(), { signal: giveUp.signal }));
      // One that asks nobody has its verdict at once.
      await Promise.race([asked, verdict]);
      giveUp.abort(new Error('no answer in time'));
      assert.notEqual(await verdict, 'allow');
    },
  },
];

function ask(authorize: OutsideAuthorizer, query: Partial<AccessQuery> = {}) {
  return authorize(anAccessQuery(query), { signal: new AbortController().signal });
}

/** The effect of a verdict; a rejection is none. */
function effectOf(verdict: ReturnType<OutsideAuthorizer>): Promise<string | undefined> {
  return verdict.then(
    ({ effect }) => effect,
    () => undefined,
  );
}
