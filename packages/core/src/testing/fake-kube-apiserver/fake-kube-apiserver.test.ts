import { randomBytes } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeChannelMessage, parseExitStatus } from '../../streaming/remote-command.ts';
import { encodeWebSocketFrame } from '../../streaming/websocket-frame.ts';
import { createWebSocketMessageDecoder, type WebSocketMessage } from '../../streaming/websocket-message.ts';
import { createFakeKubeApiServer, type FakeKubeApiServer } from './fake-kube-apiserver.ts';
import { listAt, textAt } from './objects.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
let fake: FakeKubeApiServer;

beforeEach(async () => {
  fake = createFakeKubeApiServer({
    users: [
      { name: 'admin', groups: ['system:masters'], token: 'admin-token' },
      { name: 'agent', token: 'agent-token' },
    ],
  });
  await fake.listen();
});
afterEach(async () => {
  await fake.close();
  expect(fake.connectionCount).toBe(0);
});

interface Sent {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

function send(
  method: string,
  path: string,
  headers: readonly string[],
  body?: unknown,
  tls: { cert?: string; key?: string } = {},
): Promise<Sent> {
  const { hostname, port } = new URL(fake.url);
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const length = bytes ? ['Content-Type', 'application/json', 'Content-Length', String(bytes.length)] : [];
    const lines = ['Host', `${hostname}:${port}`, ...headers, ...length] as unknown as Record<string, string>;
    const outgoing = request(
      { hostname, port, method, path, ca: fake.caPem, agent: false, headers: lines, ...tls },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, text, json: text.startsWith('{') ? JSON.parse(text) : {} });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

const ADMIN = ['Authorization', 'Bearer admin-token'];
const AGENT = ['Authorization', 'Bearer agent-token'];

async function allowAgent(rules: readonly unknown[]): Promise<void> {
  fake.put({ apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: 'agent' }, rules });
  fake.put({
    apiVersion: RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'agent' },
    roleRef: { kind: 'ClusterRole', name: 'agent' },
    subjects: [{ kind: 'User', name: 'agent' }],
  });
}

async function runPod(name: string, command: readonly string[] = []): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'nginx:1', command, ports: [{ containerPort: 7 }] }] },
  };
  await expect.poll(() => fake.get('v1', 'ServiceAccount', 'default', 'default')).toBeDefined();
  expect((await send('POST', '/api/v1/namespaces/default/pods', ADMIN, body)).status).toBe(201);
  await expect.poll(() => textAt(fake.get('v1', 'Pod', 'default', name), 'status.phase')).toBe('Running');
}

function openWebSocket(
  path: string,
  headers: readonly string[],
): Promise<{ socket: Duplex; head: Buffer; subprotocol: unknown }> {
  const { hostname, port } = new URL(fake.url);
  return new Promise((resolve, reject) => {
    const lines = [
      ...['Host', `${hostname}:${port}`, ...ADMIN, 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
      ...['Sec-WebSocket-Version', '13', 'Sec-WebSocket-Key', randomBytes(16).toString('base64'), ...headers],
    ] as unknown as Record<string, string>;
    const outgoing = request({ hostname, port, path, ca: fake.caPem, agent: false, headers: lines });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => reject(new Error(`status ${response.statusCode}`)));
    outgoing.on('upgrade', (response, socket, head) =>
      resolve({ socket, head, subprotocol: response.headers['sec-websocket-protocol'] }),
    );
    outgoing.end();
  });
}

/** Collects messages until the predicate holds or the server ends. */
function collect(
  socket: Duplex,
  head: Buffer,
  done: (messages: readonly WebSocketMessage[]) => boolean,
): Promise<WebSocketMessage[]> {
  const decoder = createWebSocketMessageDecoder({ masked: false });
  const messages = decoder.push(head);
  return new Promise((resolve) => {
    const check = (): void => {
      if (done(messages)) resolve(messages);
    };
    check();
    socket.on('data', (chunk: Buffer) => {
      messages.push(...decoder.push(chunk));
      check();
    });
    socket.on('close', () => resolve(messages));
  });
}

const clientFrame = (payload: Uint8Array) => encodeWebSocketFrame('binary', payload, { mask: randomBytes(4) });
const isClosed = (messages: readonly WebSocketMessage[]): boolean =>
  messages.some((message) => message.type === 'close');

