import { createFakeClock } from '@sallyport/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCompleter } from './completer.ts';
import { createKubeNames, NAMES_KEPT_MS } from './kube-names.ts';

const resource = (name: string, kind: string, shortNames: readonly string[] = [], namespaced = true) => ({
  name,
  kind,
  shortNames,
  namespaced,
  singularName: kind.toLowerCase(),
  verbs: ['get', 'list'],
});

/** A cluster that one person sees as it is told. */
function createCluster() {
  const tables: Record<string, readonly string[]> = {
    '/api/v1/namespaces/shop/pods': ['web-1', 'web-2', 'db-1'],
    '/api/v1/namespaces': ['shop', 'checkout'],
    '/apis/apps/v1/namespaces/shop/deployments': ['web'],
    '/apis/acme.test/v1/namespaces/shop/widgets': ['left', 'right'],
  };
  const documents: Record<string, unknown> = {
    '/apis': {
      groups: [
        { name: 'apps', preferredVersion: { version: 'v1' } },
        { name: 'acme.test', preferredVersion: { version: 'v1' } },
      ],
    },
    '/api/v1': {
      resources: [
        resource('pods', 'Pod', ['po']),
        { ...resource('pods/log', 'Pod'), verbs: ['get'] },
        resource('namespaces', 'Namespace', ['ns'], false),
      ],
    },
    '/apis/apps/v1': { resources: [resource('deployments', 'Deployment', ['deploy'])] },
    '/apis/acme.test/v1': { resources: [resource('widgets', 'Widget', ['wg'])] },
    '/api/v1/namespaces/shop/pods/web-1': { spec: { containers: [{ name: 'app' }, { name: 'proxy' }] } },
  };
  const asked: string[] = [];
  return {
    tables,
    asked,
    async read(path: string): Promise<unknown> {
      asked.push(path);
      const plain = path.split('?', 1)[0] as string;
      const names = tables[plain];
      if (names !== undefined)
        return { rows: names.map((name) => ({ object: { metadata: { name } }, cells: [name, '1/1'] })) };
      if (documents[plain] === undefined) throw new Error('answered 403');
      return documents[plain];
    },
  };
}

describe('suggestions of a terminal', () => {
  let cluster: ReturnType<typeof createCluster>;
  let clock: ReturnType<typeof createFakeClock>;
  let version: number;
  let suggest: (line: string, namespace?: string) => Promise<readonly string[]>;
  beforeEach(() => {
    cluster = createCluster();
    clock = createFakeClock();
    version = 1;
    const completer = createCompleter(createKubeNames({ read: cluster.read, basis: () => version, clock }));
    suggest = async (line, namespace = 'shop') =>
      (await completer.complete({ line, namespace })).items.map(({ value }) => value);
  });

  it('are commands, flags, kinds with those of CRDs, names, namespaces and containers, each where it may stand', async () => {
    expect(await suggest('rol')).toEqual(['rollout']);
    expect(await suggest('kubectl rollout re')).toEqual(['restart', 'resume']);
    expect(await suggest('get pods --all-n')).toEqual(['--all-namespaces']);
    expect(await suggest('get wi')).toEqual(['widgets']);
    expect(await suggest('get widgets l')).toEqual(['left']);
    expect(await suggest('describe po web')).toEqual(['web-1', 'web-2']);
    expect(await suggest('rollout restart deploy/w')).toEqual(['web']);
    expect(await suggest('logs web-1 -c ')).toEqual(['app', 'proxy']);
    expect(await suggest('get pods -n ch')).toEqual(['checkout']);
    expect(await suggest('get pods web-1 -n shop w', 'other')).toEqual(['web-1', 'web-2']);
    expect(await suggest('get pods | gr')).toEqual(['grep']);
    expect(await suggest('exec web-1 -- l')).toEqual([]);
    expect(await suggest('get "po')).toEqual([]);
  });

  it('SEC-H09 are asked for again once anybody’s access has changed, and never shown from before', async () => {
    expect(await suggest('get pods ')).toEqual(['web-1', 'web-2', 'db-1']);
    const before = cluster.asked.length;
    await suggest('get pods w');
    expect(cluster.asked.length).toBe(before);
    delete cluster.tables['/api/v1/namespaces/shop/pods'];
    version = 2;
    expect(await suggest('get pods ')).toEqual([]);
    expect(cluster.asked.length).toBeGreaterThan(before);
  });

  it('SEC-H09 belong to one terminal, which is of one person on one cluster: another one asks for itself', async () => {
    await suggest('get pods ');
    const foreign = createCluster();
    delete foreign.tables['/api/v1/namespaces/shop/pods'];
    const other = createCompleter(createKubeNames({ read: foreign.read, basis: () => version, clock }));
    expect((await other.complete({ line: 'get pods ', namespace: 'shop' })).items).toEqual([]);
    expect(foreign.asked).toContain('/api/v1/namespaces/shop/pods?limit=500');
  });

  it('are remembered for seconds', async () => {
    await suggest('get pods ');
    const before = cluster.asked.length;
    clock.advance(NAMES_KEPT_MS + 1);
    await suggest('get pods ');
    expect(cluster.asked.slice(before)).toEqual(['/api/v1/namespaces/shop/pods?limit=500']);
  });
});
