import type { ClusterId } from './ids.ts';

/** Body of `POST /agent/v1/enroll`: a join token is exchanged for a certificate over a key that never leaves the agent. */
export interface EnrolmentRequest {
  readonly joinToken: string;
  /** PKCS#10, P-256, PEM. Only its public key is used. */
  readonly csrPem: string;
  readonly agentVersion: string;
  /** In which cluster the agent runs. Absent: it can't show that, and its tunnels are called unverified. */
  readonly attestation?: EnrolmentAttestation;
}

/** What an agent shows of its cluster's service account issuer when it enrols. */
export interface EnrolmentAttestation {
  /** Projected token of its service account, with {@link tunnelTokenAudience} as its audience. */
  readonly serviceAccountToken: string;
  /** JWK Set of the issuer, as the API server hands it out at `/openid/v1/jwks`. */
  readonly jwks: unknown;
}

/** Body of `POST /agent/v1/standing`: an agent that can't dial with its certificate asks whether its cluster is still wanted. */
export interface StandingRequest {
  /** The certificate that the agent had last, PEM. */
  readonly certificatePem: string;
}

/**
 * Answer to a {@link StandingRequest}. `deregistered`: the cluster was removed, and the agent takes its objects out of it.
 * `untrusted`: no authority that the server trusts has issued the certificate, so the agent has to enrol anew. `unknown` says
 * nothing: the cluster may be registered, or the server may never have heard of it.
 */
export interface StandingResponse {
  readonly standing: 'deregistered' | 'untrusted' | 'unknown';
}

/** Code in front of a gateway's refusal when the cluster of an agent was deregistered. */
export const DEREGISTERED_CODE = 'ERR_GATEWAY_CLUSTER_DEREGISTERED';

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

/** Audience of the service account tokens that agents show: good for one registration of one cluster, and nowhere else. */
export function tunnelTokenAudience(clusterId: ClusterId): string {
  return clusterSanUri(clusterId);
}

/** The SAN URI that binds an agent's certificate to its cluster. */
export function clusterSanUri(clusterId: ClusterId): string {
  return `sallyport://cluster/${clusterId}`;
}
