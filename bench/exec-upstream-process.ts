/**
 * An upstream that answers every exec over WebSocket with some MiB of terminal output. Argument: JSON. First line on stdout: its
 * port.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

/** What {@link ./recording.ts} passes. */
export interface ExecUpstreamOptions {
  readonly pki: string;
  /** Output of one exec. */
  readonly mebibytes: number;
}

/** As much as kubelets send at once. */
const PIECE_BYTES = 32 * 1_024;
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const STDOUT = 1;
const STATUS = 3;

const { pki, mebibytes } = JSON.parse(process.argv[2] ?? '{}') as ExecUpstreamOptions;
const output = frame(STDOUT, Buffer.from(terminalText(PIECE_BYTES)));
const end = Buffer.concat([
  frame(STATUS, Buffer.from(JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }))),
  Buffer.of(0x88, 2, 0x03, 0xe8),
]);

const server = createServer({
  key: readFileSync(join(pki, 'server.key')),
  cert: readFileSync(join(pki, 'server.crt')),
});
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`).digest('base64');
  socket.on('error', () => socket.destroy());
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n` +
      `sec-websocket-protocol: ${String(request.headers['sec-websocket-protocol']).split(',')[0]?.trim()}\r\n\r\n`,
  );
  socket.resume();
  send(socket, (mebibytes * 1_024 * 1_024) / PIECE_BYTES);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

function send(socket: Duplex, pieces: number): void {
  for (let left = pieces; left > 0; left -= 1) {
    if (socket.write(output)) continue;
    socket.once('drain', () => send(socket, left - 1));
    return;
  }
  socket.end(end);
}

/** A binary frame of one channel of exec. */
function frame(channel: number, bytes: Buffer): Buffer {
  const length = bytes.length + 1;
  const head = length < 126 ? Buffer.of(0x82, length) : Buffer.of(0x82, 126, length >> 8, length & 0xff);
  return Buffer.concat([head, Buffer.of(channel), bytes]);
}

/** Lines as logs have them: no two alike, and yet of few words. */
function terminalText(byteCount: number): string {
  const lines: string[] = [];
  for (let length = 0, i = 0; length < byteCount; i += 1) {
    const id = createHash('md5').update(String(i)).digest('hex');
    const line = `2026-11-22T10:${String(i % 60).padStart(2, '0')}:07.481Z INFO request ${id} took ${i % 97} ms\r\n`;
    lines.push(line);
    length += line.length;
  }
  return lines.join('').slice(0, byteCount);
}