describe('the record of requests', () => {
  it('keeps method, target, header lines and body as they came', async () => {
    const lines = ['X-Odd-CASE', 'one', 'x-odd-case', 'two', ...ADMIN];
    await send('POST', '/api/v1/namespaces/default/configmaps?x=%41', lines, { metadata: { name: 'a' } });
    const seen = fake.requests.at(-1);
    expect(seen).toMatchObject({
      httpVersion: '1.1',
      method: 'POST',
      target: '/api/v1/namespaces/default/configmaps?x=%41',
      status: 201,
    });
    expect(seen?.rawHeaders.slice(2, 8)).toEqual(lines);
    expect(seen?.body.toString()).toBe('{"metadata":{"name":"a"}}');
  });

  it('keeps nothing when it is told so', async () => {
    const quiet = createFakeKubeApiServer({ isRecording: false });
    await quiet.listen();
    const session = connectHttp2(quiet.url, { ca: quiet.caPem });
    const stream = session.request({ ':path': '/version' });
    await new Promise((resolve) => stream.on('response', resolve).resume());
    session.destroy();
    await quiet.close();
    expect([quiet.requests.length, quiet.audit.events.length]).toEqual([0, 0]);
  });

  it('answers a path with broken escapes with 400 and stays alive', async () => {
    expect((await send('GET', '/api/v1/namespaces/%zz/pods', ADMIN)).status).toBe(400);
    expect((await send('GET', '//api/v1/pods', ADMIN)).status).toBe(200);
  });
});

describe('identities', () => {
  it('reads user and groups from a client certificate, which wins over a token', async () => {
    const certificate = fake.issueClientCertificate('carol', ['devs', 'ops']);
    const tls = { cert: certificate.certificatePem, key: certificate.keyPem };
    await send('GET', '/version', ADMIN, undefined, tls);
    expect(fake.audit.events.at(-1)?.user).toEqual({
      username: 'carol',
      groups: ['devs', 'ops', 'system:authenticated'],
    });
  });

  it('refuses a certificate of another authority by treating its bearer as anonymous', async () => {
    const other = createFakeKubeApiServer();
    const certificate = other.issueClientCertificate('carol', ['system:masters']);
    const { status } = await send('GET', '/api/v1/nodes', [], undefined, {
      cert: certificate.certificatePem,
      key: certificate.keyPem,
    });
    expect(status).toBe(403);
    await other.close();
  });

  it('answers 401 to a wrong token and lets nobody act without a credential', async () => {
    expect((await send('GET', '/version', ['Authorization', 'Bearer nope'])).status).toBe(401);
    expect((await send('GET', '/api/v1/pods', [])).json['message']).toContain('User "system:anonymous" cannot list');
  });
});

