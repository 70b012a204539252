import { describe, expect, it } from 'vitest';
import { rebaseEdit } from './rebase-edit.ts';

const BEFORE = {
  metadata: { name: 'cart', resourceVersion: '7', labels: { app: 'cart' } },
  spec: { replicas: 2, paused: false, args: ['a'] },
  status: { readyReplicas: 2 },
};

describe('rebaseEdit', () => {
  it('keeps what others changed beside what was edited', () => {
    const edited = { ...BEFORE, spec: { ...BEFORE.spec, replicas: 3 } };
    const newest = {
      ...BEFORE,
      metadata: { ...BEFORE.metadata, resourceVersion: '9', labels: { app: 'cart', tier: 'web' } },
      status: { readyReplicas: 1 },
    };
    expect(rebaseEdit(BEFORE, edited, newest)).toEqual({
      value: { ...newest, spec: { ...BEFORE.spec, replicas: 3 } },
      clashes: [],
    });
  });

  it('names the places that both changed, and lets the edit stand there', () => {
    const edited = { ...BEFORE, spec: { ...BEFORE.spec, replicas: 3, args: ['a', 'b'] } };
    const newest = { ...BEFORE, spec: { ...BEFORE.spec, replicas: 5, args: ['c'] } };
    const { value, clashes } = rebaseEdit(BEFORE, edited, newest);
    expect(clashes).toEqual(['spec.replicas', 'spec.args']);
    expect(value).toEqual(edited);
  });

  it('leaves out what either of them took away', () => {
    const { paused: _, ...spec } = BEFORE.spec;
    const edited = { ...BEFORE, spec };
    const { labels: __, ...metadata } = BEFORE.metadata;
    const newest = { ...BEFORE, metadata };
    expect(rebaseEdit(BEFORE, edited, newest)).toEqual({ value: { ...newest, spec }, clashes: [] });
  });

  it('sees no clash where both wrote the same', () => {
    const both = { ...BEFORE, spec: { ...BEFORE.spec, replicas: 4 } };
    expect(rebaseEdit(BEFORE, both, structuredClone(both)).clashes).toEqual([]);
  });
});
