/**
 * The gRPC link: {@link dialGrpcLink} for an agent, {@link createGrpcGateway} for a server. Mutual TLS with pinned CAs;
 * what a certificate may do is for the caller to decide. See `PROTOCOL.md`, section 10.
 *
 * @packageDocumentation
 */
export type {
  AccessListener,
  AccessWatcher,
  AgentHealth,
  DialOptions,
  GatewayConnection,
  GatewayCredentials,
  GatewayOptions,
  OtherProtocol,
  RenewedCertificate,
  TrustSource,
} from '../gateway/contracts.ts';
export { decodeHello, decodeHelloAck, encodeHello, encodeHelloAck } from '../gateway/hello.ts';
export type { GatewayPeer, PeerCertificate } from '../gateway/peer.ts';
export type { AccessReport, AccessState, Hello, HelloAck, Trust } from '../gen/sallyport/agent/v1/gateway.ts';
export type { DialGrpcOptions } from './dial.ts';
export { dialGrpcLink } from './dial.ts';
export type { GrpcGateway, GrpcGatewayOptions } from './gateway.ts';
export { createGrpcGateway } from './gateway.ts';
