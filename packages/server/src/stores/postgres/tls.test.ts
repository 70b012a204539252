import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openPostgres } from './open.ts';

const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'];
/** What a client sends first that wants TLS (PostgreSQL, "Message Formats", SSLRequest). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

describe.skipIf(serverUrl === undefined)('PostgreSQL over TLS', () => {
  const ca = createTestCertificateAuthority('database');
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-postgres-tls-'));
  const caFile = join(folder, 'ca.pem');
  const otherCaFile = join(folder, 'other-ca.pem');
  writeFileSync(caFile, ca.certificatePem);
  writeFileSync(otherCaFile, createTestCertificateAuthority('other').certificatePem);
  afterAll(() => rmSync(folder, { recursive: true }));

  let close: () => void = () => {};
  afterEach(() => close());

  /** Stands in front of the database: with TLS of its own, or without any. Holds what came in clear, and what got through. */
  async function startFront(host: string | undefined) {
    const database = new URL(serverUrl ?? '');
    const seen = { clear: Buffer.alloc(0), connections: 0 };
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', (first: Buffer) => {
        seen.clear = Buffer.concat([seen.clear, first]);
        if (host === undefined || !first.equals(SSL_REQUEST)) {
          socket.on('data', (more: Buffer) => {
            seen.clear = Buffer.concat([seen.clear, more]);
          });
          socket.write('N');
          return;
        }
        const { certificatePem, keyPem } = ca.issueServer([host]);
        socket.write('S');
        const secure = new TLSSocket(socket, { isServer: true, cert: certificatePem, key: keyPem });
        secure.on('error', () => socket.destroy());
        secure.on('secure', () => {
          seen.connections += 1;
          const upstream = connect(Number(database.port || 5432), database.hostname);
          sockets.add(upstream);
          upstream.on('error', () => secure.destroy());
          secure.on('close', () => upstream.destroy());
          upstream.on('close', () => secure.destroy());
          secure.pipe(upstream).pipe(secure);
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    const url = (options: string) => {
      const front = new URL(database);
      front.hostname = 'localhost';
      front.port = String((server.address() as AddressInfo).port);
      return `${front}?${options}`;
    };
    return { seen, url };
  }

  const open = (url: string) => openPostgres({ url }, { onChange() {} });

  it('SEC-H12 works with a CA of its own, for statements, the change feed and migrations', async () => {
    const { seen, url } = await startFront('localhost');
    const database = await open(url(`sslmode=verify-full&sslrootcert=${caFile}`));
    expect(seen.connections).toBeGreaterThan(0);
    expect(seen.clear.length % SSL_REQUEST.length).toBe(0);
    await database.close();
  });

  for (const [what, host, options] of [
    ['a certificate of another CA', 'localhost', `sslmode=verify-full&sslrootcert=${otherCaFile}`],
    ['a certificate of a CA that nobody named', 'localhost', 'sslmode=verify-full'],
    ['a certificate for another name', 'database.test', `sslmode=verify-full&sslrootcert=${caFile}`],
    ['a server that speaks no TLS', undefined, `sslmode=verify-full&sslrootcert=${caFile}`],
    ['the same, where TLS is but required', undefined, 'sslmode=require'],
  ] as const) {
    it(`SEC-H12 refuses ${what}, and never goes on in clear`, async () => {
      const { seen, url } = await startFront(host);
      await expect(open(url(options))).rejects.toMatchObject({ code: 'ERR_STORE_UNREACHABLE' });
      // Nothing but the question for TLS, however often it was asked.
      const asked = Buffer.alloc(seen.clear.length, SSL_REQUEST);
      expect(seen.clear.length).toBeGreaterThan(0);
      expect(seen.clear.equals(asked)).toBe(true);
    });
  }
});
