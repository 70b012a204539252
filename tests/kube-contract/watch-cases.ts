import assert from 'node:assert/strict';
import { type ContractCase, configMap, inNamespace, uniqueName } from './case.ts';

const MERGE = 'application/merge-patch+json';

/** Watches. */
export const watchCases: readonly ContractCase[] = [
  {
    name: 'tells additions, changes and deletions after a version, in order',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('w');
      const from = (await t.send('GET', path)).json.metadata.resourceVersion;
      const watch = await t.stream(`${path}?watch=true&resourceVersion=${from}&fieldSelector=metadata.name%3D${name}`);
      assert.equal(watch.status, 200);
      await t.send('POST', path, { body: configMap(name) });
      await t.send('PATCH', `${path}/${name}`, { body: { data: { a: '2' } }, contentType: MERGE });
      await t.send('DELETE', `${path}/${name}`);
      const events = [await watch.next(), await watch.next(), await watch.next()];
      watch.close();
      assert.deepEqual(
        events.map((event) => [event.type, event.object.data.a]),
        [
          ['ADDED', '1'],
          ['MODIFIED', '2'],
          ['DELETED', '2'],
        ],
      );
      const versions = events.map((event) => Number(event.object.metadata.resourceVersion));
      assert.deepEqual(
        versions,
        [...versions].sort((a, b) => a - b),
      );
    },
  },
  {
    name: 'replays what happened since a version',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('w');
      const { resourceVersion } = (await t.send('POST', path, { body: configMap(name) })).json.metadata;
      await t.send('PATCH', `${path}/${name}`, { body: { data: { a: '2' } }, contentType: MERGE });
      const watch = await t.stream(
        `${path}?watch=true&resourceVersion=${resourceVersion}&fieldSelector=metadata.name%3D${name}`,
      );
      const event = await watch.next();
      watch.close();
      assert.deepEqual([event.type, event.object.data.a], ['MODIFIED', '2']);
    },
  },
  {
    name: 'begins with the present state when no version is given',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('w');
      await t.send('POST', path, { body: configMap(name) });
      const watch = await t.stream(`${path}?watch=1&fieldSelector=metadata.name%3D${name}`);
      const event = await watch.next();
      watch.close();
      assert.deepEqual([event.type, event.object.metadata.name], ['ADDED', name]);
    },
  },
  {
    name: 'tells an object that leaves the selection as deleted, and one that enters as added',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('w');
      await t.send('POST', path, { body: configMap(name, {}, { pick: name }) });
      const watch = await t.stream(`${path}?watch=true&labelSelector=pick%3D${name}`);
      const label = (value: string | null) =>
        t.send('PATCH', `${path}/${name}`, { body: { metadata: { labels: { pick: value } } }, contentType: MERGE });
      assert.equal((await watch.next()).type, 'ADDED');
      await label('other');
      assert.equal((await watch.next()).type, 'DELETED');
      await label(name);
      assert.equal((await watch.next()).type, 'ADDED');
      watch.close();
    },
  },
  {
    name: 'prints events as tables, columns with the first',
    async run(t) {
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('w');
      await t.send('POST', path, { body: configMap(name) });
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
      const watch = await t.stream(`${path}?watch=true&fieldSelector=metadata.name%3D${name}`, { accept });
      const first = await watch.next();
      await t.send('PATCH', `${path}/${name}`, { body: { data: { b: '2' } }, contentType: MERGE });
      const second = await watch.next();
      watch.close();
      assert.deepEqual([first.type, first.object.kind, first.object.rows[0].cells[0]], ['ADDED', 'Table', name]);
      assert.equal(first.object.columnDefinitions.length, 3);
      assert.equal(second.object.columnDefinitions, null);
    },
  },
  {
    name: 'tells a version that is too old by an ERROR event of code 410',
    async run(t) {
      // A real API server forgets by itself, minutes after it started; nobody can ask it to.
      if (t.forgetHistory === undefined) return;
      const path = inNamespace(t, 'v1', 'configmaps');
      await t.send('POST', path, { body: configMap(uniqueName('w')) });
      t.forgetHistory();
      const watch = await t.stream(`${path}?watch=true&resourceVersion=1`);
      const event = await watch.next();
      watch.close();
      assert.deepEqual(
        [event.type, event.object.kind, event.object.code, event.object.reason],
        ['ERROR', 'Status', 410, 'Expired'],
      );
    },
  },
  {
    name: 'ends a watch after timeoutSeconds',
    async run(t) {
      const watch = await t.stream(
        `${inNamespace(t, 'v1', 'secrets')}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dnone`,
      );
      assert.equal(await watch.next(), undefined);
    },
  },
  {
    name: 'streams the initial list and marks its end, where the server has watch lists',
    async run(t) {
      if (t.minor < 34) return;
      const path = inNamespace(t, 'v1', 'configmaps');
      const name = uniqueName('w');
      await t.send('POST', path, { body: configMap(name) });
      const query = `watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3D${name}`;
      const watch = await t.stream(`${path}?${query}`);
      assert.equal((await watch.next()).type, 'ADDED');
      const bookmark = await watch.next();
      watch.close();
      assert.equal(bookmark.type, 'BOOKMARK');
      assert.equal(bookmark.object.metadata.annotations['k8s.io/initial-events-end'], 'true');
      const refused = await t.send('GET', `${path}?watch=true&sendInitialEvents=true`);
      assert.equal(refused.status, 422);
    },
  },
];
