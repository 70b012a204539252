import assert from 'node:assert/strict';
import { type ContractCase, configMap, inNamespace, uniqueName } from './case.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const COLUMNS: readonly { path: string; columns: readonly string[] }[] = [
  {
    path: 'v1/pods',
    columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node', 'Nominated Node', 'Readiness Gates'],
  },
  { path: 'v1/configmaps', columns: ['Name', 'Data', 'Age'] },
  { path: 'v1/secrets', columns: ['Name', 'Type', 'Data', 'Age'] },
  { path: 'v1/services', columns: ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector'] },
  { path: 'v1/serviceaccounts', columns: ['Name', 'Secrets', 'Age'] },
  {
    path: 'apps/v1/deployments',
    columns: ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers', 'Images', 'Selector'],
  },
  {
    path: 'apps/v1/replicasets',
    columns: ['Name', 'Desired', 'Current', 'Ready', 'Age', 'Containers', 'Images', 'Selector'],
  },
  { path: 'apps/v1/statefulsets', columns: ['Name', 'Ready', 'Age', 'Containers', 'Images'] },
  { path: 'rbac.authorization.k8s.io/v1/roles', columns: ['Name', 'Created At'] },
  {
    path: 'rbac.authorization.k8s.io/v1/rolebindings',
    columns: ['Name', 'Role', 'Age', 'Users', 'Groups', 'ServiceAccounts'],
  },
];

/** Tables, partial metadata, discovery and the documents around it. */
export const formCases: readonly ContractCase[] = [
  {
    name: 'prints a table with cells, version and metadata of each row',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      await t.send('POST', path, { body: configMap(name, { a: '1', b: '2' }) });
      const { json } = await t.send('GET', `${path}?fieldSelector=metadata.name%3D${name}`, { accept: TABLE });
      assert.equal(json.kind, 'Table');
      assert.equal(json.apiVersion, 'meta.k8s.io/v1');
      assert.match(json.metadata.resourceVersion, /^\d+$/);
      assert.deepEqual(json.rows[0].cells.slice(0, 2), [name, 2]);
      assert.equal(json.rows[0].object.kind, 'PartialObjectMetadata');
      assert.equal(json.rows[0].object.metadata.name, name);
    },
  },
  {
    name: 'puts the whole object, or none, into rows when asked',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      await t.send('POST', path, { body: configMap(name) });
      const whole = await t.send('GET', `${path}/${name}?includeObject=Object`, { accept: TABLE });
      assert.equal(whole.json.rows[0].object.kind, 'ConfigMap');
      const none = await t.send('GET', `${path}/${name}?includeObject=None`, { accept: TABLE });
      assert.ok(!none.json.rows[0].object);
    },
  },
  ...COLUMNS.map(
    ({ path, columns }): ContractCase => ({
      name: `has the columns of ${path}`,
      async run(t) {
        const at = path.lastIndexOf('/');
        const { json } = await t.send('GET', inNamespace(t, path.slice(0, at), path.slice(at + 1)), { accept: TABLE });
        assert.deepEqual(
          json.columnDefinitions.map((column: { name: string }) => column.name),
          columns,
        );
      },
    }),
  ),
  {
    name: 'gives metadata only, of one object and of a list',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('cm');
      await t.send('POST', path, { body: configMap(name) });
      const one = await t.send('GET', `${path}/${name}`, {
        accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      });
      assert.deepEqual(
        [one.json.kind, one.json.metadata.name, one.json.data],
        ['PartialObjectMetadata', name, undefined],
      );
      const list = await t.send('GET', path, {
        accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      });
      assert.equal(list.json.kind, 'PartialObjectMetadataList');
      assert.ok(list.json.items.every((item: { data?: unknown }) => item.data === undefined));
    },
  },
  {
    name: 'lists groups and resources for discovery',
    async run(t) {
      assert.deepEqual((await t.send('GET', '/api')).json.versions, ['v1']);
      const groups = (await t.send('GET', '/apis')).json.groups.map((group: { name: string }) => group.name);
      for (const group of ['apps', 'batch', 'rbac.authorization.k8s.io', 'apiextensions.k8s.io'])
        assert.ok(groups.includes(group), group);
      const list = (await t.send('GET', '/apis/apps/v1')).json;
      assert.equal(list.kind, 'APIResourceList');
      const deployments = list.resources.find((one: { name: string }) => one.name === 'deployments');
      assert.deepEqual(
        {
          kind: deployments.kind,
          namespaced: deployments.namespaced,
          shortNames: deployments.shortNames,
          categories: deployments.categories,
          verbs: deployments.verbs,
        },
        {
          kind: 'Deployment',
          namespaced: true,
          shortNames: ['deploy'],
          categories: ['all'],
          verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
        },
      );
      const scale = list.resources.find((one: { name: string }) => one.name === 'deployments/scale');
      assert.deepEqual([scale.group, scale.version, scale.kind], ['autoscaling', 'v1', 'Scale']);
    },
  },
  {
    name: 'gives aggregated discovery to clients that ask for it, where the server has it',
    async run(t) {
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
      const { json, headers } = await t.send('GET', '/apis', { accept });
      if (t.minor < 30) {
        assert.equal(json.kind, 'APIGroupList');
        return;
      }
      assert.equal(json.kind, 'APIGroupDiscoveryList');
      assert.match(String(headers['content-type']), /as=APIGroupDiscoveryList/);
      const again = await t.send('GET', '/apis', { accept, headers: ['If-None-Match', String(headers['etag'])] });
      assert.equal(again.status, 304);
    },
  },
  {
    name: 'answers unknown paths and resources with NotFound',
    async run(t) {
      const unknown = await t.send('GET', inNamespace(t, 'v1', 'unknowns'));
      assert.equal(unknown.status, 404);
      assert.equal((await t.send('GET', '/apis/nope.example.com/v1')).status, 404);
      assert.equal((await t.send('GET', '/nope')).status, 404);
    },
  },
  {
    name: 'tells its version, health and OpenAPI document',
    async run(t) {
      assert.equal((await t.send('GET', '/version')).json.major, '1');
      assert.equal((await t.send('GET', '/readyz')).text, 'ok');
      const json = JSON.parse((await t.send('GET', '/openapi/v2')).text);
      assert.equal(json.swagger, '2.0');
      const pod = json.definitions['io.k8s.api.core.v1.Pod'];
      assert.deepEqual(pod['x-kubernetes-group-version-kind'], [{ group: '', version: 'v1', kind: 'Pod' }]);
      const containers = json.definitions['io.k8s.api.core.v1.PodSpec'].properties.containers;
      assert.equal(containers['x-kubernetes-patch-merge-key'], 'name');
    },
  },
];