describe('impersonation', () => {
  const impersonate = {
    apiGroups: [''],
    resources: ['users', 'groups'],
    verbs: ['impersonate'],
    resourceNames: ['alice', 'viewers'],
  };

  it('checks user, groups, uid and extra one by one, by resource name', async () => {
    await allowAgent([
      impersonate,
      { apiGroups: ['authentication.k8s.io'], resources: ['userextras/sallyport.dev/session'], verbs: ['impersonate'] },
    ]);
    const as = (...lines: string[]) => send('GET', '/version', [...AGENT, 'Impersonate-User', 'alice', ...lines]);
    expect((await as('Impersonate-Group', 'viewers')).status).toBe(200);
    expect((await as('Impersonate-Extra-sallyport.dev%2Fsession', 's-1')).status).toBe(200);
    const masters = await as('Impersonate-Group', 'system:masters');
    expect(masters.json['message']).toBe(
      'groups "system:masters" is forbidden: User "agent" cannot impersonate resource "groups" in API group "" at the cluster scope',
    );
    expect((await as('Impersonate-Uid', 'u-1')).status).toBe(403);
    expect((await send('GET', '/version', [...AGENT, 'Impersonate-User', 'bob'])).status).toBe(403);
  });

  it('writes both users into the audit log, names as UTF-8', async () => {
    const name = Buffer.from('bjørn').toString('latin1');
    await send('GET', '/version', [...ADMIN, 'Impersonate-User', name, 'Impersonate-Group', 'a, b']);
    expect(fake.audit.events.at(-1)).toMatchObject({
      user: { username: 'admin' },
      impersonatedUser: { username: 'bjørn', groups: ['a, b', 'system:authenticated'] },
      stage: 'ResponseComplete',
    });
  });

  it('takes over the audit id of whoever asks, as far as 64 characters', async () => {
    for (const [given, id] of [
      ['dec_1', 'dec_1'],
      ['x'.repeat(70), 'x'.repeat(64)],
    ] as const) {
      await send('GET', '/version', [...ADMIN, 'Audit-ID', given]);
      expect(fake.audit.events.at(-1)?.auditID).toBe(id);
    }
    await send('GET', '/version', [...ADMIN, 'Audit-ID', '']);
    expect(fake.audit.events.at(-1)?.auditID).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses groups, uid or extra without a user', async () => {
    for (const name of ['Impersonate-Group', 'Impersonate-Uid', 'Impersonate-Extra-a']) {
      expect((await send('GET', '/version', [...ADMIN, name, 'x'])).status).toBe(400);
    }
    expect((await send('GET', '/version', [...ADMIN, 'Impersonate-User', ''])).status).toBe(200);
  });

  it('allows by constrained impersonation only what both sides may', async () => {
    await allowAgent([
      { apiGroups: ['authentication.k8s.io'], resources: ['users', 'groups'], verbs: ['impersonate:user-info'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['impersonate-on:user-info:list'] },
    ]);
    fake.put({
      apiVersion: RBAC,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'viewers' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'Group', name: 'viewers' }],
    });
    const as = (path: string, group = 'viewers') =>
      send('GET', path, [...AGENT, 'Impersonate-User', 'alice', 'Impersonate-Group', group]);
    expect((await as('/api/v1/pods')).status).toBe(200);
    expect(fake.audit.events.at(-1)?.authenticationMetadata).toEqual({
      impersonationConstraint: 'impersonate:user-info',
    });
    expect((await as('/api/v1/services')).status).toBe(403);
    expect((await as('/api/v1/pods', 'system:masters')).status).toBe(403);
  });
});

