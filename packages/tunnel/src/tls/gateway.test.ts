import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGrpcGateway } from '../grpc/index.ts';
import {
  createTestPki,
  dialTestTls,
  SERVER_NAME,
  startTestGateway,
  type TestGateway,
} from '../testing/gateway-pair.ts';
import { TLS_LINK_PROTOCOL } from './index.ts';
import { createRecordReader, encodeRecord, MAX_RECORD_BYTES, RECORD } from './record.ts';

const pki = createTestPki();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway(pki, { onHealth() {} });
});
afterAll(() => gateway.close());

/** A peer that writes records by hand, and hears why the server closed; '' for an orderly end. */
async function rawAgent(
  to: Pick<TestGateway, 'port'> = gateway,
): Promise<{ socket: TLSSocket; closed: Promise<string> }> {
  const socket = connectTls({
    port: to.port,
    host: '127.0.0.1',
    servername: SERVER_NAME,
    ca: pki.serverCa.certPem,
    cert: pki.agent.certPem,
    key: pki.agent.keyPem,
    ALPNProtocols: [TLS_LINK_PROTOCOL],
  });
  const closed = new Promise<string>((resolve) => {
    const read = createRecordReader((type, payload) => {
      if (type === RECORD.close) resolve(Buffer.from(payload).toString());
    });
    socket.on('data', read).on('error', () => {});
  });
  await once(socket, 'secureConnect');
  return { socket, closed };
}

const nothing = Buffer.alloc(0);
/** 64 MiB: sockets of loopback hold a few. */
const BATCHES = 256;

describe('the TLS gateway', () => {
  it.each([
    { what: 'a record that is too large', bytes: headerOf(MAX_RECORD_BYTES + 1), why: /^ERR_TUNNEL_FRAME_TOO_LARGE/ },
    { what: 'a batch without a frame', bytes: encodeRecord(RECORD.frames, nothing), why: /^ERR_TUNNEL_PROTOCOL/ },
    {
      what: 'a flood of records',
      bytes: Buffer.concat(Array.from({ length: 200 }, () => encodeRecord(99, nothing))),
      why: /^ERR_TUNNEL_PROTOCOL: too many records/,
    },
    {
      what: 'a message that is no protobuf',
      bytes: encodeRecord(RECORD.health, Buffer.from([0xff])),
      why: /^ERR_TUNNEL_PROTOCOL: HealthReport is not valid protobuf$/,
    },
    {
      what: 'a second request for a certificate while the first one is being served',
      bytes: Buffer.concat([encodeRecord(RECORD.renew, nothing), encodeRecord(RECORD.renew, nothing)]),
      why: /^ERR_TUNNEL_PROTOCOL: a certificate was asked for/,
    },
  ])('SEC-D13 closes a connection for $what, and says why', async ({ bytes, why }) => {
    const { socket, closed } = await rawAgent();
    const { link } = await gateway.nextLink();
    link.onBatch(() => {});
    socket.write(bytes);
    expect(await closed).toMatch(why);
    await once(socket, 'close');
  });

  it('passes over records of types that it does not know', async () => {
    const { socket, closed } = await rawAgent();
    const { link } = await gateway.nextLink();
    link.onBatch(() => {});
    socket.write(encodeRecord(99, Buffer.from('of a later version')));
    socket.write(encodeRecord(RECORD.close, nothing));
    expect(await closed).toBe('');
  });

  it('takes the end of a connection that nobody announced for its loss', async () => {
    const { socket } = await rawAgent();
    const { link } = await gateway.nextLink();
    link.onBatch(() => {});
    const ended = new Promise<Error | undefined>((resolve) => link.onClose(resolve));
    socket.end();
    expect(await ended).toMatchObject({ code: 'ERR_TUNNEL_CLOSED', message: expect.stringContaining('was lost') });
  });

  it('reads no further while nobody takes the batches', async () => {
    const { socket } = await rawAgent();
    const { link } = await gateway.nextLink();
    const arriving = [...gateway.sockets].at(-1);
    const batch = encodeRecord(RECORD.frames, Buffer.alloc(256 * 1024));
    for (let sent = 0; sent < BATCHES; sent += 1) socket.write(batch);
    const isAtRest = async () => {
      const before = arriving?.bytesRead;
      // The server has turns enough to read on.
      for (let i = 0; i < 5; i += 1) (await dialTestTls(pki, gateway)).close();
      return before === arriving?.bytesRead;
    };
    await expect.poll(isAtRest).toBe(true);
    expect(arriving?.bytesRead).toBeLessThan((BATCHES * batch.length) / 8);
    let seen = 0;
    link.onBatch(() => {
      seen += 1;
    });
    await expect.poll(() => seen, { timeout: 10_000 }).toBe(BATCHES);
    socket.destroy();
  });
});

it('tells an agent that a server knows gRPC alone, so that it can dial that', async () => {
  const old = createGrpcGateway({
    credentials: { certPem: pki.server.certPem, keyPem: pki.server.keyPem, clientCaPem: pki.agentCa.certPem },
    onConnect() {},
    onRenew: () => Promise.reject(),
  });
  const listener = createServer((socket) => old.injectConnection(socket)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  await expect(dialTestTls(pki, { address: `127.0.0.1:${port}` })).rejects.toMatchObject({
    code: 'ERR_TUNNEL_LINK_UNKNOWN',
  });
  old.close();
  listener.close();
});

function headerOf(bytes: number): Buffer {
  const header = Buffer.from([0, 0, 0, RECORD.frames]);
  header.writeUIntBE(bytes, 0, 3);
  return header;
}
