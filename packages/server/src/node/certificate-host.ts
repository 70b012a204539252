import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../proxy/request.ts';

/** A TLS server that asks its peers for a certificate. */
export interface CertificateHost {
  /** Takes a connection; its handshake has not begun. */
  readonly server: Server;
  /** Replaces the server's own certificate; open connections live on. */
  updateTls(tls: CertificateHostTls): void;
}

/** Certificate chain and key of the server under the name of this host, PEM. */
export interface CertificateHostTls {
  readonly certPem: string;
  readonly keyPem: string;
}

const CLIENT_CERTIFICATE = Symbol('client certificate');

interface MarkedSocket {
  [CLIENT_CERTIFICATE]?: ClientCertificate;
}

/**
 * Makes the TLS server of the one host name whose connections are asked for a client certificate. The handshake proves that the
 * peer holds the certificate's key, and nothing more: who signed it, whether it lives and whether it was revoked is decided
 * for each request, where it can be refused with a sentence. So no list of authorities is sent, which with thousands of
 * organizations would not fit a handshake, and a resumed session (whose certificate comes from its ticket) gets no further
 * than a new one.
 */
export function createCertificateHost(
  tls: CertificateHostTls,
  options: { readonly handshakeTimeoutMs: number; onConnection(socket: TLSSocket): void },
): CertificateHost {
  const server = createServer(
    {
      ...contextOf(tls),
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: options.handshakeTimeoutMs,
      allowHalfOpen: true,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      const { raw } = socket.getPeerCertificate() as { readonly raw?: Buffer };
      (socket as MarkedSocket)[CLIENT_CERTIFICATE] = raw ?? 'absent';
      options.onConnection(socket);
    },
  );
  server.on('tlsClientError', () => {});
  return { server, updateTls: (renewed) => server.setSecureContext(contextOf(renewed)) };
}

/** What the peer of a connection has shown; `undefined` where nobody asked. HTTP/2 hands out a proxy of its socket. */
export function clientCertificateOf(socket: object | undefined): ClientCertificate | undefined {
  return (socket as MarkedSocket | undefined)?.[CLIENT_CERTIFICATE];
}

function contextOf({ certPem, keyPem }: CertificateHostTls): SecureContextOptions {
  // An empty `ca` keeps the machine's own list of public authorities out of it.
  return { cert: certPem, key: keyPem, ca: [], minVersion: 'TLSv1.2' };
}
