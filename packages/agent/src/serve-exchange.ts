import {
  type Clock,
  firstHeader,
  type Impersonation,
  isCodedError,
  isId,
  type KubernetesStatus,
  type Logger,
  type Timer,
} from '@sallyport/core';
import type { CapabilityVerifier, VerifiedCapability } from '@sallyport/core/credentials';
import type { RequestHead, ServedExchange, ServedExchangeHandler } from '@sallyport/tunnel/http';
import { assertCovered, assertSameAccess, type Ceiling } from './authorize-exchange.ts';
import type { AgentError } from './errors.ts';
import { forwardableHeaders, upgradeProtocol } from './forwardable-headers.ts';
import { isLongRunning } from './long-running.ts';
import type { AgentMetrics } from './metrics.ts';
import { forwardableTrailers, judgeResponse } from './response-head.ts';
import type {
  KubeUpstream,
  UpstreamCall,
  UpstreamHandler,
  UpstreamIdentity,
  UpstreamRequest,
} from './upstream/contract.ts';

/** Finds the identity by which somebody is acted as. A rejection refuses the exchange. */
export type Identify = (impersonation: Impersonation) => UpstreamIdentity | Promise<UpstreamIdentity>;

/** What exchanges are served with. */
export interface ServeExchangeOptions {
  readonly capabilities: CapabilityVerifier;
  readonly ceiling: Ceiling;
  readonly upstream: KubeUpstream;
  /** Who requests are made as for somebody who is to be acted as. Default: they are impersonated. */
  readonly identify?: Identify;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AgentMetrics;
}

/**
 * Serves one exchange: verify, build, forward, relay. kube-apiserver hears nothing before the capability is verified.
 * Credit returns for bytes only once kube-apiserver's connection took them, so what is held is bounded by the window
 * of the stream. The stream ends when its capability does, unless it is renewed for the same access.
 */
