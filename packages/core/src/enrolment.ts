import type { ClusterId } from './ids.ts';

/** Body of `POST /agent/v1/enroll`: a join token is exchanged for a certificate over a key that never leaves the agent. */
export interface EnrolmentRequest {
  readonly joinToken: string;
  /** PKCS#10, P-256, PEM. Only its public key is used. */
  readonly csrPem: string;
  readonly agentVersion: string;
}

/** Answer to an {@link EnrolmentRequest}. */
export interface EnrolmentResponse {
  readonly clusterId: ClusterId;
  readonly clusterName: string;
  /** The agent's certificate; its SAN URI is `sallyport://cluster/<clusterId>`. */
  readonly certificatePem: string;
  readonly tunnel: TunnelEndpoint;
}

/** Where and how an agent dials its tunnel. */
export interface TunnelEndpoint {
  /** `host:port`. */
  readonly address: string;
  /** TLS server name that leads to the agent gateway; also the name its certificate is checked against. */
  readonly serverName: string;
  /** CA of the gateway's certificate, PEM. */
  readonly caPem: string;
}

/** The SAN URI that binds an agent's certificate to its cluster. */
export function clusterSanUri(clusterId: ClusterId): string {
  return `sallyport://cluster/${clusterId}`;
}
