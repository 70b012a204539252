import { createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { createNamespaceLabels, type LabelsByNamespace } from './namespace-labels.ts';

const [prod, other] = [createId('cluster'), createId('cluster')];
const shop: LabelsByNamespace = new Map([['shop', { team: 'web' }]]);

describe('labels of namespaces', () => {
  it('are those of the last look, cluster by cluster', () => {
    const clock = createFakeClock();
    const labels = createNamespaceLabels({ clock });
    labels.put(prod, shop, clock.monotonicMs());
    expect(labels.of(prod, 'shop')).toEqual({ team: 'web' });
    expect(labels.of(prod, 'bank')).toBeUndefined();
    expect(labels.of(other, 'shop')).toBeUndefined();
    labels.put(prod, new Map([['shop', {}]]), clock.monotonicMs());
    expect(labels.of(prod, 'shop')).toEqual({});
  });

  it('are believed for as long as the limit says, counted from when the look began', () => {
    const clock = createFakeClock();
    const labels = createNamespaceLabels({ clock, maxAgeMs: 1_000 });
    const began = clock.monotonicMs();
    clock.advance(400);
    labels.put(prod, shop, began);
    clock.advance(600);
    expect(labels.of(prod, 'shop')).toEqual({ team: 'web' });
    clock.advance(1);
    expect(labels.of(prod, 'shop')).toBeUndefined();
  });

  it('are forgotten for a cluster with more namespaces than are kept', () => {
    const clock = createFakeClock();
    const labels = createNamespaceLabels({ clock, maxNamespaces: 1 });
    labels.put(prod, shop, clock.monotonicMs());
    labels.put(prod, new Map([...shop, ...new Map([['bank', {}]])]), clock.monotonicMs());
    expect(labels.of(prod, 'shop')).toBeUndefined();
  });
});
