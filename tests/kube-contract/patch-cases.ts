import assert from 'node:assert/strict';
import { type ContractCase, configMap, inNamespace, uniqueName } from './case.ts';
import type { Target } from './target.ts';

const STRATEGIC = 'application/strategic-merge-patch+json';
const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const APPLY = 'application/apply-patch+yaml';

function deployment(t: Target, name: string) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'one',
              image: t.image,
              env: [
                { name: 'A', value: '1' },
                { name: 'B', value: '2' },
              ],
            },
            { name: 'two', image: t.image },
          ],
        },
      },
    },
  };
}

async function createDeployment(t: Target): Promise<string> {
  const path = inNamespace(t, 'apps/v1', 'deployments');
  const name = uniqueName('d');
  assert.equal((await t.send('POST', path, { body: deployment(t, name) })).status, 201);
  return `${path}/${name}`;
}

const containers = (json: { spec: { template: { spec: { containers: unknown } } } }) =>
  json.spec.template.spec.containers as { name: string; image: string; env?: { name: string; value: string }[] }[];

/** The four kinds of patch. */
export const patchCases: readonly ContractCase[] = [
  {
    name: 'merges containers and their variables by name in a strategic merge patch',
    async run(t) {
      const path = await createDeployment(t);
      const patch = {
        spec: {
          template: {
            spec: {
              containers: [
                {
                  name: 'one',
                  env: [
                    { name: 'B', value: '3' },
                    { name: 'C', value: '4' },
                  ],
                },
              ],
            },
          },
        },
      };
      const { status, json } = await t.send('PATCH', path, { body: patch, contentType: STRATEGIC });
      assert.equal(status, 200);
      assert.deepEqual(
        containers(json)
          .map((one) => one.name)
          .sort(),
        ['one', 'two'],
      );
      const env = containers(json).find((one) => one.name === 'one')?.env ?? [];
      assert.deepEqual(Object.fromEntries(env.map((one) => [one.name, one.value])), { A: '1', B: '3', C: '4' });
      assert.equal(json.metadata.generation, 2);
    },
  },
  {
    name: 'removes and replaces by $patch in a strategic merge patch',
    async run(t) {
      const path = await createDeployment(t);
      const patch = (list: unknown[]) => ({
        body: { spec: { template: { spec: { containers: list } } } },
        contentType: STRATEGIC,
      });
      const removed = await t.send('PATCH', path, patch([{ name: 'two', $patch: 'delete' }]));
      assert.deepEqual(
        containers(removed.json).map((one) => one.name),
        ['one'],
      );
      const replaced = await t.send('PATCH', path, patch([{ $patch: 'replace' }, { name: 'three', image: t.image }]));
      assert.deepEqual(
        containers(replaced.json).map((one) => one.name),
        ['three'],
      );
    },
  },
  {
    name: 'orders a merged list by $setElementOrder',
    async run(t) {
      const path = await createDeployment(t);
      const spec = {
        $setElementOrder: undefined,
        '$setElementOrder/containers': [{ name: 'two' }, { name: 'one' }],
        containers: [{ name: 'two', image: t.image }],
      };
      const { json } = await t.send('PATCH', path, { body: { spec: { template: { spec } } }, contentType: STRATEGIC });
      assert.deepEqual(
        containers(json).map((one) => one.name),
        ['two', 'one'],
      );
    },
  },
  {
    name: 'replaces lists and removes by null in a merge patch',
    async run(t) {
      const path = await createDeployment(t);
      const list = [{ name: 'only', image: t.image }];
      const { json } = await t.send('PATCH', path, {
        body: { spec: { template: { spec: { containers: list } } } },
        contentType: MERGE,
      });
      assert.deepEqual(
        containers(json).map((one) => one.name),
        ['only'],
      );
      const labelled = await t.send('PATCH', path, { body: { metadata: { labels: { a: 'b' } } }, contentType: MERGE });
      assert.deepEqual(labelled.json.metadata.labels, { a: 'b' });
      const bare = await t.send('PATCH', path, { body: { metadata: { labels: { a: null } } }, contentType: MERGE });
      assert.deepEqual(bare.json.metadata.labels ?? {}, {});
    },
  },
  {
    name: 'adds, replaces, removes and tests in a JSON patch',
    async run(t) {
      const base = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      await t.send('POST', base, { body: configMap(name, { a: '1', b: '2' }) });
      const body = [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'replace', path: '/data/a', value: '9' },
        { op: 'remove', path: '/data/b' },
        { op: 'add', path: '/data/c~1d', value: '3' },
      ];
      // A key of ConfigMap data may not hold a slash: the pointer is understood, the result refused.
      const slash = await t.send('PATCH', `${base}/${name}`, { body: body.slice(0, 3), contentType: JSON_PATCH });
      assert.deepEqual(slash.json.data, { a: '9' });
      const failed = await t.send('PATCH', `${base}/${name}`, {
        body: [{ op: 'test', path: '/data/a', value: 'x' }],
        contentType: JSON_PATCH,
      });
      assert.equal(failed.status, 422);
      assert.equal(failed.json.reason, 'Invalid');
      const missing = await t.send('PATCH', `${base}/${name}`, {
        body: [{ op: 'remove', path: '/data/zz' }],
        contentType: JSON_PATCH,
      });
      assert.equal(missing.status, 422);
    },
  },
  {
    name: 'refuses a patch of an old resourceVersion',
    async run(t) {
      const base = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      const { resourceVersion } = (await t.send('POST', base, { body: configMap(name) })).json.metadata;
      await t.send('PATCH', `${base}/${name}`, { body: { data: { a: '2' } }, contentType: MERGE });
      const late = await t.send('PATCH', `${base}/${name}`, {
        body: { metadata: { resourceVersion }, data: { a: '3' } },
        contentType: MERGE,
      });
      assert.equal(late.status, 409);
      assert.equal(late.json.reason, 'Conflict');
    },
  },
  {
    name: 'refuses a patch of unknown type',
    async run(t) {
      const path = await createDeployment(t);
      const { status, json } = await t.send('PATCH', path, { body: {}, contentType: 'application/json' });
      assert.equal(status, 415);
      assert.equal(json.reason, 'UnsupportedMediaType');
    },
  },
  {
    name: 'applies on the server: creates, changes, and takes back what is no longer applied',
    async run(t) {
      const base = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('ssa');
      const apply = (data: Record<string, string>, manager = 'first', more = '') =>
        t.send('PATCH', `${base}/${name}?fieldManager=${manager}${more}`, {
          body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
          contentType: APPLY,
        });
      const created = await apply({ a: '1', b: '2' });
      assert.equal(created.status, 201);
      const changed = await apply({ a: '5' });
      assert.equal(changed.status, 200);
      assert.deepEqual(changed.json.data, { a: '5' });
      const [entry] = changed.json.metadata.managedFields;
      assert.deepEqual(
        [entry.manager, entry.operation, entry.fieldsV1],
        ['first', 'Apply', { 'f:data': { 'f:a': {} } }],
      );
    },
  },
  {
    name: 'refuses to apply over another manager, unless forced',
    async run(t) {
      const base = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('ssa');
      const apply = (value: string, manager: string, more = '') =>
        t.send('PATCH', `${base}/${name}?fieldManager=${manager}${more}`, {
          body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: value } },
          contentType: APPLY,
        });
      await apply('1', 'first');
      const refused = await apply('2', 'second');
      assert.equal(refused.status, 409);
      assert.equal(refused.json.reason, 'Conflict');
      assert.equal(refused.json.message, 'Apply failed with 1 conflict: conflict with "first": .data.a');
      assert.deepEqual(refused.json.details.causes, [
        { reason: 'FieldManagerConflict', message: 'conflict with "first"', field: '.data.a' },
      ]);
      const agreed = await apply('1', 'second');
      assert.equal(agreed.status, 200);
      assert.equal(agreed.json.metadata.managedFields.length, 2);
      const forced = await apply('3', 'second', '&force=true');
      assert.deepEqual(forced.json.data, { a: '3' });
      assert.deepEqual(
        forced.json.metadata.managedFields.map((one: { manager: string }) => one.manager),
        ['second'],
      );
    },
  },
  {
    name: 'merges lists by key when applying on the server',
    async run(t) {
      const path = await createDeployment(t);
      const name = path.slice(path.lastIndexOf('/') + 1);
      const body = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: { template: { spec: { containers: [{ name: 'one', env: [{ name: 'X', value: 'y' }] }] } } },
      };
      const { status, json } = await t.send('PATCH', `${path}?fieldManager=applier`, { body, contentType: APPLY });
      assert.equal(status, 200);
      const one = containers(json).find((container) => container.name === 'one');
      assert.deepEqual(Object.fromEntries((one?.env ?? []).map((variable) => [variable.name, variable.value])), {
        A: '1',
        B: '2',
        X: 'y',
      });
    },
  },
  {
    name: 'needs a field manager for apply',
    async run(t) {
      const base = inNamespace(t, 'v1', 'configmaps');
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } };
      const { status, json } = await t.send('PATCH', `${base}/x`, { body, contentType: APPLY });
      assert.equal(status, 422);
      assert.equal(json.reason, 'Invalid');
    },
  },
  {
    name: 'reads and changes the scale of a deployment',
    async run(t) {
      const path = await createDeployment(t);
      const scale = (await t.send('GET', `${path}/scale`)).json;
      assert.deepEqual([scale.kind, scale.apiVersion, scale.spec.replicas ?? 0], ['Scale', 'autoscaling/v1', 0]);
      const patched = await t.send('PATCH', `${path}/scale`, { body: { spec: { replicas: 1 } }, contentType: MERGE });
      assert.equal(patched.json.spec.replicas, 1);
      // Without a resourceVersion: a controller may have written the status in between.
      const { name, namespace } = patched.json.metadata;
      const body = {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name, namespace },
        spec: { replicas: 0 },
      };
      const put = await t.send('PUT', `${path}/scale`, { body });
      assert.equal(put.status, 200);
      assert.equal((await t.send('GET', path)).json.spec.replicas, 0);
    },
  },
  {
    name: 'changes only the status on the status path, and never on the main one',
    async run(t) {
      const path = await createDeployment(t);
      const main = await t.send('PATCH', path, { body: { status: { replicas: 77 } }, contentType: MERGE });
      assert.notEqual(main.json.status?.replicas, 77);
      const sub = await t.send('PATCH', `${path}/status`, {
        body: { metadata: { labels: { no: 'no' } }, spec: { replicas: 9 } },
        contentType: MERGE,
      });
      assert.equal(sub.status, 200);
      assert.equal(sub.json.spec.replicas, 0);
    },
  },
];
