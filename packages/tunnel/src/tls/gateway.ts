import type { TLSSocket } from 'node:tls';
import { silentLogger, systemClock } from '@sallyport/core';
import { TunnelError } from '../errors.ts';
import type { AccessListener, GatewayOptions, OtherProtocol } from '../gateway/contracts.ts';
import { decodeMessage } from '../gateway/decode-message.ts';
import { type GatewayPeer, readPeerCertificate } from '../gateway/peer.ts';
import { parseCertificates } from '../gateway/pem.ts';
import { refusalText } from '../gateway/refusal.ts';
import {
  AccessReport,
  AccessState,
  HealthReport,
  RenewRequest,
  RenewResponse,
  Trust,
} from '../gen/sallyport/agent/v1/gateway.ts';
import { TokenBucket } from '../rate-limit.ts';
import { encodeRecord, RECORD } from './record.ts';
import { createTlsLink } from './tls-link.ts';

/** Name of the link in the TLS handshake (ALPN, RFC 7301). PROTOCOL.md, section 11.1. */
export const TLS_LINK_PROTOCOL = 'sallyport-tunnel/1';

/** Records beside the batches that an agent may send at once, and each second. It has something to say every few seconds. */
const RECORD_BURST = 100;
const RECORDS_PER_SECOND = 10;

/**
 * Makes the gateway of agents that dial without gRPC. It has no port and no handshake of its own: hand it to the gRPC gateway as
 * its `other` protocol.
 * @throws TunnelError `ERR_TUNNEL_CERTIFICATE_MALFORMED`
 */
export function createTlsGateway(options: GatewayOptions): OtherProtocol {
  const { onConnect, onRefused, clock = systemClock, logger = silentLogger } = options;
  let authorities = parseCertificates(options.credentials.clientCaPem, 'client CA');
  const sockets = new Set<TLSSocket>();

  function admit(socket: TLSSocket): GatewayPeer {
    const raw: Uint8Array | undefined = socket.getPeerCertificate().raw;
    if (raw === undefined || !socket.authorized) {
      throw new TunnelError({ code: 'ERR_TUNNEL_PEER_REFUSED', message: 'no client certificate' });
    }
    const certificate = readPeerCertificate(raw, authorities, new Date(clock.now()));
    return { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, certificate };
  }

  function refuse(error: unknown, address: string | undefined): string {
    onRefused?.(error as Error, address);
    logger.warn({ err: error, address }, 'agent gateway refused a call');
    return refusalText(error);
  }

  function serve(socket: TLSSocket, peer: GatewayPeer): void {
    const bucket = new TokenBucket(RECORD_BURST, RECORDS_PER_SECOND, () => clock.monotonicMs());
    let access: AccessListener | undefined;
    let isRenewing = false;

    async function renew(payload: Uint8Array): Promise<void> {
      if (isRenewing) throw protocolError('a certificate was asked for while another one was being made');
      isRenewing = true;
      try {
        const { csrPem } = decodeMessage('RenewRequest', RenewRequest, payload);
        const { certificatePem, notBefore, notAfter } = await options.onRenew(csrPem, admit(socket));
        const dates = { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() };
        send(RECORD.renewed, RenewResponse.encode({ certificatePem, ...dates }).finish());
      } catch (error) {
        send(RECORD.renewRefused, Buffer.from(refuse(error, peer.address)));
      } finally {
        isRenewing = false;
      }
    }

    function reportAccess(payload: Uint8Array): void {
      const report = decodeMessage('AccessReport', AccessReport, payload);
      if (access !== undefined) access.report(report);
      else access = options.onAccess?.(report, link, watcher);
    }

    const watcher = { send: (state: AccessState) => send(RECORD.accessState, AccessState.encode(state).finish()) };
    const { link, send } = createTlsLink(socket, {
      onRecord(type, payload) {
        if (!bucket.take()) throw protocolError('too many records');
        if (type === RECORD.renew) renew(payload).catch((error: unknown) => link.close(error as Error));
        else if (type === RECORD.accessReport) reportAccess(payload);
        else if (type === RECORD.health) {
          options.onHealth?.(decodeMessage('HealthReport', HealthReport, payload), link);
        }
      },
      onEnd() {
        stopTrust?.();
        access?.end();
      },
      clock,
    });
    send(RECORD.accepted, Buffer.alloc(0));
    const { trust } = options;
    const sendTrust = () => trust && send(RECORD.trust, Trust.encode(trust.current()).finish());
    const stopTrust = trust?.onChange(sendTrust);
    sendTrust();
    onConnect(link, peer);
  }

  return {
    name: TLS_LINK_PROTOCOL,
    accept(socket) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      try {
        serve(socket, admit(socket));
      } catch (error) {
        // Nobody listens to the socket yet.
        socket.on('error', () => {});
        socket.end(encodeRecord(RECORD.close, Buffer.from(refuse(error, socket.remoteAddress))), () =>
          socket.destroy(),
        );
      }
    },
    updateCredentials({ clientCaPem }) {
      authorities = parseCertificates(clientCaPem, 'client CA');
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function protocolError(message: string): TunnelError {
  return new TunnelError({ code: 'ERR_TUNNEL_PROTOCOL', message });
}
