import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A mail that the double took. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, as they came. */
  readonly content: string;
  readonly wasEncrypted: boolean;
  /** User and password, if somebody signed in. */
  readonly login?: string;
}

/** Speaks SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH PLAIN (RFC 4616), as far as sending a mail needs it. */
export interface SmtpDouble {
  readonly port: number;
  readonly mails: readonly TakenMail[];
  /** Answers the next recipient with this line in place of 250. */
  refuseNext(line: string): void;
  close(): Promise<void>;
}

/** Starts the double on loopback; with `tls` it offers STARTTLS. */
export async function startSmtpDouble(
  options: { readonly tls?: { readonly certPem: string; readonly keyPem: string } } = {},
): Promise<SmtpDouble> {
  const mails: TakenMail[] = [];
  const sockets = new Set<Socket>();
  const refusals: string[] = [];

  function converse(socket: Socket, isEncrypted: boolean, isGreeted = false): void {
    let pending = '';
    let body: string[] | undefined;
    let mail = { from: '', to: [] as string[] };
    let login: string | undefined;
    const say = (line: string) => void socket.write(`${line}\r\n`);
    if (!isGreeted) say('220 double ESMTP');

    function command(line: string): void {
      const word = line.toUpperCase();
      if (word.startsWith('EHLO')) {
        const offers = ['double', ...(options.tls && !isEncrypted ? ['STARTTLS'] : []), 'AUTH PLAIN', '8BITMIME'];
        offers.forEach((offer, i) => {
          say(`250${i === offers.length - 1 ? ' ' : '-'}${offer}`);
        });
      } else if (word === 'STARTTLS' && options.tls !== undefined) {
        say('220 go ahead');
        socket.removeAllListeners('data');
        const { certPem, keyPem } = options.tls;
        const secured = new TLSSocket(socket, { isServer: true, cert: certPem, key: keyPem });
        secured.on('error', () => socket.destroy());
        converse(secured, true, true);
      } else if (word.startsWith('AUTH PLAIN ')) {
        login = Buffer.from(line.slice(11), 'base64').toString('utf8').split('\0').slice(1).join(':');
        say('235 welcome');
      } else if (word.startsWith('MAIL FROM:')) {
        mail = { from: addressIn(line), to: [] };
        say('250 ok');
      } else if (word.startsWith('RCPT TO:')) {
        const refusal = refusals.shift();
        if (refusal === undefined) mail.to.push(addressIn(line));
        say(refusal ?? '250 ok');
      } else if (word === 'DATA') {
        body = [];
        say('354 go on');
      } else if (word === 'QUIT') {
        say('221 bye');
        socket.end();
      } else say(word === 'RSET' ? '250 ok' : '502 not known');
    }

    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('utf8');
      for (let end = pending.indexOf('\r\n'); end !== -1; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        if (body === undefined) command(line);
        else if (line === '.') {
          mails.push({ ...mail, content: body.join('\r\n'), wasEncrypted: isEncrypted, ...(login && { login }) });
          body = undefined;
          say('250 taken');
        } else body.push(line.replace(/^\.\./, '.'));
      }
    });
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    converse(socket, false);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    refuseNext: (line) => void refusals.push(line),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}
