/**
 * The gRPC link: {@link dialGrpcLink} for an agent, {@link createGrpcGateway} for a server. Mutual TLS with pinned CAs;
 * what a certificate may do is for the caller to decide. See `PROTOCOL.md`, section 10.
 *
 * @packageDocumentation
 */
export type { AccessReport, AccessState, Hello, HelloAck, Trust } from '../gen/sallyport/agent/v1/gateway.ts';
export type { AgentHealth, DialGrpcOptions, GrpcConnection } from './dial.ts';
export { dialGrpcLink } from './dial.ts';
export type {
  AccessListener,
  AccessWatcher,
  GatewayCredentials,
  GrpcGateway,
  GrpcGatewayOptions,
  RenewedCertificate,
  TrustSource,
} from './gateway.ts';
export { createGrpcGateway } from './gateway.ts';
export { decodeHello, decodeHelloAck, encodeHello, encodeHelloAck } from './hello.ts';
export type { GatewayPeer, PeerCertificate } from './peer.ts';
