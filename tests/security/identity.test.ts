import { createHmac, generateKeyPairSync } from 'node:crypto';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createId, systemClock } from '@sallyport/core';
import {
  createCapabilitySigner,
  createCredentialIssuer,
  createSigningKeyRing,
  generateSigningKey,
  type KubeCredentialClaims,
} from '@sallyport/core/credentials';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadTrustRoots } from '../../packages/server/src/pki/index.ts';
import { freePort } from '../support/index.ts';
import { PREFIX, PROTOCOLS, type SecureStack, startSecureStack, UPSTREAM_TOKEN } from './harness.ts';
import { sendRawHead } from './http2-client.ts';
import { headerValues, type RecordedRequest, soleValueOf } from './recording-upstream.ts';

const MANY_GROUPS = Array.from({ length: 500 }, (_, i) => `team-${String(i).padStart(3, '0')}`);

const MAPPED_LOOPBACK = '::ffff:127.0.0.1';

let stack: SecureStack;
let agentPort: number;
beforeAll(async () => {
  agentPort = await freePort();
  const port = await freePort();
  stack = await startSecureStack({
    ceiling: MANY_GROUPS,
    config: {
      // A socket of IPv6 for peers of IPv4, where the machine has IPv6: every request here comes from a mapped address.
      listen: { host: (await canBind(MAPPED_LOOPBACK)) ? MAPPED_LOOPBACK : '127.0.0.1', port },
      publicUrl: `https://127.0.0.1:${port}`,
      agentListen: { host: '127.0.0.1', port: agentPort },
      kubeHostDomain: 'kube.demo.test',
    },
  });
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(() => stack.upstream.reset());

function canBind(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createTcpServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)));
  });
}

/** Every line of a request that says who it is or acts as, in order. */
function identityLines({ rawHeaders }: RecordedRequest): string[] {
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && /^(impersonate|authorization|x-remote)/i.test(name) ? [`${name}: ${rawHeaders[i + 1]}`] : [],
  );
}

async function adminLines(): Promise<string[]> {
  const events = await stack.auditEvents();
  const session = events.find((event) => event.principal?.userName === 'admin@demo.test')?.loginSessionId;
  return [
    `Authorization: Bearer ${UPSTREAM_TOKEN}`,
    'Impersonate-User: admin@demo.test',
    'Impersonate-Group: sallyport:cluster-admin',
    `Impersonate-Extra-sallyport.dev%2Fsession: ${session}`,
  ];
}

/** Upstream saw the whole identity and no other, or nothing at all. */
async function expectWholeIdentityOrNothing(): Promise<void> {
  const whole = await adminLines();
  for (const request of stack.upstream.requests) {
    expect(identityLines(request)).toEqual(whole);
    expect(headerValues(request.rawHeaders, 'connection')).toEqual(['keep-alive']);
  }
}