describe('sessions over WebSocket', () => {
  it('half-closes stdin by channel 255 in v5 and ends with the Status and Close 1000', async () => {
    await runPod('p1');
    const path = '/api/v1/namespaces/default/pods/p1/exec?command=wc&command=-c&stdin=true&stdout=true&stderr=true';
    const { socket, head, subprotocol } = await openWebSocket(path, [
      'Sec-WebSocket-Protocol',
      'v4.channel.k8s.io, v5.channel.k8s.io',
    ]);
    expect(subprotocol).toBe('v5.channel.k8s.io');
    socket.write(clientFrame(encodeChannelMessage(0, Buffer.from('12345'))));
    socket.write(clientFrame(new Uint8Array([255, 0])));
    const messages = await collect(socket, head, isClosed);
    expect(messages[0]?.payload).toEqual(new Uint8Array([1]));
    expect(Buffer.from(messages[1]?.payload ?? []).toString()).toBe('\x015\n');
    expect(parseExitStatus(messages[2]?.payload.subarray(1) ?? new Uint8Array())).toEqual({ kind: 'success' });
    expect(messages[3]).toMatchObject({ type: 'close', payload: new Uint8Array([0x03, 0xe8]) });
  });

  it('needs get and create for a WebSocket, create alone for SPDY', async () => {
    await runPod('p1');
    await allowAgent([{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get'] }]);
    const path = '/api/v1/namespaces/default/pods/p1/exec?command=true&stdout=true';
    const upgrade = ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'];
    const refused = await send('GET', path, [...AGENT, ...upgrade]);
    expect(refused.json['message']).toContain('User "agent" cannot create resource "pods/exec"');
  });

  it('forwards a port over channels', async () => {
    await runPod('p1');
    const { socket, head } = await openWebSocket('/api/v1/namespaces/default/pods/p1/portforward?ports=7', [
      'Sec-WebSocket-Protocol',
      'v4.channel.k8s.io',
    ]);
    socket.write(clientFrame(encodeChannelMessage(0, Buffer.from('ping'))));
    const messages = await collect(socket, head, (seen) => seen.length >= 3);
    socket.destroy();
    expect(messages.map((message) => Buffer.from(message.payload).toString('latin1'))).toEqual([
      '\x00\x07\x00',
      '\x01\x07\x00',
      '\x00ping',
    ]);
  });

  it('carries a watch, one event per message, for clients with an Origin', async () => {
    const path = '/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Ddefault';
    await expect(openWebSocket(path, [])).rejects.toThrow('status 403');
    const { socket, head } = await openWebSocket(path, ['Origin', 'https://console.example']);
    const [event] = await collect(socket, head, (seen) => seen.length >= 1);
    socket.destroy();
    expect(JSON.parse(Buffer.from(event?.payload ?? []).toString())).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Namespace' },
    });
  });

  it('carries a log', async () => {
    await runPod('p1');
    fake.appendLog('default', 'p1', 'c', 'a line\n');
    const { socket, head } = await openWebSocket('/api/v1/namespaces/default/pods/p1/log?tailLines=1', []);
    const messages = await collect(socket, head, isClosed);
    socket.destroy();
    expect(Buffer.from(messages[0]?.payload ?? []).toString()).toBe('a line\n');
  });
});

describe('a small cluster', () => {
  it('starts a failing container again and keeps its last log', async () => {
    await runPod('p1', ['sh', '-c', 'echo run; exit 1']);
    const restarts = () => listAt(fake.get('v1', 'Pod', 'default', 'p1'), 'status.containerStatuses')[0];
    await expect.poll(() => textAt(restarts(), 'state.waiting.reason')).toBe('CrashLoopBackOff');
    expect(restarts()?.['restartCount']).toBe(1);
    expect((await send('GET', '/api/v1/namespaces/default/pods/p1/log?previous=true', ADMIN)).text).toBe('run\n');
  });

  it('serves a custom resource as soon as its definition is stored, with its own columns', async () => {
    const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'] };
    const version = {
      name: 'v1',
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } },
      additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
    };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: { group: 'example.com', scope: 'Namespaced', names, versions: [version] },
    };
    await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', ADMIN, definition);
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 3 } };
    expect((await send('POST', '/apis/example.com/v1/namespaces/default/widgets', ADMIN, widget)).status).toBe(201);
    const accept = ['Accept', 'application/json;as=Table;v=v1;g=meta.k8s.io'];
    const table = await send('GET', '/apis/example.com/v1/widgets', [...ADMIN, ...accept]);
    expect(listAt(table.json, 'rows')[0]?.['cells']).toEqual(['w', 3]);
    await send('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com', ADMIN);
    expect((await send('GET', '/apis/example.com/v1/widgets', ADMIN)).status).toBe(404);
  });

  it('removes what an object owned when it goes', async () => {
    await send('POST', '/api/v1/namespaces/default/configmaps', ADMIN, { metadata: { name: 'owner' } });
    const owner = fake.get('v1', 'ConfigMap', 'default', 'owner');
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner?.metadata.uid };
    await send('POST', '/api/v1/namespaces/default/configmaps', ADMIN, {
      metadata: { name: 'owned', ownerReferences: [reference] },
    });
    await send('DELETE', '/api/v1/namespaces/default/configmaps/owner', ADMIN);
    await expect.poll(() => fake.get('v1', 'ConfigMap', 'default', 'owned')).toBeUndefined();
  });

  it('fills a demo cluster whose pods run', async () => {
    const demo = createFakeKubeApiServer({ seed: 'demo' });
    const deployments = () =>
      ['web', 'checkout'].map((name) => demo.get('apps/v1', 'Deployment', 'shop', name)?.['status']);
    await expect
      .poll(deployments)
      .toEqual([expect.objectContaining({ availableReplicas: 2 }), expect.objectContaining({ availableReplicas: 2 })]);
    await demo.close();
  });
});

describe('a trial', () => {
  it('is refused where the change would be, and keeps nothing', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'tried' }, data: { a: '1' } };
    expect((await send('POST', `${path}?dryRun=All`, ADMIN, object)).status).toBe(201);
    expect((await send('GET', `${path}/tried`, ADMIN)).status).toBe(404);
    const made = (await send('POST', path, ADMIN, object)).json;
    expect((await send('POST', `${path}?dryRun=All`, ADMIN, object)).status).toBe(409);
    expect((await send('PUT', `${path}/tried`, ADMIN, { ...made, data: { a: '2' } })).status).toBe(200);
    const stale = await send('PUT', `${path}/tried?dryRun=All`, ADMIN, { ...made, data: { a: '3' } });
    expect([stale.status, stale.json['reason']]).toEqual([409, 'Conflict']);
    expect((await send('GET', `${path}/tried`, ADMIN)).json['data']).toEqual({ a: '2' });
  });
});
