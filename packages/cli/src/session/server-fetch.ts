import { Agent, fetch, type RequestInit } from 'undici';
import { CliError } from '../errors.ts';

/** A `fetch` that reaches one server and no other. */
export interface ServerFetch {
  (url: string, init?: FetchInit): Promise<Response>;
  /** Ends the pooled connections. */
  close(): Promise<void>;
}

/** The part of `fetch`'s options that is used here. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: Record<string, string> | Headers;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null;
}

/** What {@link createServerFetch} needs. */
export interface ServerFetchOptions {
  /** Requests to any other origin are refused before a byte leaves. */
  readonly origin: string;
  /** The only authorities trusted. Absent: those of the system and of `NODE_EXTRA_CA_CERTS`. */
  readonly caPem?: string;
  /** Longest wait for a whole answer, in milliseconds. Defaults to 20 000. */
  readonly timeoutMs?: number;
}

/**
 * Creates the one door through which commands reach a server. It checks certificates always, follows no redirect, and
 * refuses every other origin: whatever a discovery document or an answer says, a token can't leave for another host.
 * Calls reject with `ERR_CLI_FOREIGN_HOST`, `ERR_CLI_SERVER_UNREACHABLE`, `ERR_CLI_CERTIFICATE_UNTRUSTED` or
 * `ERR_CLI_PLAIN_HTTP`.
 */
export function createServerFetch({ origin, caPem, timeoutMs = 20_000 }: ServerFetchOptions): ServerFetch {
  const agent = new Agent({
    connect: {
      // Stated, because the default follows NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: true,
      timeout: 10_000,
      ...(caPem !== undefined && { ca: caPem }),
    },
  });

  async function serverFetch(url: string, init: FetchInit = {}): Promise<Response> {
    const target = new URL(url);
    if (target.origin !== origin) throw foreignHost(target.origin, origin);
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(target, {
        ...(init as RequestInit),
        redirect: 'manual',
        signal: init.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
        dispatcher: agent,
      });
      if (response.status >= 300 && response.status < 400) throw redirected(target, response.status);
      return response;
    } catch (error) {
      init.signal?.throwIfAborted();
      throw error instanceof CliError ? error : describeFailure(origin, error);
    }
  }

  return Object.assign(serverFetch, { close: () => agent.destroy() });
}

function foreignHost(asked: string, origin: string): CliError {
  return new CliError({
    code: 'ERR_CLI_FOREIGN_HOST',
    message: `a request of the login session for ${origin} would have gone to ${asked}`,
    nextStep: 'Log in to that server itself if you mean to use it.',
  });
}

function redirected(target: URL, status: number): CliError {
  return new CliError({
    code: 'ERR_CLI_DISCOVERY_REFUSED',
    message: `${target.origin} answered ${target.pathname} with a redirect (${status}), which is not followed`,
    nextStep: "Use the server's own address, not one that forwards to it.",
  });
}

const UNTRUSTED: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

// OpenSSL's word for an answer that is no TLS record: a plain HTTP server behind an https address.
const NOT_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'EPROTO',
]);

/** Translates what a failed request rejects with into the sentence a person can act on. */
export function describeFailure(origin: string, error: unknown): CliError {
  const reason = innermost(error);
  const code = String((reason as NodeJS.ErrnoException | undefined)?.code ?? '');
  if (UNTRUSTED.has(code)) {
    return new CliError({
      code: 'ERR_CLI_CERTIFICATE_UNTRUSTED',
      message: `the certificate of ${origin} is not trusted: ${reason?.message ?? code}`,
      cause: error,
      nextStep: 'Pass the CA of the server with "sallyport login --ca-file FILE", or have its certificate renewed.',
    });
  }
  if (NOT_TLS.has(code)) {
    return new CliError({
      code: 'ERR_CLI_PLAIN_HTTP',
      message: `${origin} does not speak TLS on this port`,
      cause: error,
      nextStep: 'Check the port: credentials travel over HTTPS only.',
    });
  }
  return new CliError({
    code: 'ERR_CLI_SERVER_UNREACHABLE',
    message: `${origin} can't be reached: ${code || reason?.message || 'no answer'}`,
    cause: error,
    nextStep: 'Check the address and the network, and that the server runs.',
  });
}

function innermost(error: unknown): Error | undefined {
  let reason = error;
  while (reason instanceof Error) {
    const inner = reason instanceof AggregateError ? reason.errors[0] : reason.cause;
    if (!(inner instanceof Error)) return reason;
    reason = inner;
  }
  return undefined;
}