describe.each(PROTOCOLS)('identity over %s', (protocol) => {
  it('reaches upstream complete, behind everything that the caller sent', async () => {
    const answer = await stack.call(protocol, { headers: ['Accept', 'application/json', 'User-Agent', 'test'] });
    expect(answer.status).toBe(200);
    const [request] = stack.upstream.requests;
    expect(request?.rawHeaders).toEqual([
      'Host',
      `127.0.0.1:${stack.upstream.port}`,
      'Connection',
      'keep-alive',
      ...(protocol === 'h2'
        ? ['accept', 'application/json', 'user-agent']
        : ['Accept', 'application/json', 'User-Agent']),
      'test',
      'Audit-ID',
      expect.stringMatching(/^dec_[0-9a-z]{26}$/),
      ...(await adminLines()).flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    ]);
  });

  it.each([
    'Impersonate-User',
    'Impersonate-Group',
    'Impersonate-Uid',
    'Impersonate-Extra-x',
    'Impersonate-Foo',
    'impersonate-user',
    'IMPERSONATE-USER',
    'Impersonate_User',
  ])('SEC-A03 SEC-A04 SEC-A05 refuses %s by its prefix, and says so in audit', async (name) => {
    const path =
      `/api/v1/namespaces/a03-${protocol === 'h2' ? 2 : 1}-${[...name].map((c) => c.charCodeAt(0).toString(16)).join('')}/pods`.slice(
        0,
        90,
      );
    const answer = await stack.call(protocol, { path, headers: [name, 'system:masters'] });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ kind: 'Status', reason: 'Forbidden' });
    expect(stack.upstream.requests).toEqual([]);
    const events = (await stack.auditEvents()).filter((event) => event.request?.path === PREFIX + path);
    expect(events.map(({ code, outcome }) => [code, outcome?.errorCode])).toEqual([
      ['proxy.request.denied', 'ERR_PROXY_IMPERSONATION_REFUSED'],
    ]);
  });

  it('SEC-A12 forwards and believes no word on addresses and certificates', async () => {
    const path = `/api/v1/namespaces/a12-${protocol === 'h2' ? 2 : 1}/pods`;
    const claims = {
      'X-Forwarded-For': '203.0.113.9',
      Forwarded: 'for=203.0.113.9;host=evil.test',
      'X-Forwarded-Host': 'evil.test',
      'X-Real-IP': '203.0.113.9',
      'X-Remote-User': 'system:admin',
      'X-Remote-Group': 'system:masters',
      'X-Remote-Extra-Scopes': 'all',
      'X-Client-Cert': 'forged',
      'X-SSL-Client-Cert': 'forged',
      'X-Forwarded-Client-Cert': 'By=x;Subject="CN=admin"',
      'True-Client-IP': '203.0.113.9',
    };
    expect((await stack.call(protocol, { path, headers: Object.entries(claims).flat() })).status).toBe(200);
    const [request] = stack.upstream.requests;
    for (const name of Object.keys(claims))
      expect(headerValues(request?.rawHeaders ?? [], name.toLowerCase())).toEqual([]);
    const event = await stack.audited(({ request: audited }) => audited?.attributes?.path === path);
    expect(event.sourceAddress).toBe('127.0.0.1');
    expect(JSON.stringify(event)).not.toContain('203.0.113.9');
  });

  it('SEC-A15 no credential of the caller reaches upstream, and nothing for our origin comes back', async () => {
    stack.upstream.answer = (call) =>
      call.respond(
        200,
        [
          ...['Content-Type', 'text/html', 'Set-Cookie', '__Host-session=evil', 'Access-Control-Allow-Origin', '*'],
          ...['Access-Control-Allow-Credentials', 'true', 'Clear-Site-Data', '"*"', 'Alt-Svc', 'h3=":443"'],
          ...['Strict-Transport-Security', 'max-age=0', 'X-Kept', 'yes'],
        ],
        '<script>1</script>',
      );
    const headers = [
      ...[
        'Cookie',
        'session=canary-cookie',
        'X-Sallyport-Principal',
        'canary-principal',
        'Proxy-Authorization',
        'canary',
      ],
      ...['X-Api-Key', 'canary-key', 'Sec-WebSocket-Protocol', 'base64url.bearer.authorization.k8s.io.Y2FuYXJ5'],
    ];
    const answer = await stack.call(protocol, { headers });
    expect(answer.status).toBe(200);
    const names = answer.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    for (const name of [
      'set-cookie',
      'access-control-allow-origin',
      'access-control-allow-credentials',
      'clear-site-data',
      'alt-svc',
      'strict-transport-security',
    ])
      expect(names).not.toContain(name);
    expect(names).toContain('x-kept');
    const [request] = stack.upstream.requests;
    const sent = JSON.stringify(request?.rawHeaders);
    expect(sent).not.toMatch(/canary|Y2FuYXJ5|cookie/i);
    expect(sent).not.toContain(await stack.token());
    expect(headerValues(request?.rawHeaders ?? [], 'authorization')).toEqual([`Bearer ${UPSTREAM_TOKEN}`]);
  });

  it('SEC-A15 a 401 of the cluster is about the agent, so it becomes 502 without a challenge', async () => {
    stack.upstream.answer = (call) => call.respond(401, ['WWW-Authenticate', 'Basic realm="x"'], 'Unauthorized');
    const answer = await stack.call(protocol);
    expect(answer.status).toBe(502);
    expect(answer.rawHeaders.map((name) => name.toLowerCase())).not.toContain('www-authenticate');
  });

  it('SEC-A16 odd bytes in a header value stay in that value or the request is refused', async () => {
    // Node's own HTTP/2 client sends no control characters; those are written as raw frames below.
    const answer = await stack.call(protocol, { headers: ['User-Agent', 'caf\u00e9\u00ff\ttab'] });
    expect(answer.status).toBe(200);
    expect(soleValueOf(stack.upstream.requests[0]?.rawHeaders ?? [], 'user-agent')).toBe('caf\u00e9\u00ff\ttab');
    await expectWholeIdentityOrNothing();
  });

  it('SEC-H06 what a pod serves is inert in a browser, and no cookie opens the kube path', async () => {
    const path = '/api/v1/namespaces/default/services/web/proxy/index.html';
    stack.upstream.answer = (call) =>
      call.respond(
        200,
        [...['Content-Type', 'text/html', 'Content-Security-Policy', 'default-src *'], 'X-Content-Type-Options', 'any'],
        '<script>fetch("/api/v1/me")</script>',
      );
    const answer = await stack.call(protocol, { path });
    expect(answer.status).toBe(200);
    const lower = answer.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
    expect(headerValues(lower, 'content-security-policy')).toEqual(['sandbox']);
    expect(headerValues(lower, 'x-content-type-options')).toEqual(['nosniff']);
    stack.upstream.reset();
    const token = await stack.token();
    const cookies = [`__Host-session=${token}`, `Authorization=Bearer ${token}`, `access_token=${token}`].join('; ');
    const byCookie = await stack.call(protocol, { path, token: undefined, headers: ['Cookie', cookies] });
    expect(byCookie.status).toBe(401);
    expect(stack.upstream.requests).toEqual([]);
  });

  it('SEC-A17 believes no forged token and no identity header, on any path', async () => {
    const forged = await forgeries();
    for (const [name, token] of Object.entries(forged)) {
      const answer = await stack.call(protocol, { token, headers: ['X-Sallyport-Principal', 'admin@demo.test'] });
      expect([name, answer.status]).toEqual([name, 401]);
      const api = await stack.call(protocol, { isWhole: true, path: '/api/v1/me', token });
      expect([name, api.status]).toEqual([name, 401]);
    }
    expect(stack.upstream.requests).toEqual([]);
  });
});

