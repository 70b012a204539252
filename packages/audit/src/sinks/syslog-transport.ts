import { createSocket } from 'node:dgram';
import { connect as connectPlainly, isIP, isIPv6, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

/** Where messages go. */
export interface SyslogReceiver {
  /** What to connect to: an address, or a name that the system resolves. */
  readonly address: string;
  readonly port: number;
  /** Absent: without TLS. `servername` is what the certificate must be for. */
  readonly tls?: { readonly servername: string; readonly ca?: string };
}

/**
 * Sends messages over a connection of their own, each with its length before it (RFC 6587, section 3.4.1; RFC 5425, section 4.3).
 * Resolves once the receiver closed its side after ours: it has read everything.
 */
export async function sendStream(
  messages: readonly Buffer[],
  { address, port, tls }: SyslogReceiver,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const socket = tls === undefined ? connectPlainly({ host: address, port }) : openSecurely(address, port, tls);
  try {
    await exchange(
      socket,
      Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message])),
      signal,
    );
  } finally {
    socket.destroy();
  }
}

function openSecurely(host: string, port: number, { servername, ca }: NonNullable<SyslogReceiver['tls']>): Socket {
  return connectSecurely({
    host,
    port,
    // RFC 6066, section 3: addresses are no server names. The certificate is checked against them all the same.
    ...(isIP(servername) === 0 && { servername }),
    ...(ca !== undefined && { ca }),
    minVersion: 'TLSv1.2',
  });
}

function exchange(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let hasEnded = false;
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', reject);
    socket.on('end', () => {
      if (hasEnded) resolve();
      else reject(new Error('the receiver closed the connection before it had everything'));
    });
    socket.on('close', () => {
      signal.removeEventListener('abort', abort);
      reject(new Error('the connection was lost'));
    });
    // Receivers say nothing; what they say all the same must not hold up their end.
    socket.resume();
    socket.end(bytes, () => {
      hasEnded = true;
    });
  });
}

/** Sends each message as a datagram (RFC 5426, section 3.1). Resolves once the system has taken all of them. */
export async function sendDatagrams(
  messages: readonly Buffer[],
  { address, port }: SyslogReceiver,
  signal: AbortSignal,
): Promise<void> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    for (const message of messages) {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.send(message, port, address, (error) => {
          socket.removeListener('error', reject);
          if (error) reject(error);
          else resolve();
        });
      });
    }
  } finally {
    socket.close();
  }
}
