import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { API_PREFIX, DISCOVERY_PATH } from '@sallyport/core/api';
import { afterEach, describe, expect, it } from 'vitest';
import { LOGO_PREFIX } from '../api/branding.ts';
import { REFERENCE_PATH } from '../api/reference-page.ts';
import { DEVELOPMENT_PROVIDER_PATH } from '../authn/development-provider.ts';
import { LOCAL_LOGIN_PATH } from '../authn/local/local-routes.ts';
import { SAML_LOGIN_PATH } from '../authn/saml/saml-provider.ts';
import { CALLBACK_PREFIX } from '../notifications/callback-url.ts';
import { SCIM_PREFIX } from '../scim/index.ts';
import { createProxyFixture } from '../testing/proxy-fixture.ts';
import { isApplicationPath } from '../web-app.ts';
import { createNodeMount, type NodeMount } from './mount.ts';

const { proxy } = createProxyFixture();
const POD = '/k/acme/prod/api/v1/namespaces/default/pods/web';
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener, mount?: NodeMount): Promise<string> {
  const server = createServer(listener);
  if (mount !== undefined) server.on('upgrade', mount.upgrade);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('createNodeMount', () => {
  const application: RequestListener = (_request, response) => void response.end('application');
  const mount = createNodeMount({ proxy, application, isApplicationPath: (path) => path === '/ours' });

  it('as middleware, leaves to the host what is not ours', async () => {
    const url = await serve((request, response) => mount.request(request, response, () => response.end('host')));
    const told = async (path: string) => (await fetch(url + path)).text();
    expect([await told('/'), await told('/ours'), await told('/ours?a=b'), await told('/ours/b')]).toEqual([
      'host',
      'application',
      'application',
      'host',
    ]);
    expect(await told(POD)).toContain('ERR_PROXY_CREDENTIAL_MISSING');
  });

  it('alone, answers everything; without an application, that there is nothing', async () => {
    const [whole, bare] = [await serve(mount.request), await serve(createNodeMount({ proxy }).request)];
    expect(await (await fetch(whole)).text()).toBe('application');
    expect((await fetch(bare)).status).toBe(404);
    expect((await fetch(bare + POD)).status).toBe(401);
  });

  it('refuses a request whose body the host has read, rather than wait for it', async () => {
    const url = await serve((request, response) => {
      void text(request).then(() => mount.request(request, response));
    });
    const answer = await fetch(url + POD, { method: 'POST', body: '{}' });
    expect([answer.status, await answer.json()]).toEqual([
      500,
      expect.objectContaining({ kind: 'Status', message: expect.stringContaining('ERR_FRONT_BODY_READ') }),
    ]);
    // Nothing of a request without a body can have been taken.
    expect((await fetch(url + POD)).status).toBe(401);
  });

  async function sends(head: string): Promise<string> {
    const { port } = new URL(await serve(mount.request, mount));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`${head} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`);
    return text(socket);
  }

  it('refuses a protocol switch in an answer, and then hears nothing more of the connection', async () => {
    const refused = await sends(`GET ${POD}/exec`);
    expect(refused).toMatch(/^HTTP\/1\.1 401 /);
    expect(refused.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(await sends('GET /elsewhere')).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('SEC-C01 takes no connection from under a request that waits for its answer', async () => {
    const { port } = new URL(await serve(() => {}, mount));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /silent HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.write(`GET ${POD}/exec HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`);
    expect(await text(socket)).toBe('');
  });
});

describe('isApplicationPath', () => {
  it('knows every place that the application has', () => {
    const places = [
      ...[API_PREFIX, DISCOVERY_PATH, LOGO_PREFIX, REFERENCE_PATH, DEVELOPMENT_PROVIDER_PATH, LOCAL_LOGIN_PATH],
      ...[SAML_LOGIN_PATH, CALLBACK_PREFIX, SCIM_PREFIX, '/oauth', '/session', '/login', '/agent/v1'],
      '/.well-known/oauth-authorization-server/oauth',
    ];
    expect(places.filter((place) => !isApplicationPath(place) || !isApplicationPath(`${place}/a`))).toEqual([]);
  });

  it('leaves everything else to the host', () => {
    const others = ['/', '/loginx', '/api/v2', '/sessions', '/portal/login', '/healthz', '/access', '/.well-known/a'];
    expect(others.filter(isApplicationPath)).toEqual([]);
  });
});