/** Tokens that are none: each has one thing wrong. */
async function forgeries(): Promise<Record<string, string>> {
  const roots = await loadTrustRoots(stack.store, systemClock);
  const good = await stack.token();
  const [head = '', payload = '', signature = ''] = good.split('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, string>;
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, string>;
  const kube: KubeCredentialClaims = {
    credentialId: createId('credential'),
    principalId: claims['sub'] as KubeCredentialClaims['principalId'],
    organizationId: claims['org'] as KubeCredentialClaims['organizationId'],
    clusterId: stack.clusterId,
    loginSessionId: claims['sid'] as NonNullable<KubeCredentialClaims['loginSessionId']>,
  };
  const past = { ...systemClock, now: () => Date.now() - 3_600_000 };
  const mint = async (options: Partial<Parameters<typeof createCredentialIssuer>[0]>, about = kube) =>
    (
      await createCredentialIssuer({ issuer: stack.server.publicUrl, keys: roots.kubeCredentialKeys, ...options }).mint(
        about,
        60_000,
      )
    ).token.reveal();
  const key = generateSigningKey();
  const foreignRing = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // The forger is sound: what is right in every respect passes.
  expect((await stack.call('http/1.1', { token: await mint({}) })).status).toBe(200);
  stack.upstream.reset();
  const capability = await createCapabilitySigner({ keys: roots.capabilityKeys }).sign({
    clusterId: stack.clusterId,
    principalId: kube.principalId,
    impersonation: { user: 'admin@demo.test', groups: ['sallyport:cluster-admin'] },
    actionClass: 'read',
    snapshotVersion: 1,
  });
  return {
    unsigned: `${encode({ ...header, alg: 'none' })}.${payload}.`,
    hmac: `${encode({ ...header, alg: 'HS256' })}.${payload}.${createHmac(
      'sha256',
      JSON.stringify(roots.kubeCredentialKeys.jwks()),
    )
      .update(`${encode({ ...header, alg: 'HS256' })}.${payload}`)
      .digest('base64url')}`,
    altered: `${head}.${encode({ ...claims, sub: createId('principal') })}.${signature}`,
    expired: await mint({ clock: past }),
    'of another key under the same id': await new SignJWT(claims).setProtectedHeader(header as never).sign(privateKey),
    'of another key': await mint({ keys: foreignRing }),
    'of another issuer': await mint({ issuer: 'https://evil.test' }),
    'the key of capabilities': await mint({ keys: roots.capabilityKeys }),
    'a capability': capability.token,
    'the join token': stack.install.joinToken.token,
    'the token of the agent upstream': UPSTREAM_TOKEN,
    'a session that never was': await mint({}, { ...kube, loginSessionId: createId('loginSession') }),
  };
}

describe('identity in raw heads', () => {
  const padded = [
    'Connection: Impersonate-User, Impersonate-Group\r\n',
    'Connection: close, Impersonate-User\r\nConnection: Impersonate-Group\r\nConnection: Impersonate-Extra-sallyport.dev%2Fsession\r\n',
    'cOnNeCtIoN: \t iMpErSoNaTe-UsEr \t,,,, \tIMPERSONATE-GROUP\t,\r\n',
    'Connection: Authorization, Host, Impersonate-User\r\n',
    'Proxy-Connection: Impersonate-User, Impersonate-Group\r\n',
    'Keep-Alive: Impersonate-User, timeout=5\r\n',
    'TE: Impersonate-User, trailers\r\n',
    'Trailer: Impersonate-User, Impersonate-Group\r\n',
  ];
  it.each(padded)('SEC-A01 SEC-A02 keeps the identity when HTTP/1.1 names it for removal: %j', async (lines) => {
    const connection = await stack.connect();
    connection.write(
      `GET ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await stack.token()}\r\n${lines}\r\n`,
    );
    const { status } = await connection.answer();
    expect([200, 400]).toContain(status);
    expect(stack.upstream.requests).toHaveLength(status === 200 ? 1 : 0);
    await expectWholeIdentityOrNothing();
    const user = 'Impersonate-User: admin@demo.test\r\nImpersonate-Group: sallyport:cluster-admin\r\n';
    for (const bytes of stack.upstream.wire()) expect(bytes.toString('latin1')).toContain(user);
    connection.socket.destroy();
  });

  it.each([
    ['connection', 'impersonate-user, impersonate-group'],
    ['connection', 'close'],
    ['proxy-connection', 'impersonate-user'],
    ['keep-alive', 'impersonate-user'],
    ['te', 'impersonate-user'],
    ['trailer', 'impersonate-user'],
  ])('SEC-A01 SEC-A02 keeps the identity when HTTP/2 carries %s: %s', async (name, value) => {
    await sendRawHead(stack.target, await http2Head([name, value]));
    await expectWholeIdentityOrNothing();
  });

  async function http2Head(more: readonly string[]): Promise<string[]> {
    return [
      ...[':method', 'GET', ':scheme', 'https', ':authority', 'x', ':path', `${PREFIX}/api/v1/pods`],
      ...['authorization', `Bearer ${await stack.token()}`, ...more],
    ];
  }

  it.each([
    'Impersonate-User : root-of-evil\r\n',
    'Impersonate-User\t: root-of-evil\r\n',
    ' Impersonate-User: root-of-evil\r\n',
    'X-A: b\r\n Impersonate-User: root-of-evil\r\n',
    'X-A: b\r\n\tImpersonate-User: root-of-evil\r\n',
    'X-A: b\nImpersonate-User: root-of-evil\r\n',
    'X-A: b\rImpersonate-User: root-of-evil\r\n',
    'User-Agent: b\u0000Impersonate-User: root-of-evil\r\n',
    'Impersonate-User\u0000: root-of-evil\r\n',
    'Impersonate\u00a0User: root-of-evil\r\n',
  ])('SEC-A05 SEC-A16 lets no malformed line become an identity over HTTP/1.1: %j', async (lines) => {
    const connection = await stack.connect();
    connection.write(
      `GET ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await stack.token()}\r\n${lines}\r\n`,
    );
    const { status } = await connection.answer();
    expect([400, 403]).toContain(status);
    expect(stack.upstream.requests).toEqual([]);
    connection.socket.destroy();
  });

  it.each([
    ['Impersonate-User', 'root-of-evil'],
    ['impersonate-user ', 'root-of-evil'],
    ['x-a', 'b\r\nimpersonate-user: root-of-evil'],
    ['user-agent', 'b\nImpersonate-User: root-of-evil'],
    ['user-agent', 'b\u0000c'],
    ['user-agent\r\nimpersonate-user', 'root-of-evil'],
    ['impersonate-user:x', 'root-of-evil'],
  ])('SEC-A05 SEC-A16 lets no malformed field become an identity over HTTP/2: %j %j', async (name, value) => {
    // Fields that are none are left out or refused by the HTTP/2 layer; either way they are not part of the request.
    await sendRawHead(stack.target, await http2Head([name, value]));
    await expectWholeIdentityOrNothing();
    expect(Buffer.concat(stack.upstream.wire()).toString('latin1')).not.toMatch(/root-of-evil|\0/);
  });

  it('SEC-A05 drops trailers, whatever they name', async () => {
    const connection = await stack.connect();
    connection.write(
      `POST ${PREFIX}/api/v1/namespaces/default/pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await stack.token()}\r\n` +
        'Content-Type: application/json\r\nTrailer: Impersonate-User\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '2\r\n{}\r\n0\r\nImpersonate-User: root-of-evil\r\nImpersonate-Group: system:masters\r\n\r\n',
    );
    expect((await connection.answer()).status).toBe(200);
    const session = await stack.session();
    const stream = session.request(
      {
        ':method': 'POST',
        ':path': `${PREFIX}/api/v1/namespaces/default/pods`,
        authorization: `Bearer ${await stack.token()}`,
      },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'impersonate-user': 'root-of-evil' }));
    stream.end('{}');
    await stack.upstream.saw('/api/v1/namespaces/default/pods');
    await new Promise((resolve) => stream.resume().on('close', resolve));
    expect(stack.upstream.requests.map((request) => request.body().toString())).toEqual(['{}', '{}']);
    await expectWholeIdentityOrNothing();
    expect(Buffer.concat(stack.upstream.wire()).toString()).not.toContain('root-of-evil');
    connection.socket.destroy();
  });
});

