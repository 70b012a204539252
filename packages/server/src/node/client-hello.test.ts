import { duplexPair } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { peekClientHello } from './client-hello.ts';

/** The first flight of Node's own TLS client. */
async function clientHello(servername: string | undefined): Promise<Buffer> {
  const [near, far] = duplexPair();
  const socket = tlsConnect({ socket: near, ...(servername !== undefined && { servername }) });
  socket.on('error', () => {});
  const bytes = await new Promise<Buffer>((resolve) => far.once('data', resolve));
  socket.destroy();
  return bytes;
}

/** The same handshake message over records of at most `size` bytes. */
function splitRecords(hello: Buffer, size: number): Buffer {
  const handshake = hello.subarray(5);
  const records: Buffer[] = [];
  for (let i = 0; i < handshake.length; i += size) {
    const part = handshake.subarray(i, i + size);
    records.push(Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

describe('peekClientHello', () => {
  it('reads the server name', async () => {
    expect(peekClientHello(await clientHello('Prod.Acme.example'))).toEqual({
      kind: 'hello',
      serverName: 'prod.acme.example',
    });
  });

  it('reads a hello without a server name', async () => {
    expect(peekClientHello(await clientHello(undefined))).toEqual({ kind: 'hello', serverName: undefined });
  });

  it('SEC-D14 says incomplete for every proper prefix, whatever records the handshake is cut into', async () => {
    const hello = splitRecords(await clientHello('agents.sallyport.internal'), 40);
    for (let length = 0; length < hello.length; length++) {
      expect(peekClientHello(hello.subarray(0, length)), `first ${length} bytes`).toEqual({ kind: 'incomplete' });
    }
    expect(peekClientHello(hello)).toEqual({ kind: 'hello', serverName: 'agents.sallyport.internal' });
  });

  it('recognises plain HTTP from its first bytes', () => {
    expect(peekClientHello(Buffer.from('GE'))).toEqual({ kind: 'incomplete' });
    expect(peekClientHello(Buffer.from('GET /api HTTP/1.1\r\n'))).toEqual({ kind: 'notTls', looksLikeHttp: true });
    expect(peekClientHello(Buffer.from('SSH-2.0-x\r\n'))).toEqual({ kind: 'notTls', looksLikeHttp: false });
  });

  it('refuses lengths that contradict each other', async () => {
    const hello = await clientHello('prod.example');
    const extensions = hello.indexOf(Buffer.from('prod.example')) - 9;
    const broken = Buffer.from(hello);
    broken.writeUInt16BE(0xffff, extensions + 2);
    expect(peekClientHello(broken)).toEqual({ kind: 'malformed' });
  });

  it('SEC-D14 refuses a hello that declares more than the limit', () => {
    const declared = Buffer.from([0x16, 3, 1, 0x40, 0, 1, 0x40, 0, 1]);
    expect(peekClientHello(declared)).toEqual({ kind: 'malformed' });
  });
});
