import assert from 'node:assert/strict';
import { type ContractCase, configMap, inNamespace, uniqueName } from './case.ts';

/** Create, read, update, delete, select, list, validate. */
export const objectCases: readonly ContractCase[] = [
  {
    name: 'answers a missing object with a NotFound Status that names it',
    async run(t) {
      const { status, json } = await t.send('GET', `${inNamespace(t, 'v1', 'configmaps')}/nope`);
      assert.equal(status, 404);
      assert.deepEqual(
        { kind: json.kind, status: json.status, reason: json.reason, message: json.message, details: json.details },
        {
          kind: 'Status',
          status: 'Failure',
          reason: 'NotFound',
          message: 'configmaps "nope" not found',
          details: { name: 'nope', kind: 'configmaps' },
        },
      );
    },
  },
  {
    name: 'names the group of a missing object in an API group',
    async run(t) {
      const { json } = await t.send('GET', `${inNamespace(t, 'apps/v1', 'deployments')}/nope`);
      assert.equal(json.message, 'deployments.apps "nope" not found');
      assert.deepEqual(json.details, { name: 'nope', group: 'apps', kind: 'deployments' });
    },
  },
  {
    name: 'creates once, then says AlreadyExists',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      const created = await t.send('POST', path, { body: configMap(name) });
      assert.equal(created.status, 201);
      assert.match(created.json.metadata.uid, /^[0-9a-f-]{36}$/);
      assert.match(created.json.metadata.resourceVersion, /^\d+$/);
      assert.match(created.json.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const again = await t.send('POST', path, { body: configMap(name) });
      assert.equal(again.status, 409);
      assert.equal(again.json.reason, 'AlreadyExists');
      assert.equal(again.json.message, `configmaps "${name}" already exists`);
    },
  },
  {
    name: 'makes a name from generateName',
    async run(t) {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'made-' } };
      const { status, json } = await t.send('POST', inNamespace(t, 'v1', 'configmaps'), { body });
      assert.equal(status, 201);
      assert.match(json.metadata.name, /^made-[a-z0-9]{5}$/);
    },
  },
  {
    name: 'refuses an update of an old resourceVersion with Conflict and takes one of the present',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      const first = (await t.send('POST', path, { body: configMap(name) })).json;
      const second = await t.send('PUT', `${path}/${name}`, { body: { ...first, data: { a: '2' } } });
      assert.equal(second.status, 200);
      assert.notEqual(second.json.metadata.resourceVersion, first.metadata.resourceVersion);
      const third = await t.send('PUT', `${path}/${name}`, { body: { ...first, data: { a: '3' } } });
      assert.equal(third.status, 409);
      assert.equal(third.json.reason, 'Conflict');
      assert.equal(
        third.json.message,
        `Operation cannot be fulfilled on configmaps "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      );
    },
  },
  {
    name: 'keeps the resourceVersion when an update changes nothing',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      const first = (await t.send('POST', path, { body: configMap(name) })).json;
      const same = await t.send('PUT', `${path}/${name}`, { body: first });
      assert.equal(same.json.metadata.resourceVersion, first.metadata.resourceVersion);
    },
  },
  {
    name: 'deletes with a Success Status, and then says NotFound',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      const { uid } = (await t.send('POST', path, { body: configMap(name) })).json.metadata;
      const deleted = await t.send('DELETE', `${path}/${name}`);
      assert.equal(deleted.status, 200);
      assert.equal(deleted.json.status, 'Success');
      assert.deepEqual(deleted.json.details, { name, kind: 'configmaps', uid });
      assert.equal((await t.send('DELETE', `${path}/${name}`)).status, 404);
    },
  },
  {
    name: 'deletes only under the preconditions that were given',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      await t.send('POST', path, { body: configMap(name) });
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { uid: '00000000-0000-0000-0000-000000000000' },
      };
      const refused = await t.send('DELETE', `${path}/${name}`, { body });
      assert.equal(refused.status, 409);
      assert.equal(refused.json.reason, 'Conflict');
      assert.equal((await t.send('GET', `${path}/${name}`)).status, 200);
    },
  },
  {
    name: 'keeps an object with finalizers, marked, until the last one is taken away',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      const body = configMap(name);
      await t.send('POST', path, {
        body: { ...body, metadata: { ...body.metadata, finalizers: ['example.com/hold'] } },
      });
      const marked = await t.send('DELETE', `${path}/${name}`);
      assert.equal(marked.status, 200);
      const held = (await t.send('GET', `${path}/${name}`)).json;
      assert.match(held.metadata.deletionTimestamp, /Z$/);
      await t.send('PATCH', `${path}/${name}`, {
        body: { metadata: { finalizers: null } },
        contentType: 'application/merge-patch+json',
      });
      assert.equal((await t.send('GET', `${path}/${name}`)).status, 404);
    },
  },
  {
    name: 'deletes a collection by label',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const group = uniqueName('group');
      for (const n of [1, 2]) await t.send('POST', path, { body: configMap(`${group}-${n}`, {}, { group }) });
      await t.send('POST', path, { body: configMap(`${group}-other`) });
      const { status, json } = await t.send('DELETE', `${path}?labelSelector=group%3D${group}`);
      assert.equal(status, 200);
      assert.equal(json.kind, 'ConfigMapList');
      assert.deepEqual((await t.send('GET', `${path}?labelSelector=group%3D${group}`)).json.items, []);
      assert.equal((await t.send('GET', `${path}/${group}-other`)).status, 200);
    },
  },
  {
    name: 'selects by labels: equality, inequality, sets, existence',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const run = uniqueName('run');
      for (const tier of ['web', 'db', 'cache']) {
        await t.send('POST', path, { body: configMap(`${run}-${tier}`, {}, { run, tier }) });
      }
      await t.send('POST', path, { body: configMap(`${run}-none`, {}, { run }) });
      const cases: [string, string[]][] = [
        [`run=${run},tier=web`, ['web']],
        [`run==${run},tier!=web`, ['cache', 'db', 'none']],
        [`run=${run},tier in (web,db)`, ['db', 'web']],
        [`run=${run},tier notin (web,db)`, ['cache', 'none']],
        [`run=${run},tier`, ['cache', 'db', 'web']],
        [`run=${run},!tier`, ['none']],
      ];
      for (const [selector, want] of cases) {
        const { json } = await t.send('GET', `${path}?labelSelector=${encodeURIComponent(selector)}`);
        const names = json.items.map((item: { metadata: { name: string } }) =>
          item.metadata.name.slice(run.length + 1),
        );
        assert.deepEqual(names, want, selector);
      }
    },
  },
  {
    name: 'selects by metadata.name and refuses fields it does not index',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      await t.send('POST', path, { body: configMap(name) });
      const { json } = await t.send('GET', `${path}?fieldSelector=metadata.name%3D${name}`);
      assert.equal(json.items.length, 1);
      const refused = await t.send('GET', `${path}?fieldSelector=data.a%3D1`);
      assert.equal(refused.status, 400);
      assert.equal(refused.json.reason, 'BadRequest');
    },
  },
  {
    name: 'lists in chunks that together are the whole list at one version',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const run = uniqueName('chunk');
      for (const n of [1, 2, 3, 4, 5]) await t.send('POST', path, { body: configMap(`${run}-${n}`, {}, { run }) });
      const names: string[] = [];
      const versions = new Set<string>();
      let token = '';
      for (let page = 0; page < 3; page++) {
        const { json } = await t.send(
          'GET',
          `${path}?labelSelector=run%3D${run}&limit=2${token && `&continue=${encodeURIComponent(token)}`}`,
        );
        names.push(...json.items.map((item: { metadata: { name: string } }) => item.metadata.name));
        versions.add(json.metadata.resourceVersion);
        token = json.metadata.continue ?? '';
        if (page === 0) await t.send('POST', path, { body: configMap(`${run}-9`, {}, { run }) });
      }
      assert.deepEqual(
        names,
        [1, 2, 3, 4, 5].map((n) => `${run}-${n}`),
      );
      assert.equal(versions.size, 1);
      assert.equal(token, '');
    },
  },
  {
    name: 'refuses a name that is no DNS subdomain, with the field as cause',
    async run(t) {
      const { status, json } = await t.send('POST', inNamespace(t, 'v1', 'configmaps'), {
        body: configMap('Not_A_Name'),
      });
      assert.equal(status, 422);
      assert.equal(json.reason, 'Invalid');
      assert.equal(json.details.causes[0].field, 'metadata.name');
      assert.equal(json.details.causes[0].reason, 'FieldValueInvalid');
      assert.ok(
        json.message.startsWith('ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value: "Not_A_Name": '),
      );
    },
  },
  {
    name: 'refuses a body of another namespace, another kind, or no JSON with BadRequest',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const elsewhere = { ...configMap('x'), metadata: { name: 'x', namespace: 'somewhere-else' } };
      const cases: unknown[] = [elsewhere, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }, '{"a":'];
      for (const body of cases) {
        const { status, json } = await t.send('POST', path, { body });
        assert.equal(status, 400, JSON.stringify(body));
        assert.equal(json.reason, 'BadRequest');
      }
    },
  },
  {
    name: 'refuses a value of the wrong type with BadRequest',
    async run(t) {
      const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec: { replicas: 'three' } };
      const { status, json } = await t.send('POST', inNamespace(t, 'apps/v1', 'deployments'), { body });
      assert.equal(status, 400);
      assert.equal(json.reason, 'BadRequest');
    },
  },
  {
    name: 'refuses a deployment whose selector does not match its template',
    async run(t) {
      const spec = {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'b' } }, spec: { containers: [{ name: 'c', image: t.image }] } },
      };
      const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: uniqueName('d') }, spec };
      const { status, json } = await t.send('POST', inNamespace(t, 'apps/v1', 'deployments'), { body });
      assert.equal(status, 422);
      assert.equal(json.details.causes[0].field, 'spec.template.metadata.labels');
    },
  },
  {
    name: 'takes YAML, and gives it when asked',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      const body = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "yes"\n`;
      assert.equal((await t.send('POST', path, { body, contentType: 'application/yaml' })).status, 201);
      const { headers, text } = await t.send('GET', `${path}/${name}`, { accept: 'application/yaml' });
      assert.equal(headers['content-type'], 'application/yaml');
      assert.match(text, /^apiVersion: v1$/m);
    },
  },
  {
    name: 'refuses a media type it does not know, in and out',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const out = await t.send('GET', path, { accept: 'text/html' });
      assert.equal(out.status, 406);
      const into = await t.send('POST', path, { body: '<a/>', contentType: 'text/xml' });
      assert.equal(into.status, 415);
      assert.equal(into.json.reason, 'UnsupportedMediaType');
    },
  },
  {
    name: 'answers a method that a path does not have with MethodNotAllowed',
    async run(t) {
      const { status, json } = await t.send('PUT', inNamespace(t, 'v1', 'configmaps'), { body: configMap('x') });
      assert.equal(status, 405);
      assert.equal(json.reason, 'MethodNotAllowed');
    },
  },
  {
    name: 'tries without storing under dryRun=All',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      const tried = await t.send('POST', `${path}?dryRun=All`, { body: configMap(name) });
      assert.equal(tried.status, 201);
      assert.equal(tried.json.metadata.name, name);
      assert.equal((await t.send('GET', `${path}/${name}`)).status, 404);
    },
  },
  {
    name: 'refuses to create in a namespace that is not there',
    async run(t) {
      const { status, json } = await t.send('POST', '/api/v1/namespaces/not-there/configmaps', {
        body: configMap('x'),
      });
      assert.equal(status, 404);
      assert.equal(json.message, 'namespaces "not-there" not found');
    },
  },
  {
    name: 'stores stringData of a secret as base64 data',
    async run(t) {
      const body = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: uniqueName('s') },
        stringData: { key: 'value' },
      };
      const { json } = await t.send('POST', inNamespace(t, 'v1', 'secrets'), { body });
      assert.deepEqual(json.data, { key: 'dmFsdWU=' });
      assert.equal(json.type, 'Opaque');
      assert.equal(json.stringData, undefined);
    },
  },
];
