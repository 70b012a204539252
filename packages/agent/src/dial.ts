import { type Clock, isCodedError, type Logger } from '@sallyport/core';
import { dialGrpcLink, type GatewayConnection } from '@sallyport/tunnel/grpc';
import { dialTlsLink } from '@sallyport/tunnel/tls';
import type { AgentConfig } from './config.ts';
import { AGENT_CONFIG_DEFAULTS } from './config-defaults.ts';
import { connectThroughProxy, proxyUrl } from './egress-proxy.ts';
import type { AgentIdentity } from './identity/identity.ts';

/** Options of {@link createDialler}. */
export interface DiallerOptions extends Pick<AgentConfig, 'tunnelLink' | 'proxy'> {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Dials the server once, under an identity, over the link that was chosen. */
export type Dial = (identity: AgentIdentity, signal: AbortSignal) => Promise<GatewayConnection>;

/** Makes the way to the server. An older server that knows gRPC alone gets gRPC, whatever was chosen. */
export function createDialler(options: DiallerOptions): Dial {
  const { tunnelLink = AGENT_CONFIG_DEFAULTS.tunnelLink, proxy, clock, logger } = options;
  const over = (identity: AgentIdentity, signal: AbortSignal) => ({
    address: identity.tunnel.address,
    serverName: identity.tunnel.serverName,
    caPem: identity.tunnel.caPem,
    certPem: identity.certificatePem,
    keyPem: identity.privateKeyPem.reveal(),
    signal,
    clock,
  });
  const dialGrpc: Dial = (identity, signal) =>
    dialGrpcLink({ ...over(identity, signal), ...(proxy && { proxy: proxyUrl(proxy) }) });
  const dialTls: Dial = (identity, signal) =>
    dialTlsLink({
      ...over(identity, signal),
      ...(proxy && { connect: (host: string, port: number) => connectThroughProxy(proxy, host, port) }),
    });
  if (tunnelLink === 'grpc') return dialGrpc;
  return async (identity, signal) => {
    try {
      return await dialTls(identity, signal);
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'ERR_TUNNEL_LINK_UNKNOWN') throw error;
      logger.warn({ err: error }, 'the server knows no tunnels straight over TLS: this one runs on gRPC');
      return dialGrpc(identity, signal);
    }
  };
}
