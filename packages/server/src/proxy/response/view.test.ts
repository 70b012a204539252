import type { ViewPart } from '@sallyport/authz';
import { type LabelSelector, matchLabelSelector } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileView, type Visible } from './view.ts';

const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  a: { team: 'red' },
  b: { team: 'blue', env: 'prod' },
  c: {},
};
const labelsOf = (namespace: string) => LABELS[namespace];

const word = fc.constantFrom('a', 'b', 'c', 'd');
const selector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(fc.constantFrom('team', 'env'), fc.constantFrom('red', 'blue', 'prod'), { maxKeys: 2 }),
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({
          key: fc.constantFrom('team', 'env'),
          operator: fc.constantFrom('In' as const, 'NotIn' as const),
          values: fc.array(fc.constantFrom('red', 'blue', 'prod'), { minLength: 1, maxLength: 2 }),
        }),
        fc.record({
          key: fc.constantFrom('team', 'env'),
          operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const),
        }),
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);
const part: fc.Arbitrary<ViewPart> = fc.record(
  {
    namespaces: fc.oneof(
      fc.record({ kind: fc.constant('names' as const), names: fc.array(word, { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('selector' as const), selector }),
    ),
    names: fc.array(word, { maxLength: 3 }),
    labels: selector,
    exceptNamespaces: fc.array(word, { maxLength: 2 }),
    exceptNames: fc.array(word, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const object: fc.Arbitrary<Visible> = fc.record({
  namespace: fc.constantFrom('', 'a', 'b', 'c', 'd'),
  name: word,
  labels: fc.dictionary(fc.constantFrom('team', 'env'), fc.constantFrom('red', 'blue', 'prod'), { maxKeys: 2 }),
});

/** What a view means, part by part. */
function admitsPlainly(view: readonly ViewPart[], { namespace, name, labels }: Visible): boolean {
  return view.some((one) => {
    const { namespaces } = one;
    if (namespaces !== undefined) {
      if (namespace === '') return false;
      if (namespaces.kind === 'names' && !namespaces.names.includes(namespace)) return false;
      const known = labelsOf(namespace);
      if (namespaces.kind === 'selector' && !(known && matchLabelSelector(namespaces.selector, known))) return false;
    }
    if (one.exceptNamespaces?.includes(namespace) || one.exceptNames?.includes(name)) return false;
    if (one.names !== undefined && !one.names.includes(name)) return false;
    return one.labels === undefined || matchLabelSelector(one.labels, labels);
  });
}

describe('compileView', () => {
  it('admits what its parts admit one by one', () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.array(object, { minLength: 1, maxLength: 8 }),
        (view, objects) => {
          const compiled = compileView(view, labelsOf);
          for (const one of objects) expect(compiled.admits(one)).toBe(admitsPlainly(view, one));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('admits nothing without parts, and everything by an empty one', () => {
    const one = { namespace: 'a', name: 'x', labels: {} };
    expect(compileView([], labelsOf).admits(one)).toBe(false);
    expect(compileView([{}], labelsOf).admits(one)).toBe(true);
    expect(compileView([{}], labelsOf).admits({ ...one, namespace: '' })).toBe(true);
  });

  it('admits nothing by a part that says what is not understood', () => {
    const view = [{ names: ['x'], onlyOnSundays: true }] as unknown as ViewPart[];
    expect(compileView(view, labelsOf).admits({ namespace: 'a', name: 'x', labels: {} })).toBe(false);
  });

  it('follows the labels of namespaces as they change', () => {
    let labels: Readonly<Record<string, string>> | undefined = { team: 'red' };
    const view = compileView(
      [{ namespaces: { kind: 'selector', selector: { matchLabels: { team: 'red' } } } }],
      () => labels,
    );
    const one = { namespace: 'a', name: 'x', labels: {} };
    expect(view.admits(one)).toBe(true);
    labels = { team: 'blue' };
    expect(view.admits(one)).toBe(false);
    labels = undefined;
    expect(view.admits(one)).toBe(false);
    labels = { team: 'red' };
    expect(view.admits(one)).toBe(true);
  });

  it('asks selectors only of objects that have a label which they need', () => {
    let asked = 0;
    const values = new Proxy(['never'], {
      get(target, key) {
        if (key === 'includes') asked += 1;
        return Reflect.get(target, key);
      },
    });
    const view: ViewPart[] = Array.from({ length: 2_000 }, (_, i) => ({
      labels: { matchLabels: { app: `app-${i}` }, matchExpressions: [{ key: 'tier', operator: 'In', values }] },
    }));
    const compiled = compileView(view, labelsOf);
    asked = 0;
    expect(compiled.admits({ namespace: 'a', name: 'x', labels: { app: 'app-7', tier: 'web' } })).toBe(false);
    expect(asked).toBe(1);
  });
});
