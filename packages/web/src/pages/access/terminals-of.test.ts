import { describe, expect, it } from 'vitest';
import { terminalsOf } from './terminals-of.ts';

describe('the terminals of a grant', () => {
  it('are one for each cluster that it names', () => {
    expect(terminalsOf({ kind: 'clusters', clusters: ['prod', 'edge'] })).toEqual([
      { cluster: 'prod', href: '/terminal?cluster=prod' },
      { cluster: 'edge', href: '/terminal?cluster=edge' },
    ]);
  });

  it('begin in the one namespace that it reaches into, and nowhere in particular among several', () => {
    const into = (...names: [string, ...string[]]) =>
      terminalsOf({ kind: 'clusters', clusters: ['prod'], namespaces: { names } }).map(({ href }) => href);
    expect(into('shop')).toEqual(['/terminal?cluster=prod&command=namespace+shop']);
    expect(into('shop', 'cart')).toEqual(['/terminal?cluster=prod']);
  });

  it('are none where it names no clusters, or more than are read at a glance', () => {
    expect(terminalsOf({ kind: 'organization' })).toEqual([]);
    expect(terminalsOf({ kind: 'clusters', clusters: ['a', 'b', 'c', 'd'] })).toEqual([]);
  });
});