describe('names from records', () => {
  it('SEC-A07 sends 500 groups as 500 lines, in order', async () => {
    const admin = await bindGroups('five-hundred', MANY_GROUPS);
    try {
      for (const protocol of PROTOCOLS) {
        expect((await stack.call(protocol)).status).toBe(200);
        const groups = headerValues(stack.upstream.requests.at(-1)?.rawHeaders ?? [], 'impersonate-group');
        expect(groups).toEqual(['sallyport:cluster-admin', ...MANY_GROUPS]);
      }
    } finally {
      await admin.unbind();
    }
  });

  it('SEC-A07 refuses more groups than the tunnel carries, and states both numbers', async () => {
    const tooMany = Array.from({ length: 9_000 }, (_, i) => `group-of-a-rather-long-name-number-${i}-of-nine-thousand`);
    const admin = await bindGroups('nine-thousand', tooMany);
    try {
      for (const protocol of PROTOCOLS) {
        const answer = await stack.call(protocol);
        expect(answer.status, answer.body).toBe(431);
        expect(JSON.parse(answer.body).message).toMatch(/\d{6,}.*limit.*\d{6,}.*ERR_PROXY_HEADER_TOO_LARGE/);
      }
      expect(stack.upstream.requests).toEqual([]);
    } finally {
      await admin.unbind();
    }
  });

  it.each(['x\r\nImpersonate-Group: system:masters', 'a\u0085b', 'a\nb', ' a', 'system:masters', ''])(
    'SEC-A16 a role that holds the group %j gives nothing',
    async (group) => {
      const admin = await bindGroups('hostile', [group]);
      try {
        for (const protocol of PROTOCOLS) await stack.call(protocol);
      } finally {
        await admin.unbind();
      }
      await expectWholeIdentityOrNothing();
      expect(Buffer.concat(stack.upstream.wire()).toString()).not.toContain('system:masters');
    },
  );

  it.each(['x\r\nImpersonate-Group: system:masters', 'a\u007fb', 'system:admin', ' admin', ''])(
    'SEC-A16 a principal of the name %j gets nothing',
    async (userName) => {
      const token = await stack.token('developer');
      const { records } = await stack.store.changes.read();
      const developer = records.principals?.find((principal) => principal.userName === 'developer@demo.test');
      if (developer === undefined) throw new Error('the developer is known');
      await stack.change((tx) => tx.putPrincipal({ ...developer, userName }));
      try {
        for (const protocol of PROTOCOLS) expect((await stack.call(protocol, { token })).status).toBe(403);
      } finally {
        await stack.change((tx) => tx.putPrincipal(developer));
      }
      expect(stack.upstream.requests).toEqual([]);
      expect((await stack.call('h2', { token })).status).toBe(200);
    },
  );

  /** Binds a role with `groups` to the admin, and waits until it is in force. */
  async function bindGroups(name: string, groups: readonly string[]) {
    const { records } = await stack.store.changes.read();
    const organizationId = records.organizations?.[0]?.id as never;
    const principal = records.principals?.find(({ userName }) => userName === 'admin@demo.test');
    const roleId = createId('role');
    const bindingId = createId('binding');
    await stack.change(async (tx) => {
      await tx.put('Role', {
        id: roleId,
        isBuiltIn: false,
        organizationId,
        name,
        ceilingGroups: groups,
        permissions: [],
      });
      await tx.put('Binding', {
        id: bindingId,
        name,
        organizationId,
        roleId,
        subjects: [{ kind: 'principal', id: principal?.id as never }],
        scope: { kind: 'organization' },
      });
    });
    return {
      unbind: () =>
        stack.change(async (tx) => {
          await tx.remove('Binding', bindingId);
          await tx.remove('Role', roleId);
        }),
    };
  }
});