export function serveExchange(
  head: RequestHead,
  exchange: ServedExchange,
  options: ServeExchangeOptions,
): ServedExchangeHandler {
  const { capabilities, upstream, clock, logger, metrics } = options;
  const identify: Identify = options.identify ?? ((impersonation) => impersonation);
  let capability: VerifiedCapability | undefined;
  let identity: UpstreamIdentity | undefined;
  let expiry: Timer | undefined;
  let call: UpstreamCall | undefined;
  /** `held`: bytes wait for the call, or for 101; `open`: they go upstream; `discarded`: nobody wants them any more. */
  let outbound: 'held' | 'open' | 'discarded' = 'held';
  let held: Uint8Array[] = [];
  let hasCallerEnded = false;
  let hasUpstreamEnded = false;
  let isOver = false;
  metrics.exchangeStarted();

  function finish(): boolean {
    if (isOver) return false;
    isOver = true;
    expiry?.cancel();
    outbound = 'discarded';
    held = [];
    metrics.exchangeEnded();
    return true;
  }

  function abort(): boolean {
    call?.destroy();
    return finish();
  }

  function refuse(error: unknown): void {
    if (!abort()) return;
    const code = isCodedError(error) ? error.code : 'ERR_AGENT_EXCHANGE_REFUSED';
    logger.warn({ code, decisionId: head.decisionId, err: error }, 'exchange refused');
    metrics.exchangeRefused(code);
    const message = isCodedError(error) ? error.message : 'the agent failed to build the request';
    exchange.reset(code === 'ERR_AGENT_TOKEN' ? 'upstreamUnreachable' : 'capabilityRefused', message);
  }

  function admit(verified: VerifiedCapability): void {
    expiry?.cancel();
    capability = verified;
    expiry = clock.setTimeout(() => {
      if (abort()) exchange.reset('capabilityExpired', 'the capability of the stream ran out');
    }, verified.expiresAt.getTime() - clock.now());
  }

  /** Without a stated length, the first DATA or END tells whether there is a body, and so how it is framed. */
  function startWhenFramed(): void {
    if (identity === undefined || call !== undefined || isOver) return;
    const request = buildRequest(head, identity, { hasBytes: held.length > 0, hasEnded: hasCallerEnded });
    if (request === undefined) return;
    call = upstream.send(request, relay(request));
    // Bytes that come before a 101 wait for it: they must not reach a connection that did not become a pipe.
    if (request.upgrade === undefined) openOutbound();
  }

  function openOutbound(): void {
    outbound = 'open';
    for (const chunk of held.splice(0)) send(chunk);
    if (hasCallerEnded) call?.end();
  }

  function discardOutbound(): void {
    outbound = 'discarded';
    for (const chunk of held.splice(0)) exchange.consumed(chunk.length);
  }

  function send(chunk: Uint8Array): void {
    call?.write(chunk, () => exchange.consumed(chunk.length));
  }

  function relay(request: UpstreamRequest): UpstreamHandler {
    const { upgrade } = request;
    return {
      onHead(answer) {
        const judged = judgeResponse(answer, {
          origin: upstream.origin,
          target: head.target,
          ...(upgrade && { upgrade }),
        });
        if ('refuse' in judged) {
          abort();
          answerWith(exchange, judged.refuse, head.method);
          return;
        }
        try {
          exchange.respond(judged.relay);
        } catch (error) {
          // Too large for a frame: the tunnel has reset the stream already.
          logger.warn({ decisionId: head.decisionId, err: error }, 'answer can not be carried');
          abort();
          return;
        }
        if (answer.status === 101) openOutbound();
        else if (upgrade !== undefined) discardOutbound();
      },
      onData(chunk) {
        if (!exchange.write(chunk)) call?.pause();
      },
      onEnd(trailers) {
        hasUpstreamEnded = true;
        const isPipe = upgrade !== undefined && outbound === 'open';
        exchange.end(forwardableTrailers(trailers));
        if (!isPipe || hasCallerEnded) finish();
      },
      onError(error: AgentError) {
        if (!finish()) return;
        logger.warn({ code: error.code, decisionId: head.decisionId, err: error }, 'upstream failed');
        metrics.upstreamFailed(error.code);
        const code = error.code === 'ERR_AGENT_UPSTREAM_UNREACHABLE' ? 'upstreamUnreachable' : 'upstreamReset';
        exchange.reset(code, error.message);
      },
    };
  }

  function begin(verified: VerifiedCapability): void {
    if (isOver) return;
    try {
      assertCovered(verified, head, options.ceiling);
      admit(verified);
      const found = identify(verified.impersonation);
      if (found instanceof Promise) found.then(startAs).catch(refuse);
      else startAs(found);
    } catch (error) {
      refuse(error);
    }
  }

  function startAs(found: UpstreamIdentity): void {
    identity = found;
    startWhenFramed();
  }

  function renew(verified: VerifiedCapability): void {
    if (isOver || capability === undefined) return;
    try {
      assertSameAccess(capability, verified);
      admit(verified);
    } catch (error) {
      refuse(error);
    }
  }

  function withVerified(token: string, use: (verified: VerifiedCapability) => void): void {
    const known = capabilities.peek(token);
    if (known !== undefined) use(known);
    else capabilities.verify(token).then(use, refuse);
  }

  withVerified(head.capability, begin);

  return {
    onData(chunk) {
      if (outbound === 'open') return send(chunk);
      if (outbound === 'discarded') return exchange.consumed(chunk.length);
      held.push(chunk);
      try {
        startWhenFramed();
      } catch (error) {
        refuse(error);
      }
    },
    onEnd() {
      // Request trailers mean nothing to kube-apiserver; they are dropped, whatever they name.
      hasCallerEnded = true;
      if (outbound === 'open') call?.end();
      if (hasUpstreamEnded) finish();
      try {
        startWhenFramed();
      } catch (error) {
        refuse(error);
      }
    },
    onReset: () => void abort(),
    onDrain: () => call?.resume(),
    onRenew: (token) => withVerified(token, renew),
  };
}

/** The upstream request of an exchange; `undefined` while it is not known yet whether it has a body. */
function buildRequest(
  head: RequestHead,
  as: UpstreamIdentity,
  seen: { readonly hasBytes: boolean; readonly hasEnded: boolean },
): UpstreamRequest | undefined {
  let body: UpstreamRequest['body'];
  if (head.upgrade) body = 'none';
  else if (firstHeader(head.headers, 'content-length') !== undefined) body = 'sized';
  else if (seen.hasBytes) body = 'chunked';
  else if (seen.hasEnded) body = 'none';
  else return undefined;
  const upgrade = head.upgrade ? upgradeProtocol(head.headers) : undefined;
  const headers = forwardableHeaders(head.headers, upgrade);
  return {
    method: head.method,
    target: head.target,
    headers: [...headers, ...auditIdLine(head.decisionId)],
    as,
    body,
    ...(upgrade && { upgrade }),
    isLongRunning: isLongRunning(head.target),
  };
}

/**
 * kube-apiserver takes this header as the id of its own audit event, so that both logs can be held against each other. Only
 * the server can say it: what a client sends is not on the list of fields that pass.
 */
function auditIdLine(decisionId: string): readonly string[] {
  // The server reads an object before a write under the id of the decision with this behind it.
  return isId('decision', decisionId.replace(/-before$/, '')) ? ['Audit-ID', decisionId] : [];
}

function answerWith(exchange: ServedExchange, status: KubernetesStatus, method: string): void {
  const body = Buffer.from(JSON.stringify(status));
  const headers = [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
  ];
  exchange.respond({ status: status.code, headers });
  if (method !== 'HEAD') exchange.write(body);
  exchange.end();
}
