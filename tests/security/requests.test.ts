import { randomBytes } from 'node:crypto';
import { detailsOf } from '@sallyport/audit';
import type { Privilege } from '@sallyport/core';
import { createId } from '@sallyport/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../packages/authz/src/index.ts';
import { awaitCondition } from '../support/index.ts';
import { type CallerRequest, PREFIX, PROTOCOLS, type Protocol, type SecureStack, startSecureStack } from './harness.ts';
import { headerValues } from './recording-upstream.ts';
import { askForUpgrade, TRANSPORTS } from './upgrade-client.ts';

const JSON_TYPE = ['Content-Type', 'application/json'];
const READ = { verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'], nonResourceUrls: ['*'] };
const WRITE = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
const PODS = '/api/v1/namespaces/shop/pods';

let stack: SecureStack;
let token: string;
/** What the developer may do, as a role that a test changes. */
let setRole: (rights: Pick<Role, 'rules' | 'privileges'>) => Promise<void>;

beforeAll(async () => {
  stack = await startSecureStack();
  token = await stack.token('developer');
  const { records } = await stack.store.changes.read();
  const developer = records.roles?.find(({ name }) => name === 'developer');
  const binding = records.bindings?.find(({ roleId }) => roleId === developer?.id);
  if (developer === undefined || binding === undefined) throw new Error('the developer is bound');
  const { rules: _, ...role } = { ...developer, id: createId('role'), name: 'tried', isBuiltIn: false };
  setRole = (rights) =>
    stack.change(async (tx) => {
      await tx.put('Role', { ...role, ...rights });
      await tx.put('Binding', { ...binding, roleId: role.id });
    });
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(() => stack.upstream.reset());

const call = (protocol: Protocol, request: CallerRequest) =>
  patiently(() => stack.call(protocol, { token, ...request }));

/** Whoever is refused this often is told to wait now and then (429); these tests do. */
function patiently<Answer extends { readonly status: number }>(ask: () => Promise<Answer>): Promise<Answer> {
  return awaitCondition(
    async () => {
      const answer = await ask();
      return answer.status === 429 ? undefined : answer;
    },
    { what: 'refusals are answered one by one again', timeoutMs: 20_000, everyMs: 100 },
  );
}

/** Refused by us with a sentence, and upstream heard nothing. */
async function expectRefused(protocol: Protocol, request: CallerRequest, sentence: RegExp | string = /may not/) {
  const answer = await call(protocol, request);
  expect(answer.status, `${request.method ?? 'GET'} ${request.path}: ${answer.body}`).toBe(403);
  expect((JSON.parse(answer.body) as { message: string }).message).toMatch(sentence);
  expect(stack.upstream.requests).toEqual([]);
}

/** Passed on, with the body as it was sent. */
async function expectPassed(protocol: Protocol, request: CallerRequest) {
  const wanted = Buffer.from(request.body ?? '');
  stack.upstream.answer = ({ request: heard, respond }) => {
    const isWhole = { what: 'the whole body is there', everyMs: 5 };
    void awaitCondition(() => heard.body().length >= wanted.length, isWhole).then(() => respond(200, JSON_TYPE, '{}'));
  };
  const answer = await call(protocol, request);
  expect(answer.status, `${request.method ?? 'GET'} ${request.path}: ${answer.body}`).toBe(200);
  const [seen, ...more] = stack.upstream.requests;
  expect(more).toEqual([]);
  expect(seen?.target).toBe(request.path);
  expect(seen?.body().equals(wanted)).toBe(true);
  stack.upstream.reset();
}

/** The newest events of a path. */
async function flags(path: string) {
  const events = (await stack.auditEvents()).filter((event) => event.request?.path.endsWith(path));
  return events.map((event) => [event.severity, detailsOf(event)['sensitive']]);
}

const post = (path: string, body: unknown): CallerRequest => ({
  method: 'POST',
  path,
  headers: JSON_TYPE,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const patch = (path: string, body: unknown, type = 'application/strategic-merge-patch+json'): CallerRequest => ({
  method: 'PATCH',
  path,
  headers: ['Content-Type', type],
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const put = (path: string, body: unknown): CallerRequest => ({ ...post(path, body), method: 'PUT' });

const CONTAINER = { name: 'c', image: 'i' };
const podSpec = (fields: object) => ({ containers: [CONTAINER], ...fields });
/** What kubectl 1.36 sends for `debug node/n1`. */
const DEBUG_NODE = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'node-debugger-n1-x' },
  spec: {
    containers: [
      { name: 'debugger', image: 'i', stdin: true, volumeMounts: [{ mountPath: '/host', name: 'host-root' }] },
    ],
    hostIPC: true,
    hostNetwork: true,
    hostPID: true,
    nodeName: 'n1',
    volumes: [{ hostPath: { path: '/' }, name: 'host-root' }],
  },
};

describe.each(PROTOCOLS)('what requests say, over %s', (protocol) => {
  const word = protocol === 'h2' ? 'h2' : 'h1';

  it('SEC-B08 pods that reach beyond their container need the privilege, however they are written', async () => {
    await setRole({ rules: [READ, WRITE] });
    const deployments = '/apis/apps/v1/namespaces/shop/deployments';
    const template = { spec: podSpec({ hostPID: true }) };
    const attempts: CallerRequest[] = [
      post(PODS, DEBUG_NODE),
      post(PODS, { kind: 'Pod', spec: { containers: [{ ...CONTAINER, securityContext: { privileged: true } }] } }),
      post(deployments, { kind: 'Deployment', spec: { template } }),
      post('/apis/batch/v1/namespaces/shop/jobs', { spec: { template } }),
      post('/apis/batch/v1/namespaces/shop/cronjobs', { spec: { jobTemplate: { spec: { template } } } }),
      post('/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts', { spec: { template } }),
      patch(`${deployments}/web`, { spec: { template } }),
      patch(
        `${deployments}/web`,
        [{ op: 'add', path: '/spec/template/spec/hostPID', value: true }],
        'application/json-patch+json',
      ),
      patch(`${deployments}/web`, 'spec: {template: {spec: {hostPID: yes}}}', 'application/apply-patch+yaml'),
      patch(`${PODS}/web/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ ...CONTAINER, securityContext: { capabilities: { add: ['SYS_PTRACE'] } } }] },
      }),
      put(`${PODS}/web/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ ...CONTAINER, securityContext: { privileged: true } }] },
      }),
    ];
    for (const attempt of attempts) await expectRefused(protocol, attempt, /privilegedPods|privileged|hostPID/);
    await expectPassed(protocol, post(PODS, { kind: 'Pod', spec: podSpec({ nodeName: 'n1' }) }));
    await expectPassed(protocol, post(deployments, { kind: 'Deployment', spec: { template: { spec: podSpec({}) } } }));

    await setRole({ rules: [READ, WRITE], privileges: ['privilegedPods'] });
    for (const attempt of attempts) await expectPassed(protocol, attempt);
    expect(await flags(PODS)).toContainEqual(['warning', ['privilegedPods']]);
  });

  it('SEC-B06 an ephemeral container needs the patch and exec, from one role; a plain patch needs no exec', async () => {
    const body = { spec: { ephemeralContainers: [CONTAINER] } };
    const subresource = `${PODS}/web/ephemeralcontainers`;
    const rule = (verb: string, resource: string) => ({ verbs: [verb], apiGroups: [''], resources: [resource] });
    await setRole({ rules: [rule('patch', 'pods/ephemeralcontainers'), rule('patch', 'pods')] });
    await expectRefused(protocol, patch(subresource, body));
    await expectPassed(protocol, patch(`${PODS}/web`, { metadata: { labels: { a: 'b' } } }));
    await setRole({ rules: [rule('create', 'pods/exec')] });
    await expectRefused(protocol, patch(subresource, body));
    await setRole({ rules: [rule('patch', 'pods/ephemeralcontainers'), rule('create', 'pods/exec')] });
    await expectPassed(protocol, patch(subresource, body));
  });

  it('SEC-B09 a kind that is made a second ago is judged by its words, and nothing is looked up', async () => {
    const kind = `made-${word}`;
    const path = `/apis/new.example.com/v1/namespaces/shop/${kind}`;
    await setRole({ rules: [{ verbs: ['get'], apiGroups: ['other.example.com'], resources: [kind] }] });
    for (let i = 0; i < 20; i++) await expectRefused(protocol, { path: `${path}/a${i}` });
    await setRole({ rules: [{ verbs: ['get'], apiGroups: ['new.example.com'], resources: [kind] }] });
    await expectPassed(protocol, { path: `${path}/a` });
    expect(stack.upstream.everything.filter(({ target }) => /^\/apis?(\?|$)/.test(target))).toEqual([]);
  });

  it.each(['scale', 'status', 'finalize', 'eviction', 'token', 'binding', 'resize', 'exec', 'invented'])(
    'SEC-B10 the subresource %s is never its parent',
    async (subresource) => {
      await setRole({ rules: [{ verbs: ['*'], apiGroups: [''], resources: ['pods'] }] });
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        await expectRefused(protocol, { method, path: `${PODS}/web/${subresource}` });
      }
      const rule = { verbs: ['*'], apiGroups: [''], resources: [`pods/${subresource}`] };
      await setRole({ rules: [rule] });
      await expectPassed(protocol, { path: `${PODS}/web/${subresource}` });
      await expectRefused(protocol, { path: `${PODS}/web` });
    },
  );

  /** Requests that need a privilege, which a wildcard does not give. */
  const PRIVILEGED: readonly (readonly [string, Privilege, CallerRequest])[] = [
    ['SEC-B04', 'nodeProxy', { path: '/api/v1/nodes/n1/proxy/run/shop/web/c' }],
    ['SEC-B04', 'nodeProxy', { method: 'POST', path: '/api/v1/nodes/n1/proxy/exec/shop/web/c' }],
    ['SEC-B04', 'nodeProxy', { path: '/api/v1/nodes/n1:10250/proxy/logs/' }],
    ['SEC-B04', 'nodeProxy', { path: '/api/v1/proxy/nodes/n1/logs' }],
    ['SEC-B11', 'serviceAccountTokens', post('/api/v1/namespaces/shop/serviceaccounts/default/token', {})],
    [
      'SEC-B11',
      'serviceAccountTokens',
      post('/api/v1/namespaces/shop/secrets', { type: 'kubernetes.io/service-account-token' }),
    ],
    [
      'SEC-B11',
      'serviceAccountTokens',
      patch('/api/v1/namespaces/shop/secrets/x', { type: 'kubernetes.io/service-account-token' }),
    ],
    ['SEC-B12', 'certificates', post('/apis/certificates.k8s.io/v1/certificatesigningrequests', {})],
    [
      'SEC-B12',
      'certificates',
      put('/apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval', { metadata: { resourceVersion: '1' } }),
    ],
    ['SEC-B12', 'rbac', post('/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings', {})],
    ['SEC-B12', 'rbac', post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {})],
    ['SEC-B12', 'rbac', patch('/apis/rbac.authorization.k8s.io/v1/clusterroles/view', { rules: [] })],
    ['SEC-B12', 'rbac', { method: 'DELETE', path: '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/x' }],
  ];

  it.each(PRIVILEGED)(
    'SEC-B04 SEC-B11 SEC-B12 (%s) needs %s by name, and stands out in audit: %j',
    async (_, privilege, request) => {
      await setRole({ rules: [READ, WRITE] });
      await expectRefused(protocol, request);
      await setRole({ privileges: [] });
      await expectRefused(protocol, request);
      await setRole({ rules: [READ, WRITE], privileges: [privilege] });
      await expectPassed(protocol, request);
      expect(await flags(PREFIX + (request.path ?? '')).then((seen) => seen.length)).toBe(0);
      expect(await flags(request.path ?? '')).toContainEqual(['warning', [privilege]]);
    },
  );

  it.each([
    `${PODS}/web/proxy/`,
    '/api/v1/namespaces/shop/services/web/proxy/admin',
    '/api/v1/namespaces/shop/services/https:web:443/proxy/',
    '/api/v1/proxy/namespaces/shop/pods/web/',
  ])('SEC-B05 %s is not reading, and stands out in audit', async (path) => {
    await setRole({ rules: [READ] });
    await expectRefused(protocol, { path });
    await setRole({
      rules: [READ, { verbs: ['create'], apiGroups: [''], resources: ['pods/proxy', 'services/proxy'] }],
    });
    await expectPassed(protocol, { path });
    expect(await flags(path)).toContainEqual(['warning', ['proxy']]);
  });

  it('SEC-B17 what may create needs create, and a body that contradicts the URL goes nowhere', async () => {
    const rules = [{ verbs: ['update', 'patch'], apiGroups: [''], resources: ['pods'] }];
    await setRole({ rules });
    const pod = (metadata: object) => ({ kind: 'Pod', metadata, spec: podSpec({}) });
    await expectRefused(protocol, put(`${PODS}/web`, pod({ name: 'web' })));
    await expectRefused(protocol, patch(`${PODS}/web`, pod({}), 'application/apply-patch+yaml'));
    await expectPassed(protocol, put(`${PODS}/web`, pod({ name: 'web', resourceVersion: '7' })));
    await expectPassed(protocol, patch(`${PODS}/web`, { metadata: {} }));
    await setRole({ rules: [WRITE] });
    await expectPassed(protocol, put(`${PODS}/web`, pod({ name: 'web' })));
    await expectPassed(protocol, post(PODS, pod({ generateName: 'web-' })));
    for (const metadata of [{ namespace: 'bank' }, { namespace: 'shop', Namespace: 'bank' }]) {
      await expectRefused(protocol, post(PODS, pod(metadata)), /bank/);
    }
    await expectRefused(protocol, put(`${PODS}/web`, pod({ name: 'db' })), /db/);
    await expectRefused(protocol, post(PODS, { kind: 'Secret' }), /Secret/);
    await expectRefused(protocol, post(PODS, { kind: 'Pod', apiVersion: 'apps/v1' }), /apps\/v1/);
  });

  it('reads bodies only where they matter, within bounds, and passes on the very bytes', async () => {
    await setRole({ rules: [READ, WRITE] });
    const spaced = ' {"kind" : "Pod",\n\t"spec":{"containers":[]} ,"x":1.50e1}\n';
    await expectPassed(protocol, post(PODS, spaced));
    const large = JSON.stringify({ kind: 'Pod', metadata: { annotations: { a: 'x'.repeat(2 * 1_048_576) } } });
    await expectPassed(protocol, post(PODS, large));
    const cases: [CallerRequest, number, string][] = [
      [post(PODS, JSON.stringify({ a: 'x'.repeat(4 * 1_048_576) })), 413, 'ERR_PROXY_BODY_TOO_LARGE'],
      [post(PODS, '{"kind":"Pod","kind":"Pod"}'), 400, 'ERR_PROXY_BODY_UNREADABLE'],
      [{ ...post(PODS, 'x'), headers: ['Content-Type', 'application/cbor'] }, 415, 'ERR_PROXY_BODY_UNSUPPORTED'],
      [{ ...post(PODS, '{}'), headers: [...JSON_TYPE, 'Content-Encoding', 'gzip'] }, 415, 'ERR_PROXY_BODY_UNSUPPORTED'],
    ];
    for (const [request, status, code] of cases) {
      const answer = await call(protocol, request);
      expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(code)]);
    }
    expect(stack.upstream.requests).toEqual([]);
    const noise = randomBytes(100_000);
    await expectPassed(protocol, {
      method: 'POST',
      path: '/api/v1/namespaces/shop/services/web/proxy/up',
      body: noise,
    });
  });

  it('SEC-B22 a role that only reads finds every door shut, and reading open', async () => {
    await setRole({ rules: [READ] });
    const ephemeral = { spec: { ephemeralContainers: [CONTAINER] } };
    for (const subresource of ['exec?command=sh', 'attach', 'portforward?ports=80', 'proxy/', 'token']) {
      for (const method of ['GET', 'POST'])
        await expectRefused(protocol, { method, path: `${PODS}/web/${subresource}` });
    }
    await expectRefused(protocol, patch(`${PODS}/web/ephemeralcontainers`, ephemeral));
    await expectRefused(protocol, post('/api/v1/namespaces/shop/serviceaccounts/default/token', {}));
    await expectRefused(protocol, { path: '/api/v1/nodes/n1/proxy/pods' });
    await expectRefused(protocol, { path: '/api/v1/namespaces/shop/services/web/proxy/' });
    await expectRefused(protocol, { path: '/api/v1/proxy/namespaces/shop/pods/web' });
    for (const request of [post(PODS, {}), put(`${PODS}/x`, {}), patch(`${PODS}/x`, {})]) {
      await expectRefused(protocol, request);
    }
    await expectRefused(protocol, { method: 'DELETE', path: `${PODS}/x` });
    await expectRefused(protocol, { method: 'DELETE', path: PODS });
    for (const path of [`${PODS}/web`, PODS, `${PODS}/web/log`, '/api/v1/watch/pods', `${PODS}?watch=1`]) {
      await expectPassed(protocol, { path });
    }
  });

  it('SEC-A03 acting as somebody else needs the privilege and a rule that names them; audit names both', async () => {
    const path = `/api/v1/namespaces/as-${word}/pods`;
    const as = (...headers: string[]) => ({ path, headers });
    const name = (resource: string, resourceNames: string[]) => ({
      verbs: ['impersonate'],
      apiGroups: [''],
      resources: [resource],
      resourceNames,
    });
    const viewer = ['Impersonate-User', 'viewer@demo.test'];
    const group = ['Impersonate-Group', 'viewers'];
    // The viewer exists once they have signed in.
    await stack.token('viewer');
    const rules = [READ, name('users', ['viewer@demo.test']), name('groups', ['viewers'])];
    await setRole({ rules });
    await expectRefused(protocol, as(...viewer), /impersonat/);
    await setRole({ rules: [READ], privileges: ['impersonation'] });
    await expectRefused(protocol, as(...viewer), /impersonat/);
    await setRole({ rules, privileges: ['impersonation'] });
    for (const more of [
      ['Impersonate-Uid', 'x'],
      ['Impersonate-Extra-a', 'x'],
      ['Impersonate-Foo', 'x'],
      ['Impersonate_User', 'x'],
      viewer,
      ['Impersonate-Group', 'system:masters'],
      ['Impersonate-Group', 'admins'],
      Array.from({ length: 65 }, () => group).flat(),
    ]) {
      await expectRefused(protocol, as(...viewer, ...more), /ERR_PROXY_IMPERSONATION_REFUSED/);
    }
    await expectRefused(protocol, as(...group), /without a user/);
    await expectRefused(protocol, as('Impersonate-User', 'nobody@demo.test'), /IMPERSONATION_REFUSED/);

    const answer = await call(protocol, as(...viewer, ...group));
    expect(answer.body).toBe('{}');
    const [seen] = stack.upstream.requests;
    expect(headerValues(seen?.rawHeaders ?? [], 'impersonate-user')).toEqual(['viewer@demo.test']);
    expect(headerValues(seen?.rawHeaders ?? [], 'impersonate-group')).toEqual(['sallyport:view']);
    const event = await stack.audited(
      ({ code, request }) => code === 'proxy.request.completed' && request?.path.endsWith(path) === true,
    );
    expect(event).toMatchObject({
      severity: 'warning',
      principal: { userName: 'developer@demo.test' },
      decision: { impersonatedUser: 'viewer@demo.test' },
      details: { sensitive: ['impersonation'] },
    });
  });
});