it('SEC-C15 nothing of anybody reached upstream as the agent itself, not even what the server looks up on its own', () => {
  const isOwn = ({ rawHeaders }: { readonly rawHeaders: readonly string[] }) =>
    headerValues(rawHeaders, 'impersonate-user').length === 0;
  // The agent asks whether its API server answers, and nothing else.
  const own = stack.upstream.everything.filter(isOwn);
  expect(new Set(own.map(({ method, target }) => `${method} ${target}`))).toEqual(new Set(['GET /version']));
  const everything = stack.upstream.everything.filter((request) => !isOwn(request));
  const users = new Set(everything.map(({ rawHeaders }) => soleValueOf(rawHeaders, 'impersonate-user')));
  expect([...users].sort()).toEqual(['admin@demo.test', 'developer@demo.test', 'sallyport:inventory']);
  for (const { rawHeaders } of everything) {
    expect(headerValues(rawHeaders, 'impersonate-group').length).toBeGreaterThan(0);
    expect(headerValues(rawHeaders, 'authorization')).toEqual([`Bearer ${UPSTREAM_TOKEN}`]);
  }
  const looks = everything.filter(
    ({ rawHeaders }) => soleValueOf(rawHeaders, 'impersonate-user') === 'sallyport:inventory',
  );
  expect(looks.map(({ target }) => target.replace(/\/?(\?.*)?$/, '')).sort()).toEqual([
    '/api/v1/namespaces',
    '/api/v1/nodes',
    '/version',
  ]);
  for (const { rawHeaders } of looks)
    expect(headerValues(rawHeaders, 'impersonate-group')).toEqual(['sallyport:inventory']);
});

