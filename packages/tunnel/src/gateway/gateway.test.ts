import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSanUris } from '../gateway/peer.ts';
import { createGrpcGateway, type DialGrpcOptions } from '../grpc/index.ts';
import { createTunnel, TunnelError } from '../index.ts';
import { createTestCertificate, type TestCertificate } from '../testing/certificates.ts';
import {
  AGENT_URI,
  createTestPki,
  dialTestGateway,
  dialTestTls,
  SERVER_NAME,
  startTestGateway,
  type TestGateway,
} from '../testing/gateway-pair.ts';
import { openStream } from '../testing/tunnel-client.ts';

const DAY_MS = 86_400_000;
const pki = createTestPki();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway(pki, {
    async onRenew(csrPem, peer) {
      if (csrPem === 'refuse') throw new TunnelError({ code: 'ERR_TUNNEL_PEER_REFUSED', message: 'revoked' });
      if (csrPem === 'bug') throw new Error('database password is hunter2');
      return {
        certificatePem: `${csrPem} for ${peer.certificate.sanUris[0]}`,
        notBefore: new Date(0),
        notAfter: new Date(DAY_MS),
      };
    },
  });
});
afterAll(() => gateway.close());

/** Resolves at the end of a socket, however it ends. */
const closed = (socket: Socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
const identity = ({ certPem, keyPem }: TestCertificate) => ({ certPem, keyPem });
const anAgent = (options: Partial<Parameters<typeof createTestCertificate>[0]>) =>
  createTestCertificate({
    commonName: 'agent',
    issuer: pki.agentCa,
    usages: ['clientAuth'],
    uris: [AGENT_URI],
    ...options,
  });

const links = [
  { name: 'gRPC', dial: dialTestGateway },
  { name: 'TLS', dial: dialTestTls },
];
type Dial = (typeof links)[number]['dial'];

async function dialed(dial: Dial, overrides: Partial<DialGrpcOptions> = {}) {
  const connection = await dial(pki, gateway, overrides);
  return { connection, ...(await gateway.nextLink()) };
}

describe.each(links)('the gateway, to certificates of agents over $name', ({ dial }) => {
  const foreignCa = createTestCertificate({ commonName: 'agent CA', isCa: true });
  const intermediate = createTestCertificate({ commonName: 'intermediate', isCa: true, issuer: pki.agentCa });
  const nested = anAgent({ issuer: intermediate });
  const cases: readonly { readonly name: string; readonly agent: TestCertificate }[] = [
    {
      name: 'expired',
      agent: anAgent({ notBefore: new Date(Date.now() - 2 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) }),
    },
    {
      name: 'not yet valid',
      agent: anAgent({ notBefore: new Date(Date.now() + DAY_MS), notAfter: new Date(Date.now() + 2 * DAY_MS) }),
    },
    { name: 'made for servers', agent: anAgent({ usages: ['serverAuth'] }) },
    { name: 'made for nothing in particular', agent: anAgent({ usages: [] }) },
    { name: 'of a foreign CA of the same name', agent: anAgent({ issuer: foreignCa }) },
    {
      name: 'signed by itself',
      agent: createTestCertificate({ commonName: 'agent', usages: ['clientAuth'], uris: [AGENT_URI] }),
    },
    { name: 'the CA itself as leaf', agent: pki.agentCa },
    { name: 'a CA certificate as leaf', agent: anAgent({ isCa: true }) },
    { name: 'nested under a leaf of the CA', agent: { ...nested, certPem: nested.certPem + intermediate.certPem } },
    { name: 'signed by a leaf that is no CA', agent: anAgent({ issuer: pki.agent }) },
    { name: 'of the server CA', agent: anAgent({ issuer: pki.serverCa }) },
  ];
  for (const { name, agent } of cases) {
    it(`SEC-D15 refuses one that is ${name}`, async () => {
      const before = gateway.refused.length;
      await expect(dial(pki, gateway, identity(agent))).rejects.toMatchObject({ code: 'ERR_TUNNEL_DIAL' });
      expect(gateway.refused.length).toBeGreaterThan(before);
    });
  }

  it('SEC-D15 refuses a client without any certificate', async () => {
    const before = gateway.refused.length;
    const socket = connectTls({
      port: gateway.port,
      host: '127.0.0.1',
      ca: pki.serverCa.certPem,
      servername: SERVER_NAME,
      ALPNProtocols: ['h2'],
    });
    await closed(socket);
    expect(gateway.refused.length).toBeGreaterThan(before);
  });

  it('SEC-D15 refuses a call over a connection whose certificate has ended since', async () => {
    let now = Date.now();
    const short = await startTestGateway(pki, {
      clock: { now: () => now, monotonicMs: () => 0, setTimeout: () => ({ cancel() {} }) },
      onRenew: async () => ({ certificatePem: '', notBefore: new Date(0), notAfter: new Date(0) }),
    });
    const connection = await dial(pki, short);
    await connection.renewCertificate('csr');
    now += 2 * DAY_MS;
    await expect(connection.renewCertificate('csr')).rejects.toThrow(/certificate ended at/);
    connection.close();
    await short.close();
  });

  it('reads who the peer is from the verified certificate', async () => {
    const { connection, peer } = await dialed(
      dial,
      identity(anAgent({ uris: [AGENT_URI, 'urn:second'], dnsNames: ['x'] })),
    );
    expect(peer.certificate.sanUris).toEqual([AGENT_URI, 'urn:second']);
    expect(peer.certificate.serialNumber).toMatch(/^4D[0-9A-F]{30}$/);
    expect(peer.certificate.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(peer.certificate.notAfter.getTime()).toBeGreaterThan(Date.now());
    expect(peer.port).toBeGreaterThan(0);
    connection.close();
  });

  it('SEC-D17 is not misled by a SAN that imitates another entry', () => {
    expect(parseSanUris('DNS:"a, URI:sallyport://cluster/stolen", URI:"urn:a, URI:b", URI:urn:c')).toEqual([
      'urn:a, URI:b',
      'urn:c',
    ]);
    expect(parseSanUris('')).toEqual([]);
  });
});

describe.each(links)('the agent, to servers over $name', ({ dial }) => {
  const cases: readonly {
    readonly name: string;
    readonly overrides: Partial<DialGrpcOptions>;
    readonly why: RegExp;
  }[] = [
    {
      name: 'of another CA',
      overrides: { caPem: createTestCertificate({ commonName: 'server CA', isCa: true }).certPem },
      why: /certificate/,
    },
    { name: 'of another name', overrides: { serverName: 'other.example.test' }, why: /altnames/ },
  ];
  for (const { name, overrides, why } of cases) {
    it(`SEC-D19 refuses one ${name}`, async () => {
      await expect(dial(pki, gateway, overrides)).rejects.toThrow(why);
    });
  }

  it('SEC-D19 refuses one that signed its certificate itself, and one that speaks no TLS', async () => {
    const own = createTestCertificate({ commonName: 'gateway', usages: ['serverAuth'], dnsNames: [SERVER_NAME] });
    const selfSigned = await startTestGateway({ ...pki, server: own });
    await expect(dial(pki, selfSigned)).rejects.toThrow(/self-signed/);
    await selfSigned.close();
    const plain = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    await expect(dial(pki, { address: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'ERR_TUNNEL_DIAL',
    });
    plain.close();
  });

  it('SEC-D13 refuses a CA bundle with a block that is no certificate, and says which', async () => {
    const good = pki.serverCa.certPem;
    for (const [caPem, message] of [
      ['', /holds no certificate/],
      [`${good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, /block 2 of CA bundle can't be read/],
      [`${good}${pki.server.keyPem}`, /block 2 of CA bundle is no certificate but PRIVATE KEY/],
      [`${good}-----BEGIN CERTIFICATE-----\nAAAA`, /2 PEM blocks, 1 of them complete/],
    ] as const) {
      await expect(dial(pki, gateway, { caPem })).rejects.toThrow(message);
    }
    const { server, agentCa } = pki;
    const make = (clientCaPem: string) =>
      createGrpcGateway({
        credentials: { ...identity(server), clientCaPem },
        onConnect() {},
        onRenew: () => Promise.reject(),
      });
    expect(() => make(`${agentCa.certPem}-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----`)).toThrow(/block 2/);
  });

  it('SEC-D12 gives up dialling at its deadline and on abort, leaving no socket', async () => {
    const silent = createServer();
    const accepted = new Set<Socket>();
    silent.on('connection', (socket) => {
      accepted.add(socket.on('error', () => {}));
      socket.on('close', () => accepted.delete(socket));
      socket.resume();
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await expect(dial(pki, { address }, { connectTimeoutMs: 50 })).rejects.toThrow(/no answer within 50 ms/);
    const abort = new AbortController();
    const dialing = dial(pki, { address }, { signal: abort.signal });
    await once(silent, 'connection');
    abort.abort(new Error('stopped'));
    await expect(dialing).rejects.toThrow(/stopped/);
    while (accepted.size > 0) await new Promise((resolve) => setImmediate(resolve));
    silent.close();
  });

  it('SEC-D12 survives a server that breaks off at every stage of the handshake', async () => {
    for (let cut = 0; cut < 2_600; cut += cut < 600 ? 97 : 211) {
      const relay = createServer((socket) => {
        let left = cut;
        const upstream = connect(gateway.port, '127.0.0.1');
        upstream.on('error', () => {}).on('close', () => socket.destroy());
        socket.on('error', () => {}).on('close', () => upstream.destroy());
        socket.on('data', (chunk: Buffer) => {
          upstream.write(chunk.subarray(0, left));
          left -= chunk.length;
          if (left <= 0) upstream.resetAndDestroy();
        });
        upstream.pipe(socket);
      });
      relay.listen(0, '127.0.0.1');
      await once(relay, 'listening');
      const address = `127.0.0.1:${(relay.address() as AddressInfo).port}`;
      const outcome = await dial(pki, { address }, { connectTimeoutMs: 2_000 }).then(
        (connection) => connection.close(),
        (error: unknown) => error,
      );
      if (cut < 1_000) expect(outcome, `after ${cut} bytes`).toMatchObject({ code: 'ERR_TUNNEL_DIAL' });
      relay.close();
    }
    const { connection } = await dialed(dial);
    connection.close();
  });
});

describe.each(links)('a connection over $name', ({ dial }) => {
  it('renews a certificate, for the identity that TLS verified', async () => {
    const { connection } = await dialed(dial);
    expect(await connection.renewCertificate('csr')).toEqual({
      certificatePem: `csr for ${AGENT_URI}`,
      notBefore: new Date(0),
      notAfter: new Date(DAY_MS),
    });
    await expect(connection.renewCertificate('refuse')).rejects.toThrow(/ERR_TUNNEL_PEER_REFUSED: revoked/);
    await expect(connection.renewCertificate('bug')).rejects.toThrow(/internal error/);
    await expect(connection.renewCertificate('bug')).rejects.not.toThrow(/hunter2/);
    connection.close();
  });

  it('tells agents what to trust, at once and after each change, until the tunnel ends', async () => {
    const listeners = new Set<() => void>();
    let current = { tunnelCaPem: 'first', capabilityKeys: ['a'], replicaIds: ['one'] };
    const served = await startTestGateway(pki, {
      onRenew: () => Promise.reject(new Error('not asked')),
      trust: {
        current: () => current,
        onChange(listener) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      },
    });
    const connection = await dial(pki, served);
    const { link } = await served.nextLink();
    const seen: unknown[] = [];
    const ended: Error[] = [];
    let wake = () => {};
    connection.watchTrust(
      (trust) => {
        seen.push(trust);
        wake();
      },
      (error) => ended.push(error),
    );
    const received = (count: number) =>
      new Promise<void>((resolve) => {
        wake = () => seen.length >= count && resolve();
        wake();
      });
    await received(1);
    expect(seen).toEqual([{ tunnelCaPem: 'first', capabilityKeys: ['a'], replicaIds: ['one'] }]);
    current = { tunnelCaPem: 'second', capabilityKeys: ['a', 'b'], replicaIds: ['one', 'two'] };
    for (const listener of listeners) listener();
    await received(2);
    expect(seen[1]).toEqual({ tunnelCaPem: 'second', capabilityKeys: ['a', 'b'], replicaIds: ['one', 'two'] });
    const over = new Promise<void>((resolve) => link.onClose(() => resolve()));
    connection.close();
    await over;
    await expect.poll(() => listeners.size).toBe(0);
    expect(ended).toEqual([]);
    await served.close();
  });

  it('hears how an agent finds its API server, and of which tunnel that is', async () => {
    const heard: unknown[] = [];
    const served = await startTestGateway(pki, { onHealth: (report, link) => heard.push({ ...report, link }) });
    const first = await dial(pki, served);
    const { link: firstLink } = await served.nextLink();
    const second = await dial(pki, served);
    const { link: secondLink } = await served.nextLink();
    await second.reportHealth({ apiServerFailure: 'ECONNREFUSED', modeFailure: '' });
    await first.reportHealth({ apiServerFailure: '', modeFailure: 'nobody may act' });
    await expect.poll(() => heard.length).toBe(2);
    expect(heard).toContainEqual({ apiServerFailure: 'ECONNREFUSED', modeFailure: '', link: secondLink });
    expect(heard).toContainEqual({ apiServerFailure: '', modeFailure: 'nobody may act', link: firstLink });
    first.close();
    second.close();
    await served.close();
    await expect(first.reportHealth({ apiServerFailure: '', modeFailure: '' })).rejects.toMatchObject({
      code: 'ERR_TUNNEL_CLOSED',
    });
  });

  it('says what is to be kept bound, and hears what came of it, until the tunnel ends', async () => {
    const heard: unknown[] = [];
    let send: (version: number) => void = () => {};
    const served = await startTestGateway(pki, {
      onAccess(first, link, watcher) {
        heard.push({ first, link });
        send = (version) => watcher.send({ version, access: Buffer.from('{}') });
        send(1);
        return { report: (report) => heard.push(report), end: () => heard.push('ended') };
      },
    });
    const connection = await dial(pki, served);
    const { link } = await served.nextLink();
    const first = { hash: '', failure: '', clusterRoles: ['view'], upstreamMode: 'managed' };
    const seen: number[] = [];
    const report = connection.watchAccess(
      first,
      ({ version }) => seen.push(version),
      () => expect.unreachable(),
    );
    await expect.poll(() => seen).toEqual([1]);
    report({ hash: 'h', failure: '', clusterRoles: [], upstreamMode: '' });
    send(2);
    await expect.poll(() => seen).toEqual([1, 2]);
    await expect.poll(() => heard.length).toBe(2);
    expect(heard).toEqual([
      { first, link },
      { hash: 'h', failure: '', clusterRoles: [], upstreamMode: '' },
    ]);
    connection.close();
    await expect.poll(() => heard[2]).toBe('ended');
    report({ hash: 'late', failure: '', clusterRoles: [], upstreamMode: '' });
    await served.close();
    expect(heard).toHaveLength(3);
  });

  it('SEC-D23 ends every stream at once when the connection breaks', async () => {
    const own = await startTestGateway(pki);
    const connection = await dial(pki, own);
    const { link } = await own.nextLink();
    const server = createTunnel(link, { role: 'server' });
    const agent = createTunnel(connection.link, {
      role: 'agent',
      onStream: () => ({ onData() {}, onEnd() {}, onReset() {} }),
    });
    const opened = [1, 2, 3].map(() => openStream(server));
    await server.ping();
    for (const socket of own.sockets) socket.destroy();
    for (const { outcome } of opened) expect((await outcome).error).toMatchObject({ code: 'ERR_TUNNEL_CLOSED' });
    expect(await agent.closed).toMatchObject({ code: 'ERR_TUNNEL_CLOSED' });
    await own.close();
  });

  it('uses new credentials for new connections and leaves the old ones alone', async () => {
    const own = await startTestGateway(pki);
    const first = await dial(pki, own);
    const { link } = await own.nextLink();
    const server = createTunnel(link, { role: 'server' });
    createTunnel(first.link, { role: 'agent' });
    const next = createTestPki();
    own.gateway.updateCredentials({ ...identity(next.server), clientCaPem: next.agentCa.certPem });
    await expect(dial(pki, own)).rejects.toMatchObject({ code: 'ERR_TUNNEL_DIAL' });
    const second = await dial(next, own);
    await expect(dial(next, own, identity(pki.agent))).rejects.toMatchObject({ code: 'ERR_TUNNEL_DIAL' });
    await server.ping();
    server.close();
    second.close();
    await own.close();
  });
});
