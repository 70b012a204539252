import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { type Clock, systemClock } from '@sallyport/core';
import { TunnelError } from '../errors.ts';
import type { AgentHealth, DialOptions, GatewayConnection, RenewedCertificate } from '../gateway/contracts.ts';
import { parseCertificates } from '../gateway/pem.ts';
import { createCallLink } from './call-link.ts';
import { followSockets } from './grpc-internals.ts';
import { agentGatewayService, HTTP2_WINDOW_BYTES, MAX_MESSAGE_BYTES } from './service.ts';

/** Options of {@link dialGrpcLink}. */
export interface DialGrpcOptions extends DialOptions {
  /** HTTP proxy to CONNECT through, `http://user:password@host:port`. */
  readonly proxy?: URL;
}

/** Time an orderly end may take before the connection is cut, in milliseconds. */
const LINGER_MS = 1_000;

/**
 * Dials a server and opens the tunnel's call; resolves once the server accepted it. Does not retry.
 * @throws TunnelError `ERR_TUNNEL_DIAL` when the server can't be reached, is not the one it should be, or refuses us;
 * `ERR_TUNNEL_CERTIFICATE_MALFORMED`
 */
export async function dialGrpcLink(options: DialGrpcOptions): Promise<GatewayConnection> {
  const {
    address,
    serverName,
    caPem,
    certPem,
    keyPem,
    proxy,
    signal,
    connectTimeoutMs = 10_000,
    clock = systemClock,
  } = options;
  signal?.throwIfAborted();
  parseCertificates(caPem, 'CA bundle');
  const identity = credentials.createSsl(Buffer.from(caPem), Buffer.from(keyPem), Buffer.from(certPem));
  const sockets = followSockets(identity);
  const client = new Client(`dns:${proxy === undefined ? address : proxyAddress(proxy)}`, identity, {
    'grpc.ssl_target_name_override': serverName,
    'grpc.default_authority': serverName,
    'grpc-node.flow_control_window': HTTP2_WINDOW_BYTES,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    // Each tunnel is a connection of its own, also to the same address.
    'grpc.use_local_subchannel_pool': 1,
    // The library reads no environment: a proxy is given, or there is none.
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    'grpc.service_config_disable_resolution': 1,
    ...(proxy === undefined ? {} : { 'grpc.http_connect_target': `dns:${address}` }),
    ...(proxy === undefined || proxy.username === '' ? {} : { 'grpc.http_connect_creds': proxyCredentials(proxy) }),
  });
  const { connect } = agentGatewayService;
  const call = client.makeBidiStreamRequest(
    connect.path,
    connect.requestSerialize,
    connect.responseDeserialize,
    new Metadata(),
  );
  const { link, finish } = createCallLink(call, (reason) => {
    if (reason === undefined) {
      call.end();
      clock.setTimeout(() => call.cancel(), LINGER_MS);
    } else {
      call.cancel();
    }
  });
  call.on('end', () => finish());
  call.on('error', (error: Error) => finish(closedBy(error)));
  let isOver = false;
  call.on('status', () => {
    isOver = true;
    client.close();
    // A peer that is gone acknowledges nothing: its socket must not wait for the kernel to give up.
    clock.setTimeout(() => sockets.destroy(), LINGER_MS);
  });

  await accepted(call, { signal, connectTimeoutMs, clock }).catch((error: unknown) => {
    call.cancel();
    client.close();
    sockets.destroy();
    throw new TunnelError({
      code: 'ERR_TUNNEL_DIAL',
      message: `can't open a tunnel to ${address} as ${serverName}: ${describe(error)}`,
      cause: error,
    });
  });

  return {
    link,
    renewCertificate: (csrPem) => renew(client, csrPem),
    watchTrust(listener, onEnd) {
      const { path, requestSerialize, responseDeserialize } = agentGatewayService.watchTrust;
      const watch = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
      watch.on('data', listener);
      watch.on('error', (error: Error) => {
        if (!isOver) onEnd(error);
      });
      // An open call of its own would keep the connection from closing with the tunnel.
      call.once('status', () => watch.cancel());
    },
    reportHealth: (health) => reportHealth(client, health),
    watchAccess(first, listener, onEnd) {
      const { path, requestSerialize, responseDeserialize } = agentGatewayService.watchAccess;
      const watch = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
      let hasEnded = false;
      watch.on('data', listener);
      watch.on('status', () => {
        hasEnded = true;
      });
      watch.on('error', (error: Error) => {
        if (!isOver) onEnd(error);
      });
      // An open call of its own would keep the connection from closing with the tunnel.
      call.once('status', () => watch.cancel());
      watch.write(first);
      return (report) => {
        if (!isOver && !hasEnded) watch.write(report);
      };
    },
    close: () => link.close(),
  };
}

/** Resolves with the server's initial metadata: it has let us in. */
function accepted(
  call: ClientDuplexStream<Uint8Array, Uint8Array>,
  options: { readonly signal: AbortSignal | undefined; readonly connectTimeoutMs: number; readonly clock: Clock },
): Promise<void> {
  const { signal, connectTimeoutMs, clock } = options;
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(
      () => settle(() => reject(new Error(`no answer within ${connectTimeoutMs} ms`))),
      connectTimeoutMs,
    );
    const onAbort = () => settle(() => reject(signal?.reason as Error));
    const onMetadata = () => settle(resolve);
    const onError = (error: Error) => settle(() => reject(error));
    function settle(then: () => void): void {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      call.off('metadata', onMetadata);
      call.off('error', onError);
      then();
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    call.on('metadata', onMetadata);
    call.on('error', onError);
  });
}

function renew(client: Client, csrPem: string): Promise<RenewedCertificate> {
  const { path, requestSerialize, responseDeserialize } = agentGatewayService.renewCertificate;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { csrPem }, (error, response) => {
      if (error === null && response !== undefined) {
        const { certificatePem, notBefore, notAfter } = response;
        resolve({ certificatePem, notBefore: new Date(notBefore), notAfter: new Date(notAfter) });
        return;
      }
      const message = `certificate was not renewed: ${describe(error)}`;
      reject(new TunnelError({ code: 'ERR_TUNNEL_DIAL', message, cause: error }));
    });
  });
}

function reportHealth(client: Client, health: AgentHealth): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = agentGatewayService.reportHealth;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { ...health }, (error) => {
      if (error === null) return resolve();
      const message = `health was not reported: ${describe(error)}`;
      reject(new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message, cause: error }));
    });
  });
}

function closedBy(error: Error): TunnelError {
  return new TunnelError({
    code: 'ERR_TUNNEL_CLOSED',
    message: `tunnel's call ended: ${describe(error)}`,
    cause: error,
  });
}

function describe(error: unknown): string {
  if (error instanceof Error && 'details' in error && typeof error.details === 'string') return error.details;
  return error instanceof Error ? error.message : String(error);
}

function proxyAddress(proxy: URL): string {
  if (proxy.protocol !== 'http:') {
    throw new TunnelError({
      code: 'ERR_TUNNEL_DIAL',
      message: `proxy has the scheme ${proxy.protocol.slice(0, -1)}, only http is possible`,
      nextStep: 'Give the proxy as http://host:port; what goes through it is TLS all the same.',
    });
  }
  return `${proxy.hostname}:${proxy.port === '' ? '80' : proxy.port}`;
}

function proxyCredentials(proxy: URL): string {
  return `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
}