it('SEC-A20 a peer of IPv4 has its own address in every audit event, on every surface', async () => {
  const events = await stack.auditEvents();
  const seen = new Set(
    events.filter(({ sourceAddress }) => sourceAddress).map(({ code, sourceAddress }) => `${code} ${sourceAddress}`),
  );
  for (const code of [
    'login.succeeded',
    'agent.enrolled',
    'tunnel.opened',
    'proxy.request.started',
    'proxy.request.denied',
  ])
    expect([...seen]).toContain(`${code} 127.0.0.1`);
  expect([...seen].filter((one) => !one.endsWith(' 127.0.0.1'))).toEqual([]);
});

describe('what comes before TLS', () => {
  const V2 = '0d0a0d0a000d0a515549540a';
  it.each([
    ['version 1', Buffer.from('PROXY TCP4 203.0.113.9 203.0.113.1 1234 443\r\n')],
    ['version 1, cut short', Buffer.from('PROXY TCP4 203.0.113.9')],
    ['version 1, oversized', Buffer.from(`PROXY ${'x'.repeat(20_000)}\r\n`)],
    ['version 2', Buffer.from(`${V2}2111000ccb007109cb00710104d201bb`, 'hex')],
    ['version 2, cut short', Buffer.from(`${V2}2111`, 'hex')],
    ['version 2, oversized', Buffer.concat([Buffer.from(`${V2}2111ffff`, 'hex'), Buffer.alloc(65_535)])],
  ])('SEC-A13 closes on a PROXY preamble, %s', async (_, preamble) => {
    for (const port of [stack.port, agentPort]) {
      const socket = connectTcp(port, '127.0.0.1');
      const received: Buffer[] = [];
      socket.on('data', (chunk) => received.push(chunk));
      socket.on('error', () => {});
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.write(preamble);
      // The rest of a connection behind it, as a balancer would pass it on.
      socket.write(Buffer.from('160301', 'hex'));
      await closed;
      // At the most a TLS alert.
      expect(Buffer.concat(received).toString('latin1')).not.toMatch(/HTTP/);
    }
  });

  it('SEC-A17 SEC-D27 the port of the agents serves nobody without a certificate of theirs', async () => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: agentPort,
      ca: stack.server.caPem,
      servername: 'agents.sallyport.internal',
      ALPNProtocols: ['h2'],
    });
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('secureConnect', () =>
      socket.write(`GET ${PREFIX}/api HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n`),
    );
    await closed;
    expect(Buffer.concat(received).toString('latin1')).not.toMatch(/200|kind/);
    expect(stack.upstream.requests).toEqual([]);
  });
});
