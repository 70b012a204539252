import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AGENT_URI,
  createTestPki,
  dialTestGateway,
  SERVER_NAME,
  startTestGateway,
  type TestGateway,
} from '../testing/gateway-pair.ts';
import type { AccessReport, DialGrpcOptions } from './index.ts';

const DAY_MS = 86_400_000;
const pki = createTestPki();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway(pki, {
    onRenew: async (csrPem) => ({ certificatePem: csrPem, notBefore: new Date(0), notAfter: new Date(DAY_MS) }),
  });
});
afterAll(() => gateway.close());

async function dialed(overrides: Partial<DialGrpcOptions> = {}) {
  const connection = await dialTestGateway(pki, gateway, overrides);
  return { connection, ...(await gateway.nextLink()) };
}

describe('the gRPC gateway', () => {
  it('tells an agent that access is not served here, and lets its tunnel live on', async () => {
    const { connection } = await dialed();
    let report: (report: AccessReport) => void = () => {};
    const first = { hash: '', failure: '', clusterRoles: [], upstreamMode: 'managed' };
    const error = await new Promise<Error>((resolve) => {
      report = connection.watchAccess(first, () => expect.unreachable(), resolve);
    });
    expect(error.message).toContain('access is not served here');
    report(first);
    await expect(connection.renewCertificate('csr')).resolves.toMatchObject({ notAfter: new Date(DAY_MS) });
    connection.close();
  });

  it('tells an agent that trust is not served here, and lets its tunnel live on', async () => {
    const { connection } = await dialed();
    const error = await new Promise<Error>((resolve) => connection.watchTrust(() => expect.unreachable(), resolve));
    expect(error.message).toContain('trust is not served here');
    await expect(connection.renewCertificate('csr')).resolves.toMatchObject({ notAfter: new Date(DAY_MS) });
    connection.close();
  });

  it('runs with HTTP/2 windows of 32 MiB at the server, per connection and per stream', async () => {
    const session = connectHttp2(`https://127.0.0.1:${gateway.port}`, {
      ca: pki.serverCa.certPem,
      cert: pki.agent.certPem,
      key: pki.agent.keyPem,
      servername: SERVER_NAME,
    });
    await once(session, 'remoteSettings');
    while ((session.state.remoteWindowSize ?? 0) <= 65_535) await new Promise((resolve) => setImmediate(resolve));
    expect(session.remoteSettings.initialWindowSize).toBe(32 * 1024 * 1024);
    expect(session.state.remoteWindowSize).toBe(32 * 1024 * 1024);
    session.destroy();
  });

  it('refuses a tunnel to a client whose own windows are smaller', async () => {
    const session = connectHttp2(`https://127.0.0.1:${gateway.port}`, {
      ca: pki.serverCa.certPem,
      cert: pki.agent.certPem,
      key: pki.agent.keyPem,
      servername: SERVER_NAME,
    });
    const call = session.request({
      ':method': 'POST',
      ':path': '/sallyport.agent.v1.AgentGateway/Connect',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const [headers] = (await once(call, 'response')) as [Record<string, string>];
    expect(headers['grpc-message']).toMatch(/ERR_TUNNEL_WINDOW_TOO_SMALL/);
    session.destroy();
  });

  it('SEC-D14 closes connections that open no tunnel', async () => {
    const own = await startTestGateway(pki, { connectDeadlineMs: 50 });
    const idle = connectTls({
      port: own.port,
      host: '127.0.0.1',
      ca: pki.serverCa.certPem,
      cert: pki.agent.certPem,
      key: pki.agent.keyPem,
      servername: SERVER_NAME,
      ALPNProtocols: ['h2'],
    });
    idle.on('error', () => {}).resume();
    await once(idle, 'close');
    await own.close();
  });
});

describe('an HTTP CONNECT proxy', () => {
  async function startProxy() {
    const seen: string[] = [];
    const proxy = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (chunk: Buffer) => {
        const [line = '', ...headers] = chunk.toString('latin1').split('\r\n');
        seen.push(line, headers.find((header) => /^proxy-authorization:/i.test(header)) ?? 'no credentials');
        if (!headers.includes(`Proxy-Authorization: Basic ${Buffer.from('agent:p@ss').toString('base64')}`)) {
          socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
          return;
        }
        const upstream = connect(gateway.port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          socket.pipe(upstream).pipe(socket);
        });
        upstream.on('error', () => socket.destroy());
        socket.on('close', () => upstream.destroy());
      });
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    return { proxy, seen, host: `127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  }

  it('is passed with basic authentication, the name being checked end to end', async () => {
    const { proxy, seen, host } = await startProxy();
    const address = 'agents.internal.test:443';
    const { connection, peer } = await dialed({
      address,
      proxy: new URL(`http://agent:p%40ss@${host}`),
    });
    expect(seen).toEqual([
      'CONNECT agents.internal.test:443 HTTP/1.1',
      `Proxy-Authorization: Basic ${Buffer.from('agent:p@ss').toString('base64')}`,
    ]);
    expect(peer.certificate.sanUris).toEqual([AGENT_URI]);
    connection.close();
    await expect(
      dialTestGateway(pki, gateway, {
        address,
        serverName: 'other.test',
        proxy: new URL(`http://agent:p%40ss@${host}`),
      }),
    ).rejects.toThrow(/altnames/);
    proxy.close();
  });

  it('that refuses us is an error without the password, and other schemes are refused', async () => {
    const { proxy, host } = await startProxy();
    const refused = dialTestGateway(pki, gateway, { proxy: new URL(`http://agent:wrong-secret@${host}`) });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_TUNNEL_DIAL' });
    await expect(refused).rejects.not.toThrow(/wrong-secret/);
    await expect(dialTestGateway(pki, gateway, { proxy: new URL(`https://${host}`) })).rejects.toThrow(/only http/);
    proxy.close();
  });
});
