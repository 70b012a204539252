import { ApiProblemError } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { createObjects } from './create-objects.ts';
import type { KubeChange, KubeClient } from './kube-client.ts';
import { MAX_WRITTEN_OBJECTS, readObjects } from './kube-objects.ts';

const TEXT = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: fresh }
---
apiVersion: v1
kind: Namespace
metadata: { name: fresh }
`;
const problem = (status: number, detail: string) =>
  new ApiProblemError({ type: 'about:blank', title: 'x', status, detail, code: 'KUBERNETES_X' });

/** A cluster that serves two kinds; what is sent is answered by `answer`. */
function clientWith(answer: (change: KubeChange) => unknown) {
  const sent: KubeChange[] = [];
  const client = {
    get: async () => ({
      resources: [
        { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
        { name: 'namespaces', kind: 'Namespace', namespaced: false },
      ],
    }),
    send: async (change: KubeChange) => {
      sent.push(change);
      return answer(change);
    },
  } as unknown as KubeClient;
  return { client, sent };
}

function objectsOf(text: string) {
  const read = readObjects(text);
  if ('problem' in read) throw new Error(read.problem);
  return read.objects;
}

describe('readObjects', () => {
  it('reads several documents and lists, what others stand in first', () => {
    expect(objectsOf(TEXT).map(({ kind }) => kind)).toEqual(['Namespace', 'ConfigMap']);
    const list = `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n`;
    expect(objectsOf(list).map(({ metadata }) => metadata.name)).toEqual(['a']);
  });

  it('says what is wrong instead of guessing', () => {
    expect(readObjects('')).toEqual({ problem: 'There is no object in it yet.' });
    expect(readObjects('a: [')).toEqual({ problem: expect.stringMatching(/^This is not YAML \(line 1/) });
    expect(readObjects('kind: Pod')).toEqual({ problem: 'It needs apiVersion, kind and metadata.name.' });
    expect(readObjects(`${TEXT}---\nkind: Pod\n`)).toEqual({
      problem: 'Object 3 needs apiVersion, kind and metadata.name.',
    });
    const many = Array.from({ length: MAX_WRITTEN_OBJECTS + 1 }, () => '---\na: 1').join('\n');
    expect(readObjects(many)).toEqual({ problem: 'It holds 101 objects; at most 100 are made at once.' });
  });
});

describe('createObjects', () => {
  it('tries without keeping anything, and knows what only waits for another of the same text', async () => {
    const { client, sent } = clientWith(({ path, body }) => {
      if (path.includes('/configmaps')) throw problem(404, 'namespaces "fresh" not found');
      return body;
    });
    const results = await createObjects(objectsOf(TEXT), { client, namespace: 'default', isTrial: true });
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/namespaces?fieldManager=sallyport-web&dryRun=All',
      'POST /api/v1/namespaces/fresh/configmaps?fieldManager=sallyport-web&dryRun=All',
    ]);
    expect(results).toEqual([
      expect.objectContaining({ kind: 'Namespace', name: 'fresh', outcome: 'created' }),
      expect.objectContaining({ kind: 'ConfigMap', name: 'settings', outcome: 'waits', for: 'Namespace fresh' }),
    ]);
  });

  it('goes on behind an object that fails, and puts those without a namespace where the reader is', async () => {
    const { client, sent } = clientWith(({ body }) => {
      const object = body as { readonly metadata: { readonly name: string } };
      if (object.metadata.name === 'taken') throw problem(409, 'configmaps "taken" already exists');
      return object;
    });
    const text = ['taken', 'free'].map((name) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}`);
    const results = await createObjects(objectsOf(text.join('\n---\n')), { client, namespace: 'shop', isTrial: false });
    expect(results.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['taken', 'failed'],
      ['free', 'created'],
    ]);
    expect(sent[1]?.path).toBe('/api/v1/namespaces/shop/configmaps?fieldManager=sallyport-web');
  });

  it('says that a cluster does not serve a kind', async () => {
    const { client, sent } = clientWith(() => ({}));
    const [result] = await createObjects(objectsOf('{apiVersion: v1, kind: Widget, metadata: {name: a}}'), {
      client,
      namespace: 'default',
      isTrial: true,
    });
    expect(result).toMatchObject({ outcome: 'failed', error: { message: 'the cluster serves no Widget of v1' } });
    expect(sent).toEqual([]);
  });
});
