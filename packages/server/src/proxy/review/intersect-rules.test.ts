import { matchRule, type Rule } from '@sallyport/authz';
import type { RequestAttributes } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intersectRules } from './intersect-rules.ts';

const some = (...words: readonly string[]) => fc.subarray([...words], { minLength: 1 });
const PATHS = ['/healthz', '/healthz/log', '/version', '/a', '/'];
const aRule: fc.Arbitrary<Rule> = fc.oneof(
  fc
    .record({
      verbs: some('get', 'list', 'create', '*'),
      apiGroups: some('', 'apps', '*'),
      resources: some('pods', 'pods/log', 'pods/exec', 'deployments', 'deployments/log', '*/log', '*'),
      resourceNames: fc.option(some('a', 'b'), { nil: undefined }),
    })
    .map(({ resourceNames, ...rule }) => ({ ...rule, ...(resourceNames && { resourceNames }) })),
  fc.record({
    verbs: some('get', 'list', 'create', '*'),
    nonResourceUrls: some('/healthz', '/healthz/*', '/h*', '*', '/version', '/', '/a'),
  }),
);
const aRequest: fc.Arbitrary<RequestAttributes> = fc.oneof(
  fc
    .record({
      verb: fc.constantFrom('get', 'list', 'create', 'delete'),
      apiGroup: fc.constantFrom('', 'apps', 'batch'),
      resource: fc.constantFrom('pods', 'deployments', 'nodes'),
      subresource: fc.constantFrom('', 'log', 'exec'),
      name: fc.constantFrom('', 'a', 'b', 'c'),
    })
    .map((parts) => ({
      kind: 'resource' as const,
      apiVersion: 'v1',
      namespace: 'shop',
      remainder: '',
      path: '/',
      ...parts,
    })),
  fc
    .record({ verb: fc.constantFrom('get', 'list', 'create'), path: fc.constantFrom(...PATHS) })
    .map((parts) => ({ kind: 'nonResource' as const, ...parts })),
);
const covered = (rules: readonly Rule[], request: RequestAttributes) => rules.some((rule) => matchRule(rule, request));

describe('intersectRules', () => {
  it('covers a request if and only if both sides cover it', () => {
    const rules = fc.array(aRule, { maxLength: 3 });
    fc.assert(
      fc.property(rules, rules, fc.array(aRequest, { minLength: 20, maxLength: 20 }), (left, right, requests) => {
        const both = intersectRules(left, right);
        for (const request of requests) {
          expect(covered(both, request)).toBe(covered(left, request) && covered(right, request));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