it.each(TRANSPORTS)('SEC-B22 a role that only reads opens no channel by %s', async (transport) => {
  await setRole({ rules: [READ] });
  for (const door of ['exec?command=sh', 'attach', 'portforward', 'proxy/']) {
    const path = `${PODS}/web/${door}`;
    const ask = async () => (await askForUpgrade(stack, { transport, path, token })).answer();
    expect((await patiently(ask)).status).toBe(403);
  }
  expect(stack.upstream.requests).toEqual([]);
});

it('takes a body from a caller that waits to be told to send it, over both protocols', async () => {
  await setRole({ rules: [READ, WRITE] });
  const body = '{"kind":"Pod"}';
  stack.upstream.answer = ({ respond }) => respond(200, JSON_TYPE, '{}');
  const waiting = await stack.connect();
  waiting.write(
    `POST ${PREFIX}${PODS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await awaitCondition(() => waiting.received().includes('100 Continue'), { what: 'the go-ahead' });
  waiting.write(body);
  await stack.upstream.saw(PODS);

  stack.upstream.reset();
  const stream = (await stack.session()).request({
    ':method': 'POST',
    ':path': PREFIX + PODS,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    expect: '100-continue',
  });
  stream.on('continue', () => stream.end(body));
  const status = await new Promise((resolve) => stream.on('response', (head) => resolve(head[':status'])));
  expect(status).toBe(200);
  stream.close();
});
