import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { systemClock } from '@sallyport/core';
import { TunnelError } from '../errors.ts';
import type { DialOptions, GatewayConnection, RenewedCertificate } from '../gateway/contracts.ts';
import { decodeMessage } from '../gateway/decode-message.ts';
import { parseCertificates } from '../gateway/pem.ts';
import {
  AccessReport,
  AccessState,
  HealthReport,
  RenewRequest,
  RenewResponse,
  Trust,
} from '../gen/sallyport/agent/v1/gateway.ts';
import { TLS_LINK_PROTOCOL } from './gateway.ts';
import { RECORD } from './record.ts';
import { createTlsLink, PeerReason } from './tls-link.ts';

/** Options of {@link dialTlsLink}. */
export interface DialTlsOptions extends DialOptions {
  /** Connects to the server, for example through a proxy. Default: TCP. */
  readonly connect?: (host: string, port: number) => Promise<Socket>;
}

/**
 * Dials a server and makes the connection itself the link; resolves once the server accepted the certificate. Does not retry.
 * @throws TunnelError `ERR_TUNNEL_DIAL` when the server can't be reached, is not the one it should be, or refuses us, and
 * `ERR_TUNNEL_LINK_UNKNOWN` when it knows no such link; `ERR_TUNNEL_CERTIFICATE_MALFORMED`
 */
export async function dialTlsLink(options: DialTlsOptions): Promise<GatewayConnection> {
  const { address, serverName, caPem, signal, connectTimeoutMs = 10_000, clock = systemClock } = options;
  signal?.throwIfAborted();
  parseCertificates(caPem, 'CA bundle');
  const giveUp = new AbortController();
  const timer = clock.setTimeout(
    () => giveUp.abort(new Error(`no answer within ${connectTimeoutMs} ms`)),
    connectTimeoutMs,
  );
  const until = signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal]);
  try {
    const socket = await handshake(options, until);
    return await connection(socket, options, until);
  } catch (error) {
    const isUnknown = isCode(error, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    throw new TunnelError({
      code: isUnknown ? 'ERR_TUNNEL_LINK_UNKNOWN' : 'ERR_TUNNEL_DIAL',
      message: `can't open a tunnel to ${address} as ${serverName}: ${
        isUnknown ? 'the server knows no link straight over TLS' : (error as Error).message
      }`,
      cause: error,
    });
  } finally {
    timer.cancel();
  }
}

async function handshake(options: DialTlsOptions, until: AbortSignal): Promise<TLSSocket> {
  const { address, serverName, caPem, certPem, keyPem, connect } = options;
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1));
  const connecting = connect === undefined ? dialTcp(host, port, until) : connect(host, port);
  // A connection that comes too late belongs to nobody.
  const raw = await raced(connecting, until, (late) => late.destroy());
  const socket = connectTls({
    socket: raw,
    servername: serverName,
    ca: caPem,
    cert: certPem,
    key: keyPem,
    minVersion: 'TLSv1.2',
    ALPNProtocols: [TLS_LINK_PROTOCOL],
  });
  try {
    await once(socket, 'secureConnect', { signal: until });
  } catch (error) {
    socket.on('error', () => {}).destroy();
    throw until.aborted ? (until.reason as Error) : error;
  }
  return socket;
}

async function dialTcp(host: string, port: number, until: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ host, port });
  try {
    await once(socket, 'connect', { signal: until });
    return socket;
  } catch (error) {
    socket.on('error', () => {}).destroy();
    throw error;
  }
}

/** Makes the connection of a socket once the server accepted our certificate, which TLS 1.3 leaves open after the handshake. */
async function connection(socket: TLSSocket, options: DialTlsOptions, until: AbortSignal): Promise<GatewayConnection> {
  const { clock = systemClock } = options;
  let onAccepted: () => void = () => {};
  let onFailed: (error: Error) => void = () => {};
  const accepted = new Promise<void>((resolve, reject) => {
    onAccepted = resolve;
    onFailed = reject;
  });
  let trust: Trust | undefined;
  let onTrust: ((trust: Trust) => void) | undefined;
  let onAccess: ((state: AccessState) => void) | undefined;
  let renewal: { resolve(renewed: RenewedCertificate): void; reject(error: Error): void } | undefined;
  let isOver = false;

  function settleRenewal(settle: (pending: NonNullable<typeof renewal>) => void): void {
    const pending = renewal;
    renewal = undefined;
    if (pending !== undefined) settle(pending);
  }

  const { link, send } = createTlsLink(socket, {
    onRecord(type, payload) {
      if (type === RECORD.accepted) onAccepted();
      else if (type === RECORD.trust) {
        trust = decodeMessage('Trust', Trust, payload);
        onTrust?.(trust);
      } else if (type === RECORD.accessState) onAccess?.(decodeMessage('AccessState', AccessState, payload));
      else if (type === RECORD.renewed) {
        const { certificatePem, notBefore, notAfter } = decodeMessage('RenewResponse', RenewResponse, payload);
        settleRenewal(({ resolve }) =>
          resolve({ certificatePem, notBefore: new Date(notBefore), notAfter: new Date(notAfter) }),
        );
      } else if (type === RECORD.renewRefused) {
        settleRenewal(({ reject }) => reject(notRenewed(Buffer.from(payload).toString())));
      }
    },
    onEnd(error) {
      isOver = true;
      onFailed(error ?? new Error('the server closed the connection'));
      settleRenewal(({ reject }) => reject(notRenewed('the connection ended')));
    },
    clock,
  });

  try {
    await raced(accepted, until);
  } catch (error) {
    link.close();
    socket.destroy();
    throw error;
  }
  return {
    link,
    renewCertificate(csrPem) {
      if (isOver) return Promise.reject(notRenewed('the connection ended'));
      if (renewal !== undefined) return Promise.reject(notRenewed('another renewal is under way'));
      return new Promise((resolve, reject) => {
        renewal = { resolve, reject };
        send(RECORD.renew, RenewRequest.encode({ csrPem }).finish());
      });
    },
    watchTrust(listener) {
      onTrust = listener;
      if (trust !== undefined) listener(trust);
    },
    async reportHealth(health) {
      if (isOver) throw new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: 'the connection ended' });
      send(RECORD.health, HealthReport.encode({ ...health }).finish());
    },
    watchAccess(first, listener) {
      onAccess = listener;
      const report = (next: AccessReport) => send(RECORD.accessReport, AccessReport.encode(next).finish());
      report(first);
      return report;
    },
    close: () => link.close(),
  };
}

/** What `work` comes to, or the reason of `until` when that is aborted first; what comes after it goes to `onLate`. */
function raced<Result>(work: Promise<Result>, until: AbortSignal, onLate?: (late: Result) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(until.reason as Error);
      work.then(onLate, () => {});
    };
    if (until.aborted) return onAbort();
    until.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => until.removeEventListener('abort', onAbort));
  });
}

function notRenewed(reason: string): TunnelError {
  const cause = new PeerReason(reason);
  return new TunnelError({ code: 'ERR_TUNNEL_DIAL', message: `certificate was not renewed: ${reason}`, cause });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
