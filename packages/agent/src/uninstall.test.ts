import { silentLogger } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { manifestObjects } from './manifest.ts';
import { pathOf } from './manifest-paths.ts';
import type { UninstallPlan } from './manifest-uninstall.ts';
import { SAMPLE_MANIFEST } from './testing/sample-manifest.ts';
import { uninstall } from './uninstall.ts';
import type { OwnRequest, OwnResponse } from './upstream/contract.ts';

interface Kept {
  metadata: { name: string; labels?: Record<string, string>; [field: string]: unknown };
}

const NOTHING: (request: OwnRequest) => boolean = () => false;
const INSTALLED_AT = '2026-01-01T00:00:30Z';

/** A cluster with the sample install in it, whose garbage collector runs after each deletion. */
function aCluster({ namespaceAge = '2026-01-01T00:00:00Z', refuse = NOTHING } = {}) {
  const objects = manifestObjects(SAMPLE_MANIFEST);
  const kept = new Map<string, Kept>();
  for (const object of objects) {
    const creationTimestamp = object.kind === 'Namespace' ? namespaceAge : INSTALLED_AT;
    const path = pathOf(object);
    kept.set(path, { ...object, metadata: { ...object.metadata, uid: path, creationTimestamp } });
  }
  const config = objects.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> };
  const plan = JSON.parse(config.data['uninstall.json'] ?? '') as UninstallPlan;
  const log: string[] = [];

  function collect(): void {
    for (const [path, { metadata }] of kept) {
      const owners = (metadata['ownerReferences'] ?? []) as { uid: string }[];
      const isInGoneNamespace =
        path.startsWith(`${plan.namespacePath}/`) || path.includes('/namespaces/sallyport/')
          ? !kept.has(plan.namespacePath)
          : false;
      if (isInGoneNamespace || (owners.length > 0 && owners.every(({ uid }) => !kept.has(uid)))) {
        kept.delete(path);
        collect();
        return;
      }
    }
  }
  async function sendAsAgent(request: OwnRequest): Promise<OwnResponse> {
    const { method, path } = request;
    log.push(`${method} ${path.replace(/^.*\/(?=[^/]+\/[^/]+$)/, '')}`);
    // Without its right the agent may do nothing.
    if (!kept.has(plan.rights.clusterRolePath) || refuse(request))
      return { status: 403, body: { message: 'forbidden' } };
    if (method === 'GET' && plan.listPaths.includes(path)) {
      const items = [...kept].filter(([each]) => each.startsWith(`${path}/`)).map(([, object]) => object);
      return { status: 200, body: { items } };
    }
    const object = kept.get(path);
    if (object === undefined) return { status: 404, body: {} };
    if (method === 'PATCH') Object.assign(object.metadata, (request.body as Kept).metadata);
    if (method === 'DELETE') kept.delete(path);
    if (method === 'DELETE') collect();
    return { status: 200, body: object };
  }
  const add = (path: string, labels?: Record<string, string>) =>
    kept.set(path, { metadata: { name: path.slice(path.lastIndexOf('/') + 1), ...(labels && { labels }) } });
  add('/api/v1/namespaces/sallyport/configmaps/kube-root-ca.crt');
  add('/api/v1/namespaces/sallyport/serviceaccounts/default');
  add('/api/v1/namespaces/sallyport/pods/sallyport-agent-1', objects.at(-1)?.metadata.labels);
  return { kept, plan, log, add, run: () => uninstall({ upstream: { sendAsAgent }, plan, logger: silentLogger }) };
}

describe('uninstalling', () => {
  it('leaves nothing behind, its own right and the namespace included', async () => {
    const cluster = aCluster();
    expect(await cluster.run()).toEqual({ removesNamespace: true });
    expect([...cluster.kept.keys()]).toEqual([]);
  });

  it('takes the rights of people away before anything else', async () => {
    const cluster = aCluster();
    await cluster.run();
    const deleted = cluster.log.filter((line) => line.startsWith('DELETE'));
    expect(deleted.slice(0, 5).every((line) => line.startsWith('DELETE clusterrolebindings/'))).toBe(true);
    expect(deleted.at(-1)).toBe('DELETE namespaces/sallyport');
  });

  for (const [what, path] of [
    ['a pod of somebody else', 'pods/web-1'],
    ['a config map', 'configmaps/settings'],
    ['a claim', 'persistentvolumeclaims/data'],
    ['a deployment', 'deployments/web'],
  ] as const) {
    it(`keeps the namespace for ${what}, and removes the rest`, async () => {
      const cluster = aCluster();
      const root = path.startsWith('deployments') ? '/apis/apps/v1' : '/api/v1';
      const foreign = `${root}/namespaces/sallyport/${path}`;
      cluster.add(foreign);
      expect(await cluster.run()).toEqual({ removesNamespace: false });
      expect([...cluster.kept.keys()].filter((kept) => !kept.includes('pods/sallyport-agent'))).toEqual([
        cluster.plan.namespacePath,
        '/api/v1/namespaces/sallyport/configmaps/kube-root-ca.crt',
        '/api/v1/namespaces/sallyport/serviceaccounts/default',
        foreign,
      ]);
    });
  }

  it('keeps a namespace that was there before the install', async () => {
    const cluster = aCluster({ namespaceAge: '2025-12-31T23:00:00Z' });
    expect(await cluster.run()).toEqual({ removesNamespace: false });
    expect(cluster.kept.has(cluster.plan.namespacePath)).toBe(true);
  });

  it('goes on where an attempt before it was refused', async () => {
    let isRefusing = true;
    const cluster = aCluster({
      namespaceAge: '2025-12-31T23:00:00Z',
      refuse: ({ method, path }) => isRefusing && method === 'DELETE' && path.includes('/configmaps/'),
    });
    await expect(cluster.run()).rejects.toMatchObject({
      code: 'ERR_AGENT_UNINSTALL',
      message: expect.stringMatching(/^DELETE .*sallyport-agent-config was answered with status 403, forbidden$/),
    });
    isRefusing = false;
    await cluster.run();
    expect([...cluster.kept.keys()].filter((path) => path.includes('sallyport-agent-'))).toEqual([
      '/api/v1/namespaces/sallyport/pods/sallyport-agent-1',
    ]);
  });

  it('is done when another replica was first', async () => {
    const cluster = aCluster({ namespaceAge: '2025-12-31T23:00:00Z' });
    const outcomes = await Promise.allSettled([cluster.run(), cluster.run()]);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(cluster.kept.has(cluster.plan.rights.clusterRolePath)).toBe(false);
  });
});
