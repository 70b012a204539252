import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CallerRequest,
  PROTOCOLS,
  type Protocol,
  type SecureStack,
  startSecureStack,
  type WebLogin,
} from './harness.ts';
import { headerValues, soleValueOf } from './recording-upstream.ts';
import { switchingHead } from './upgrade-client.ts';

const PODS = '/api/v1/namespaces/default/pods';
const EXEC = `${PODS}/web/exec?command=sh&stdin=true&stdout=true&tty=true`;

describe('the kube path of the web UI', () => {
  let stack: SecureStack;
  let admin: WebLogin;
  let viewer: WebLogin;
  beforeAll(async () => {
    stack = await startSecureStack();
    admin = await stack.webLogin('admin');
    viewer = await stack.webLogin('viewer');
  }, 120_000);
  afterAll(() => stack?.close());
  beforeEach(() => stack.upstream.reset());

  const address = (path: string) => `/api/v1/clusters/${stack.clusterId}/kube${path}`;
  const origin = () => stack.server.publicUrl;
  const fromPage = ({ cookie }: WebLogin) => [
    'Cookie',
    cookie,
    'Sec-Fetch-Site',
    'same-origin',
    'Sec-Fetch-Dest',
    'empty',
  ];
  /** A request as a page sends it. */
  const ask = (protocol: Protocol, login: WebLogin, path: string, request: CallerRequest = {}) => {
    const { method = 'GET', headers = [] } = request;
    const changes = method === 'GET' ? [] : ['Origin', origin(), ...login.csrf];
    return stack.call(protocol, {
      ...request,
      isWhole: true,
      path: address(path),
      token: undefined,
      headers: [...fromPage(login), ...changes, ...headers],
    });
  };
  const lower = (raw: readonly string[]) => raw.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
  const codeOf = (body: string) => (JSON.parse(body) as { readonly code?: unknown }).code;

  describe.each(PROTOCOLS)('over %s', (protocol) => {
    it('carries a request of a page as the person who is signed in, and audits it as one of the web UI', async () => {
      stack.upstream.answer = (call) => call.respond(200, ['Content-Type', 'application/json'], '{"kind":"PodList"}');
      const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      const path = `${PODS}?labelSelector=app%3Dweb`;
      const answer = await ask(protocol, admin, path, { headers: ['Accept', `${table}, text/html, */*`] });
      expect([answer.status, answer.body]).toEqual([200, '{"kind":"PodList"}']);
      const [request] = stack.upstream.requests;
      expect(request?.target).toBe(path);
      const sent = lower(request?.rawHeaders ?? []);
      expect(headerValues(sent, 'accept')).toEqual([table]);
      expect(soleValueOf(sent, 'impersonate-user')).toBe('admin@demo.test');
      const { request: audited } = await stack.audited(
        ({ code, request: asked }) => code === 'proxy.request.completed' && asked?.path === PODS,
      );
      expect(audited).toMatchObject({ method: 'GET', path: PODS, channel: 'web' });
    });

    it('lets nobody do more than their role: the cluster is asked as the person, within its ceiling', async () => {
      expect((await ask(protocol, viewer, `${PODS}/web`, { method: 'DELETE' })).status).toBe(200);
      const sent = lower(stack.upstream.requests[0]?.rawHeaders ?? []);
      expect(soleValueOf(sent, 'impersonate-user')).toBe('viewer@demo.test');
      expect(headerValues(sent, 'impersonate-group')).toContain('sallyport:view');
      expect(headerValues(sent, 'impersonate-group')).not.toContain('sallyport:cluster-admin');
    });

    it('SEC-H04 refuses what no page of ours sent: nothing comes to the cluster', async () => {
      const body = '{"kind":"Pod"}';
      const json = ['Content-Type', 'application/json'];
      const [header, token] = admin.csrf;
      const otherToken = viewer.csrf[1];
      const cookie = ['Cookie', admin.cookie];
      const same = ['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Dest', 'empty'];
      const posts: readonly (readonly [string, readonly string[], string])[] = [
        ['no token', [...cookie, ...same, 'Origin', origin(), ...json], 'ERR_API_CROSS_SITE'],
        [
          'the token of another session',
          [...cookie, ...same, 'Origin', origin(), ...json, header, otherToken],
          'ERR_API_CROSS_SITE',
        ],
        [
          'a foreign origin',
          [...cookie, 'Origin', 'https://evil.example.com', ...json, header, token],
          'ERR_API_CROSS_SITE',
        ],
        ['the origin null', [...cookie, 'Origin', 'null', ...json, header, token], 'ERR_API_CROSS_SITE'],
        ['a sibling site', [...cookie, 'Sec-Fetch-Site', 'same-site', ...json, header, token], 'ERR_API_CROSS_SITE'],
        ['nothing that says where from', [...cookie, ...json, header, token], 'ERR_API_CROSS_SITE'],
        [
          'a form',
          [...cookie, ...same, 'Origin', origin(), 'Content-Type', 'text/plain', header, token],
          'ERR_API_MEDIA_TYPE',
        ],
        ['no cookie', [...same, 'Origin', origin(), ...json, header, token], 'ERR_API_UNAUTHENTICATED'],
      ];
      for (const [what, headers, code] of posts) {
        const answer = await stack.call(protocol, {
          ...{ isWhole: true, token: undefined, method: 'POST', path: address(PODS), body, headers },
        });
        expect([what, codeOf(answer.body)]).toEqual([what, code]);
      }
      const gets: readonly (readonly [string, readonly string[]])[] = [
        ['a foreign site', ['Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Dest', 'empty']],
        ['a page that is shown', ['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Dest', 'document']],
        ['a frame', ['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Dest', 'iframe']],
        ['a script', ['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Dest', 'script']],
        ['a foreign origin', ['Origin', 'https://evil.example.com']],
      ];
      for (const [what, headers] of gets) {
        const request = { isWhole: true, token: undefined, path: address(PODS), headers: [...cookie, ...headers] };
        const answer = await stack.call(protocol, request);
        expect([what, answer.status, codeOf(answer.body)]).toEqual([what, 403, 'ERR_API_CROSS_SITE']);
      }
      expect(stack.upstream.requests).toEqual([]);
    });

    it('takes the session of a browser and no other credential', async () => {
      const { cookie } = admin;
      for (const headers of [
        ['Authorization', 'Bearer sp_key_of_a_machine'],
        ['Authorization', 'Bearer x', 'Cookie', cookie],
        ['Cookie', `${cookie}; ${cookie}`],
      ]) {
        const answer = await stack.call(protocol, { isWhole: true, token: undefined, path: address(PODS), headers });
        expect([headers, codeOf(answer.body)]).toEqual([headers, 'ERR_API_UNAUTHENTICATED']);
      }
      const elsewhere = await stack.call(protocol, {
        ...{ isWhole: true, token: undefined, headers: fromPage(admin) },
        path: address(PODS).replace(stack.clusterId, `cls_${'0'.repeat(26)}`),
      });
      expect(codeOf(elsewhere.body)).toBe('ERR_API_NOT_FOUND');
      expect(stack.upstream.requests).toEqual([]);
    });

    it('SEC-H05 gives the cluster no cookie, no token and nobody else to act as', async () => {
      const headers = [
        'Impersonate-User',
        'system:admin',
        'Kubectl-Command',
        'kubectl get',
        'Authorization-X',
        'canary',
      ];
      expect((await ask(protocol, admin, PODS, { headers })).status).toBe(200);
      const sent = lower(stack.upstream.requests[0]?.rawHeaders ?? []);
      expect(headerValues(sent, 'impersonate-user')).toEqual(['admin@demo.test']);
      expect(JSON.stringify(sent)).not.toMatch(/cookie|csrf|kubectl-command|canary/i);
      expect(JSON.stringify(sent)).not.toContain(admin.cookie.split('=')[1]);
      for (const { text } of stack.log) expect(text).not.toContain(admin.cookie.split('.')[1]);
    });

    it('SEC-H06 what a pod serves reaches no page, and what a cluster answers is inert', async () => {
      const script = '<script>fetch("/api/v1/me")</script>';
      stack.upstream.answer = (call) =>
        call.respond(200, ['Content-Type', 'text/html', 'Content-Security-Policy', 'default-src *'], script);
      for (const path of [
        `${PODS}/web/proxy/index.html`,
        '/api/v1/namespaces/default/services/web/proxy/',
        '/api/v1/nodes/node-1/proxy/logs/',
        `${PODS}/web/portforward?ports=80`,
      ]) {
        const answer = await ask(protocol, admin, path);
        expect([path, answer.status]).toEqual([path, 403]);
        expect(answer.body).toContain('ERR_PROXY_NOT_FOR_BROWSERS');
      }
      expect(stack.upstream.requests).toEqual([]);
      const { request: audited } = await stack.audited(
        ({ code, request }) => code === 'proxy.request.denied' && request?.path === `${PODS}/web/proxy/index.html`,
      );
      expect(audited).toMatchObject({ channel: 'web' });

      const page = await ask(protocol, admin, `${PODS}/web/log`);
      expect(page.body).not.toContain('<script>');
      expect(page.body).toContain('ERR_PROXY_NOT_FOR_BROWSERS');

      stack.upstream.answer = (call) =>
        call.respond(
          200,
          ['Content-Type', 'text/plain', 'Content-Security-Policy', 'default-src *', 'X-Frame-Options', 'any'],
          script,
        );
      const log = await ask(protocol, admin, `${PODS}/web/log`);
      expect(log.body).toBe(script);
      const headers = lower(log.rawHeaders);
      expect(headerValues(headers, 'content-security-policy')).toEqual([
        "sandbox; default-src 'none'; frame-ancestors 'none'",
      ]);
      expect(headerValues(headers, 'x-content-type-options')).toEqual(['nosniff']);
      expect(headerValues(headers, 'cache-control')).toEqual(['no-store']);
    });
  });

  /** Opens a WebSocket as a page does, with these lines in place of the usual ones. */
  async function openSocket(path: string, lines: Readonly<Record<string, string | undefined>> = {}) {
    const connection = await stack.connect();
    const headers: Record<string, string | undefined> = {
      Host: '127.0.0.1',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Protocol': 'v5.channel.k8s.io, v4.channel.k8s.io',
      Origin: origin(),
      Cookie: admin.cookie,
      ...lines,
    };
    const head = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
    connection.write(`GET ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    return connection;
  }
  async function ticketFor(login: WebLogin, target: string): Promise<string> {
    const answer = await stack.call('http/1.1', {
      ...{ isWhole: true, token: undefined, method: 'POST' },
      path: `/api/v1/clusters/${stack.clusterId}/kube-tickets`,
      body: JSON.stringify({ target }),
      headers: [...fromPage(login), 'Origin', origin(), ...login.csrf, 'Content-Type', 'application/json'],
    });
    expect(answer.status).toBe(201);
    return (JSON.parse(answer.body) as { readonly path: string }).path;
  }
  const switching = () => {
    stack.upstream.answer = (call) => void call.raw(switchingHead(call, 'v5.channel.k8s.io'));
  };

  it('opens a terminal by a ticket, records that it did, and shows the ticket to nobody', async () => {
    switching();
    const path = await ticketFor(admin, EXEC);
    const connection = await openSocket(path);
    expect((await connection.answer()).status).toBe(101);
    const [request] = stack.upstream.requests;
    expect(request?.target).toBe(EXEC);
    const { request: audited } = await stack.audited(
      ({ code, request: asked }) =>
        code === 'proxy.request.started' &&
        asked?.attributes?.kind === 'resource' &&
        asked.attributes.subresource === 'exec',
    );
    expect(audited).toMatchObject({ channel: 'web' });
    const ticket = path.split('ticket=')[1] ?? '';
    for (const { text } of stack.log) expect(text).not.toContain(ticket);
    expect(JSON.stringify(await stack.auditEvents())).not.toContain(ticket);
    connection.socket.destroy();
  });

  it('SEC-H04 opens no WebSocket for another page, another session, another address, or twice', async () => {
    switching();
    const attempts: readonly (readonly [
      string,
      () => Promise<string>,
      Readonly<Record<string, string | undefined>>,
      string,
    ])[] = [
      ['a foreign page', () => ticketFor(admin, EXEC), { Origin: 'https://evil.example.com' }, 'ERR_API_CROSS_SITE'],
      ['the origin null', () => ticketFor(admin, EXEC), { Origin: 'null' }, 'ERR_API_CROSS_SITE'],
      ['no origin', () => ticketFor(admin, EXEC), { Origin: undefined }, 'ERR_API_CROSS_SITE'],
      ['no cookie', () => ticketFor(admin, EXEC), { Cookie: undefined }, 'ERR_API_UNAUTHENTICATED'],
      ['no ticket', async () => address(EXEC), {}, 'ERR_API_TICKET_REFUSED'],
      ['the ticket of another session', () => ticketFor(viewer, EXEC), {}, 'ERR_API_TICKET_REFUSED'],
      [
        'the ticket of another address',
        async () => (await ticketFor(admin, EXEC)).replace('/web/', '/db/'),
        {},
        'ERR_API_TICKET_REFUSED',
      ],
    ];
    for (const [what, pathOf, lines, code] of attempts) {
      const answer = await (await openSocket(await pathOf(), lines)).answer();
      expect([what, codeOf(answer.body)]).toEqual([what, code]);
    }
    expect(stack.upstream.requests).toEqual([]);
    const once = await ticketFor(admin, EXEC);
    const first = await openSocket(once);
    expect((await first.answer()).status).toBe(101);
    expect(codeOf((await (await openSocket(once)).answer()).body)).toBe('ERR_API_TICKET_REFUSED');
    first.socket.destroy();
  });

  it('tells a person who may not open a terminal why, before anything is switched', async () => {
    const said = '{"kind":"Status","reason":"Forbidden","message":"pods \\"web\\" is forbidden"}';
    stack.upstream.answer = (call) => call.respond(403, ['Content-Type', 'application/json'], said);
    const answer = await (await openSocket(await ticketFor(viewer, EXEC), { Cookie: viewer.cookie })).answer();
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('is forbidden');
    expect(soleValueOf(lower(stack.upstream.requests[0]?.rawHeaders ?? []), 'impersonate-user')).toBe(
      'viewer@demo.test',
    );
  });
});
