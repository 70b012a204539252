/** An attacker in a process of its own: one kind of attack over and over, until it is stopped. Argument: path of a JSON file. */
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FLOODS, type FloodTarget, flood } from '../tests/security/http2-floods.ts';

/** What an attacker is told. */
export interface FloodOptions {
  /** Name of one of the HTTP/2 floods, or one of the attacks on handshakes. */
  readonly attack: string;
  /** Connections that attack at one time. */
  readonly concurrency: number;
  readonly target: FloodTarget;
}

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as FloodOptions & {
  readonly target: { readonly greeting?: string };
};
const target: FloodTarget = {
  ...options.target,
  ...(options.target.greeting !== undefined && { greeting: Buffer.from(options.target.greeting, 'base64') }),
};
const { port, caPem, serverName } = target;
const http2Flood = FLOODS.find(({ name }) => name === options.attack);

/** One connection, to its end. Whether it ended well says nothing here. */
const attempt = (): Promise<unknown> => {
  if (http2Flood !== undefined) return flood(target, http2Flood, () => false).catch(() => undefined);
  return options.attack === 'handshakes' ? handshake() : stalledHello();
};

/** A whole handshake, and nothing else. */
const handshake = () =>
  new Promise<void>((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: caPem, ...(serverName && { servername: serverName }) });
    socket.on('secureConnect', () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });

/** The beginning of a ClientHello, until the server gives up. */
const stalledHello = () =>
  new Promise<void>((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.write(Buffer.from('1603010200010001fc0303', 'hex'));
    socket.on('error', () => {});
    socket.resume().on('close', () => resolve());
  });

async function attack(): Promise<never> {
  for (;;) {
    await attempt();
    // A refusal at once must not keep the process from hearing that it is to stop.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

for (let i = 0; i < options.concurrency; i++) void attack();
process.stdout.write('under way\n');
