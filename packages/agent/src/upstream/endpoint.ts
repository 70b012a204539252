import { isIP } from 'node:net';
import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls';
import type { RawHeaders } from '@sallyport/core';
import { impersonationHeaders } from '@sallyport/core';
import { AgentError } from '../errors.ts';
import type { UpstreamIdentity, UpstreamRequest } from './contract.ts';

const EXPECTS_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Where and how kube-apiserver is reached. */
export interface EndpointOptions {
  /** DNS name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Name that the certificate is checked against, when it is not `host`. */
  readonly serverName?: string;
  /** Certificates of the pinned CA, PEM, one each; see `parseCaBundle`. */
  readonly ca: readonly string[];
  /** Client certificate and key of the agent, PEM, when it has no token. */
  readonly certificate?: { readonly certificatePem: string; readonly keyPem: string };
  /** The agent's own bearer token at this moment, when it has one. */
  readonly token?: () => string;
}

/** An {@link EndpointOptions} made ready: one TLS context for all connections. */
export interface Endpoint {
  readonly origin: string;
  /** What stands in `Host`: always the configured name, never one that a caller sent. */
  readonly authority: string;
  readonly tls: ConnectionOptions & {
    readonly host: string;
    readonly port: number;
    readonly secureContext: SecureContext;
  };
  /** Whether connections are made with a client certificate, which counts for more than any token. */
  readonly hasCertificate: boolean;
  /** `Authorization` of the agent itself, as header lines; empty with a client certificate. */
  ownCredential(): string[];
}

/** Prepares an endpoint. Verification of its certificate can't be turned off, not by the environment either. */
export function resolveEndpoint(options: EndpointOptions): Endpoint {
  const { host, port, certificate, token } = options;
  const bracketed = isIP(host) === 6 ? `[${host}]` : host;
  const url = new URL(`https://${bracketed}:${port}`);
  const name = options.serverName ?? host;
  return {
    origin: url.origin,
    authority: url.host,
    tls: {
      host,
      port,
      // SNI carries no addresses (RFC 6066, section 3); an address is still checked against the certificate.
      servername: isIP(name) === 0 ? name : '',
      // Stated, because the default follows NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: true,
      // One context for all: parsed once, and kept out of the pool's keys.
      secureContext: createSecureContext({
        ca: [...options.ca],
        minVersion: 'TLSv1.2',
        ...(certificate && { cert: certificate.certificatePem, key: certificate.keyPem }),
      }),
    },
    hasCertificate: certificate !== undefined,
    ownCredential: () => (token === undefined ? [] : ['Authorization', `Bearer ${token()}`]),
  };
}

/**
 * The complete header lines of a request: our own Host first, what came along, the agent's credential, and the identity
 * last, so that nothing can stand behind it. Throws where the identity is incomplete; a request without one has no form.
 */
export function requestLines(endpoint: Endpoint, request: UpstreamRequest): RawHeaders {
  let framing: string[] = [];
  if (request.body === 'chunked') framing = ['Transfer-Encoding', 'chunked'];
  // Stated for methods that usually have a body: Node would announce a chunked one, before an upgrade too.
  else if (request.body === 'none' && EXPECTS_BODY.has(request.method)) framing = ['Content-Length', '0'];
  return [
    'Host',
    endpoint.authority,
    // Stated first, because Node would add its own line behind the identity. HTTP/2 leaves it out.
    ...(request.upgrade === undefined ? ['Connection', 'keep-alive'] : []),
    ...request.headers,
    ...framing,
    ...identityLines(endpoint, request.as),
  ];
}

/**
 * Credential and identity, as the last lines of a head. A token stands in place of the agent's own credential: beside a client
 * certificate it would count for nothing.
 * @throws AgentError `ERR_AGENT_TOKEN` for a token where the agent itself has a client certificate; CoreError
 * `ERR_IMPERSONATION_INVALID`
 */
export function identityLines(endpoint: Endpoint, as: UpstreamIdentity): string[] {
  if (!('token' in as)) return [...endpoint.ownCredential(), ...impersonationHeaders(as)];
  if (endpoint.hasCertificate) {
    throw new AgentError({
      code: 'ERR_AGENT_TOKEN',
      message: 'people can not act by ServiceAccounts where the agent itself has a client certificate',
      nextStep: 'Give the agent a token.',
    });
  }
  return ['Authorization', `Bearer ${as.token.reveal()}`];
}
