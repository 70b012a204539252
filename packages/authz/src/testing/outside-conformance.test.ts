import { expect, it } from 'vitest';
import type { OutsideAuthorizer } from '../outside-authorizer.ts';
import type { AccessQuery } from '../query.ts';
import {
  type OutsideAuthorizerSetup,
  outsideAuthorizerConformance,
  type ServiceBehaviour,
  type ServiceQuestion,
} from './outside-conformance.ts';

function questionOf({ principal, cluster, attributes }: AccessQuery): ServiceQuestion {
  if (attributes.kind !== 'resource') throw new Error('only resources here');
  const { verb, resource, namespace, name } = attributes;
  return { userName: principal.userName, cluster: cluster.name, verb, resource, namespace, name };
}

/** One that is right, in memory. */
const right: OutsideAuthorizerSetup =
  (service) =>
  (query, { signal }) =>
    answer(service(questionOf(query)), signal);

function answer(behaviour: ServiceBehaviour, signal: AbortSignal): ReturnType<OutsideAuthorizer> {
  if (behaviour === 'allows') return Promise.resolve({ effect: 'allow' });
  if (behaviour === 'denies') return Promise.resolve({ effect: 'deny', reason: 'the service says so' });
  if (behaviour !== 'hangs') return Promise.reject(new Error(`the service ${behaviour}`));
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

for (const { name, run } of outsideAuthorizerConformance) it(name, () => run(right));

/** Ways to be wrong, each with the case that has to catch it. */
const wrong: Readonly<Record<string, readonly [OutsideAuthorizerSetup, RegExp]>> = {
  'lets through what it can not ask about': [
    (service) => (query, options) =>
      Promise.resolve(right(service))
        .then((authorize) => authorize(query, options))
        .catch(() => ({ effect: 'allow' })),
    /when its service fails/,
  ],
  'says nothing of why': [() => async () => ({ effect: 'deny', reason: '' }), /says why/],
  'asks about something else': [
    (service) => (query, options) =>
      (right((question) => service({ ...question, namespace: '' })) as OutsideAuthorizer)(query, options),
    /the very person/,
  ],
  'remembers by person alone': [
    (service) => {
      const known = new Map<string, ReturnType<OutsideAuthorizer>>();
      return (query, options) => {
        const { userName } = query.principal;
        const verdict = known.get(userName) ?? (right(service) as OutsideAuthorizer)(query, options);
        known.set(userName, verdict);
        return verdict;
      };
    },
    /about one verb/,
  ],
};

for (const [what, [setup, caughtBy]] of Object.entries(wrong)) {
  it(`catches one that ${what}`, async () => {
    const caught: string[] = [];
    for (const { name, run } of outsideAuthorizerConformance) await run(setup).catch(() => caught.push(name));
    expect(caught).toContainEqual(expect.stringMatching(caughtBy));
  });
}
