import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PROTOCOLS, type SecureStack, startSecureStack } from './harness.ts';
import { headerValues } from './recording-upstream.ts';

const MAPS = '/api/v1/configmaps';
const SECRETS = '/api/v1/namespaces/shop/secrets';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const JSON_TYPE = ['Content-Type', 'application/json'];

let stack: SecureStack;
let token: string;
beforeAll(async () => {
  stack = await startSecureStack();
  await stack.person('viewer');
  const { api } = await stack.person('admin');
  const metadata = { name: 'red-team' };
  await api.createRole({
    organization: ORGANIZATION,
    body: {
      apiVersion: 'sallyport.dev/v1',
      kind: 'Role',
      metadata,
      spec: {
        kubernetes: {
          clusterRoles: ['edit'],
          rules: [
            {
              verbs: ['get', 'list', 'watch'],
              apiGroups: [''],
              resources: ['configmaps'],
              labelSelector: { matchLabels: { team: 'red' } },
            },
            { verbs: ['*'], apiGroups: [''], resources: ['secrets'], namespaces: ['shop'] },
          ],
        },
      },
    },
  });
  // The built-in role would show everything.
  const { items } = await api.listBindings({ organization: ORGANIZATION });
  const viewing = items.find(({ spec }) => spec.role === 'viewer')?.metadata.name ?? '';
  await api.deleteBinding({ organization: ORGANIZATION, name: viewing });
  for (const role of ['member', metadata.name]) {
    await api.createBinding({
      organization: ORGANIZATION,
      body: {
        apiVersion: 'sallyport.dev/v1',
        kind: 'Binding',
        metadata: { name: `viewer-${role}` },
        spec: {
          role,
          subjects: [{ kind: 'User', name: 'viewer@demo.test' }],
          scope: { kind: 'clusters', clusters: [CLUSTER] },
        },
      },
    });
  }
  token = await awaitCondition(() => stack.token('viewer'), { what: 'the viewer has a credential' });
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(() => stack.upstream.reset());

const aMap = (name: string, team: string) => ({ metadata: { name, namespace: 'shop', labels: { team } } });
const aList = (...items: readonly object[]) => ({
  kind: 'ConfigMapList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '7', continue: 'next', remainingItemCount: 5 },
  items,
});
const aTable = (...objects: readonly object[]) => ({
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata: { resourceVersion: '7' },
  columnDefinitions: [],
  rows: objects.map((object) => ({ cells: ['x'], object })),
});
const respond = (body: object | string | Buffer, headers: readonly string[] = JSON_TYPE, status = 200) => {
  stack.upstream.answer = (call) =>
    call.respond(status, headers, typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
};

for (const protocol of PROTOCOLS) {
  describe(`answers that are read, over ${protocol}`, () => {
    const ask = (path: string, headers: readonly string[] = [], method = 'GET', body?: string) =>
      stack.call(protocol, { method, path, headers, token, ...(body !== undefined && { body }) });

    it('SEC-B18 lists and tables hold what the role covers, and are asked for as JSON without encoding', async () => {
      respond(aList(aMap('a', 'red'), aMap('b', 'blue')));
      const list = await ask(MAPS, ['Accept', 'application/vnd.kubernetes.protobuf,*/*', 'Accept-Encoding', 'gzip']);
      expect(JSON.parse(list.body)).toEqual({
        ...aList(aMap('a', 'red')),
        metadata: { resourceVersion: '7', continue: 'next' },
      });
      const [asked] = stack.upstream.requests;
      expect(headerValues(asked?.rawHeaders ?? [], 'accept')).toEqual(['application/json']);
      expect(headerValues(asked?.rawHeaders ?? [], 'accept-encoding')).toEqual(['identity']);
      respond(aTable(aMap('a', 'red'), aMap('b', 'blue')));
      const table = await ask(MAPS, ['Accept', TABLE]);
      expect(JSON.parse(table.body)).toEqual(aTable(aMap('a', 'red')));
    });

    it('SEC-B18 what can not be read is refused or a failure, and never passed', async () => {
      const open = JSON.stringify(aList(aMap('b', 'blue')));
      for (const accept of ['application/vnd.kubernetes.protobuf', 'application/cbor', 'application/yaml']) {
        expect((await ask(MAPS, ['Accept', accept])).status).toBe(406);
      }
      expect((await ask(`${MAPS}?includeObject=None`, ['Accept', TABLE])).status).toBe(406);
      expect(stack.upstream.requests).toEqual([]);
      const answers: readonly (readonly [Buffer | string, readonly string[]])[] = [
        [gzipSync(open), [...JSON_TYPE, 'Content-Encoding', 'gzip']],
        [open, [...JSON_TYPE, 'Content-Encoding', 'br']],
        ['k8s\0\n"b"', ['Content-Type', 'application/vnd.kubernetes.protobuf']],
        [open, ['Content-Type', 'text/plain']],
        [open.slice(0, 10), JSON_TYPE],
      ];
      for (const [body, headers] of answers) {
        respond(body, headers);
        const answer = await ask(MAPS);
        expect(answer.status).toBe(502);
        expect(answer.body).toContain('ERR_PROXY_ANSWER_UNREADABLE');
      }
    });

    it('SEC-B18 an answer that can not be read to its end does not look complete', async () => {
      stack.upstream.answer = (call) => {
        const body = call.open(200, JSON_TYPE);
        body.write(`{"kind":"ConfigMapList","items":[${JSON.stringify(aMap('a', 'red'))},`);
        body.write('{"metadata":[]}]}');
        body.end();
      };
      const answer = ask(MAPS);
      if (protocol === 'h2') {
        expect(await answer).not.toMatchObject({ resetCode: 0, status: 200 });
      } else {
        expect(await answer).not.toMatchObject({ isComplete: true, status: 200 });
      }
    });

    it('SEC-B18 Secrets are masked in lists, and in what an empty patch answers', async () => {
      const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db' }, data: { password: 'c2VjcmV0' } };
      const masked = { ...secret, data: { password: 'KioqKioqKio=' } };
      respond(secret);
      expect(JSON.parse((await ask(`${SECRETS}/db`)).body)).toEqual(masked);
      const patch = ['Content-Type', 'application/merge-patch+json'];
      expect(JSON.parse((await ask(`${SECRETS}/db`, patch, 'PATCH', '{}')).body)).toEqual(masked);
      respond({ kind: 'SecretList', apiVersion: 'v1', metadata: {}, items: [secret] });
      expect(JSON.parse((await ask(SECRETS)).body).items).toEqual([masked]);
    });

    it('SEC-B18 watches tell what comes and goes, with the first objects too', async () => {
      const event = (type: string, team: string) =>
        `${JSON.stringify({ type, object: { kind: 'ConfigMap', apiVersion: 'v1', ...aMap('a', team) } })}\n`;
      const mark = { 'k8s.io/initial-events-end': 'true' };
      const bookmark = JSON.stringify({
        type: 'BOOKMARK',
        object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '8', annotations: mark } },
      });
      respond(
        `${event('ADDED', 'blue')}${bookmark}\n${event('MODIFIED', 'red')}${event('MODIFIED', 'red')}${event('MODIFIED', 'blue')}`,
      );
      const { body } = await ask(
        `${MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      );
      const events = body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events.map(({ type }) => type)).toEqual(['BOOKMARK', 'ADDED', 'MODIFIED', 'DELETED']);
      expect(events[0].object.metadata.annotations).toEqual(mark);
    });

    it('SEC-B19 a hidden object answers as one that does not exist, header for header', async () => {
      const common = [...JSON_TYPE, 'Cache-Control', 'no-cache, private'];
      const missing = {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'configmaps "b" not found',
        reason: 'NotFound',
        details: { name: 'b', kind: 'configmaps' },
        code: 404,
      };
      const path = '/api/v1/namespaces/shop/configmaps/b';
      respond({ kind: 'ConfigMap', apiVersion: 'v1', ...aMap('b', 'blue') }, common);
      const hidden = await ask(path);
      respond(missing, common, 404);
      const absent = await ask(path);
      const told = ({ status, rawHeaders, body }: typeof hidden) => {
        const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1]]] : []));
        return { status, headers: pairs.filter(([name]) => name !== 'date').sort(), body };
      };
      expect(told(hidden)).toEqual(told(absent));
      expect(hidden.status).toBe(404);
    });
  });
}
