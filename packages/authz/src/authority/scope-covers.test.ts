import { describe, expect, it } from 'vitest';
import type { Scope } from '../policy.ts';
import { scopeCovers } from './scope-covers.ts';

const shop = { id: 'cls_1', name: 'shop', organizationId: 'org_1', projectId: 'prj_1', labels: { tier: 'prod' } };
const bank = { ...shop, id: 'cls_2', name: 'bank', projectId: 'prj_2' };
const clusters = new Map([shop, bank].map((cluster) => [cluster.id, cluster])) as never;
const covers = (outer: object, inner: object) => scopeCovers(outer as Scope, inner as Scope, clusters);
const organization = { kind: 'organization' };
const project = { kind: 'projects', projectIds: ['prj_1'] };
const onClusters = (...clusterIds: string[]) => ({ kind: 'clusters', clusterIds });
const selector = (tier: string) => ({ kind: 'clusterSelector', selector: { matchLabels: { tier } } });
const inNamespaces = (scope: object, ...names: string[]) => ({ ...scope, namespaces: { kind: 'names', names } });

describe('scopeCovers', () => {
  it('holds for the same scope and for a part of it, not for what reaches further', () => {
    for (const part of [organization, project, onClusters('cls_1'), selector('prod')]) {
      expect([part, covers(organization, part)]).toEqual([part, true]);
      expect(covers(part, part)).toBe(true);
    }
    expect(covers(project, onClusters('cls_1'))).toBe(true);
    expect(covers(project, onClusters('cls_1', 'cls_2'))).toBe(false);
    expect(covers(project, organization)).toBe(false);
    expect(covers(onClusters('cls_1'), project)).toBe(false);
    expect(covers(organization, { kind: 'installation' })).toBe(false);
    expect(covers({ kind: 'installation' }, organization)).toBe(false);
  });

  it('compares namespaces by name', () => {
    const wide = onClusters('cls_1');
    expect(covers(wide, inNamespaces(wide, 'a'))).toBe(true);
    expect(covers(inNamespaces(wide, 'a', 'b'), inNamespaces(wide, 'b'))).toBe(true);
    expect(covers(inNamespaces(wide, 'a'), inNamespaces(wide, 'a', 'b'))).toBe(false);
    expect(covers(inNamespaces(wide, 'a'), wide)).toBe(false);
  });

  it('does not guess what a selector comes to, nor what a malformed scope means', () => {
    expect(covers(selector('prod'), onClusters('cls_1'))).toBe(true);
    expect(covers(onClusters('cls_1', 'cls_2'), selector('prod'))).toBe(false);
    expect(covers(selector('prod'), selector('test'))).toBe(false);
    expect(covers(organization, onClusters())).toBe(false);
    expect(covers({ kind: 'galaxy' }, onClusters('cls_1'))).toBe(false);
  });
});
