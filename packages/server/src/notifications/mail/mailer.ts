import type { Secret } from '@sallyport/core';
import { createTransport } from 'nodemailer';
import { NotificationError } from '../errors.ts';
import type { RenderedMail } from './render-mail.ts';

/** The SMTP server of an installation. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `starttls`: TLS is demanded before anything else is said. `none`: for a relay on the same machine. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly user?: string;
  readonly password?: Secret;
  /** Sender of all mail. */
  readonly from: string;
  /** Further certificate authority to trust, PEM. */
  readonly caPem?: string;
}

/** Sends mail. */
export interface Mailer {
  /**
   * Sends one mail to each of the addresses; none of them sees another. Each gets its own `Message-ID`, the same at every try.
   * @throws NotificationError `ERR_NOTIFICATION_UNREACHABLE`, `ERR_NOTIFICATION_REFUSED` when nobody was taken
   */
  send(mail: RenderedMail & { readonly id: string; readonly to: readonly string[] }): Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 15_000;

/** Creates the way to the SMTP server. A connection is opened for each mail. */
export function createMailer(settings: SmtpSettings): Mailer {
  const { host, port, security, user, password, from, caPem } = settings;
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '');
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== undefined && password !== undefined && { auth: { user, pass: password.reveal() } }),
    tls: { minVersion: 'TLSv1.2', ...(caPem !== undefined && { ca: caPem }) },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // Texts of people must never be read as a path or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async send({ id, to, subject, text, html, headers }) {
      try {
        await transport.sendMail({
          from,
          // Envelope and headers are given apart: nothing in a header can name a recipient.
          envelope: { from: addressOf(from), to: [...to] },
          to: 'undisclosed-recipients:;',
          messageId: `<${id}@${domain}>`,
          subject,
          text,
          html,
          headers: { ...headers },
        });
      } catch (error) {
        throw failure(`${host}:${port}`, error);
      }
    },
    close: () => transport.close(),
  };
}

function addressOf(from: string): string {
  return /<([^<>]+)>$/.exec(from)?.[1] ?? from;
}

/** Without the cause: what the server says may repeat addresses and credentials. */
function failure(server: string, error: unknown): NotificationError {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const word = typeof code === 'string' && /^[A-Z0-9_]{3,32}$/.test(code) ? code : 'no reason given';
  if (typeof responseCode !== 'number') {
    return new NotificationError({
      code: 'ERR_NOTIFICATION_UNREACHABLE',
      message: `the SMTP server ${server} could not be used: ${word}`,
      nextStep: 'Look whether it runs, and whether TLS is set as it wants it.',
    });
  }
  return new NotificationError({
    code: 'ERR_NOTIFICATION_REFUSED',
    message: `the SMTP server ${server} answered with ${responseCode} (${word})`,
    nextStep: 'Look at user, password and sender, and at its log.',
    // 5yz is for good (RFC 5321, section 4.2.1), of the message; who we are and whom we write to may be put right.
    isFinal: responseCode >= 500 && word === 'EMESSAGE',
  });
}
