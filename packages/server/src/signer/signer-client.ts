import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestByHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestByHttps } from 'node:https';
import type { Clock, Logger, Timer } from '@sallyport/core';
import { type CapabilitySigner, reuseCapabilities } from '@sallyport/core/credentials';
import type { CapabilityKeys } from '../pki/capability-authority.ts';
import { SignerError, type SignerErrorCode } from './errors.ts';
import {
  CAPABILITIES_PATH,
  formatSignRequest,
  KEYS_PATH,
  type KeysAnswer,
  MAX_BODY_BYTES,
  parseCapability,
  parseFailure,
  parseKeys,
} from './protocol.ts';

/** How a server reaches its signer. */
export type SignerTarget =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      /** The server's own certificate, and the authority of the signer's. */
      readonly tls: { readonly certPem: string; readonly keyPem: string; readonly caPem: string };
    };

/** A signer in another process. */
export interface SignerClient extends CapabilityKeys {
  readonly signer: CapabilitySigner;
  /** Resolves once the signer was asked for its keys for the first time, whether it answered or not. */
  readonly asked: Promise<void>;
  /** Calls `listener` when the signer's keys changed. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** How often the signer is asked for its keys, in milliseconds. */
const KEY_POLL_MS = 1_000;
/** How long a request waits for the signer, in milliseconds. */
const TIMEOUT_MS = 2_000;
const MAX_SOCKETS = 16;

/**
 * Makes the client of a signer. It asks for the keys once a second from now on, and needs no signer to start: as long as none
 * answers, signing and {@link CapabilityKeys.jwks} fail with `ERR_SIGNER_AWAY`, and both work again once one does.
 */
export function createSignerClient(options: {
  readonly target: SignerTarget;
  readonly clock: Clock;
  readonly logger: Logger;
}): SignerClient {
  const { target, clock, logger } = options;
  const ask = createAsk(target);
  const listeners = new Set<() => void>();
  let known: KeysAnswer | undefined;
  let isAway = false;
  let isClosed = false;
  let timer: Timer | undefined;

  async function refresh(): Promise<void> {
    const answer = await ask('GET', KEYS_PATH, parseKeys);
    const isChanged = JSON.stringify(answer) !== JSON.stringify(known);
    known = answer;
    if (isChanged && !isClosed) for (const listener of listeners) listener();
  }

  async function poll(): Promise<void> {
    try {
      await refresh();
      if (isAway) logger.info({}, 'the signer is back');
      isAway = false;
    } catch (err) {
      if (!isAway && !isClosed) logger.error({ err }, 'the signer does not answer; no capability can be signed');
      isAway = true;
    }
    if (!isClosed) timer = clock.setTimeout(() => void poll(), KEY_POLL_MS);
  }

  const asked = poll();
  return {
    signer: reuseCapabilities({
      mint: (claims, notAfter) =>
        ask('POST', CAPABILITIES_PATH, parseCapability, formatSignRequest(claims, notAfter, clock.now())),
      isCurrent: (keyId) => keyId === known?.activeKeyId,
      clock,
    }),
    asked,
    jwks() {
      if (known === undefined) throw away('it has not answered since the server started');
      return known.jwks;
    },
    statements: () => known?.statements ?? [],
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      isClosed = true;
      timer?.cancel();
      ask.close();
    },
  };
}

interface Ask {
  <Result>(method: string, path: string, parse: (body: string) => Result, body?: string): Promise<Result>;
  close(): void;
}

/** Requests over kept connections. What is asked for has no effect of its own, so it may be repeated. */
function createAsk(target: SignerTarget): Ask {
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agent = target.kind === 'tcp' ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const open = (method: string, path: string, onResponse: (response: IncomingMessage) => void): ClientRequest => {
    const common = { agent, method, path, timeout: TIMEOUT_MS };
    if (target.kind === 'unix') return requestByHttp({ ...common, socketPath: target.path }, onResponse);
    const { host, port, tls } = target;
    const { certPem, keyPem, caPem } = tls;
    const own = { cert: certPem, key: keyPem, ca: caPem, minVersion: 'TLSv1.3' as const };
    return requestByHttps({ ...common, ...own, host, port }, onResponse);
  };

  const once = (method: string, path: string, body: string | undefined) =>
    new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const request = open(method, path, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_BODY_BYTES) request.destroy(new Error(`answer is more than ${MAX_BODY_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
        response.on('error', reject);
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      request.on('error', (error) => reject(Object.assign(error, { isStale: request.reusedSocket })));
      if (body === undefined) request.end();
      else {
        request.setHeader('content-type', 'application/json');
        request.setHeader('content-length', Buffer.byteLength(body));
        request.end(body);
      }
    });

  const ask = async <Result>(
    method: string,
    path: string,
    parse: (body: string) => Result,
    body?: string,
  ): Promise<Result> => {
    let answer: Awaited<ReturnType<typeof once>>;
    try {
      answer = await once(method, path, body).catch((error: Error & { isStale?: boolean }) => {
        // A kept connection may have ended with the signer that it led to; a new one leads to the next.
        if (error.isStale !== true) throw error;
        return once(method, path, body);
      });
    } catch (cause) {
      throw away((cause as NodeJS.ErrnoException).code ?? (cause as Error).message, cause);
    }
    if (answer.status !== 200) throw readFailure(answer.text, answer.status);
    try {
      return parse(answer.text);
    } catch (cause) {
      throw away('its answer can not be read', cause);
    }
  };
  return Object.assign(ask, { close: () => agent.destroy() });
}

const CODES: ReadonlySet<string> = new Set<SignerErrorCode>([
  'ERR_SIGNER_REQUEST',
  'ERR_SIGNER_REFUSED',
  'ERR_SIGNER_CLOCK',
  'ERR_SIGNER_BUSY',
  'ERR_SIGNER_LOG',
]);

function readFailure(text: string, status: number): SignerError {
  try {
    const { code, message } = parseFailure(text);
    if (CODES.has(code)) return new SignerError({ code: code as SignerErrorCode, message });
  } catch {
    // Not an answer of a signer; its status says what there is to say.
  }
  return away(`it answered with status ${status}`);
}

function away(why: string, cause?: unknown): SignerError {
  return new SignerError({
    code: 'ERR_SIGNER_AWAY',
    message: `the capability signer does not answer: ${why}`,
    cause,
    nextStep: 'Check that the signer runs, and that address and certificates in the configuration are right.',
  });
}
