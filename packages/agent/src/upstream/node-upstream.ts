import https from 'node:https';
import { type Clock, systemClock, type Timer } from '@sallyport/core';
import { AgentError, type AgentErrorCode } from '../errors.ts';
import type {
  KubeUpstream,
  OwnRequest,
  OwnResponse,
  UpstreamCall,
  UpstreamHandler,
  UpstreamRequest,
} from './contract.ts';
import { type EndpointOptions, identityLines, requestLines, resolveEndpoint } from './endpoint.ts';
import { type CallLimits, callHttp1 } from './http1-call.ts';
import { callHttp2 } from './http2-call.ts';
import { createHttp2Sessions } from './http2-sessions.ts';

/** Options of {@link createKubeUpstream}. */
export interface KubeUpstreamOptions extends EndpointOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<CallLimits>;
}

/** Sockets for plain requests at once; more wait. Above what the tunnel's own stream limit lets through in practice. */
const MAX_SOCKETS = 1_024;
/** Above what is busy at once under load: below that, every burst would dial anew (measured in docs/performance.md). */
const MAX_IDLE_SOCKETS = 256;
/** Idle sockets are closed before kube-apiserver does it (90 s), so that a write never meets a closing one. */
const IDLE_SOCKET_MS = 60_000;
/** Largest answer to a request of the agent's own. A Secret is 1 MiB at the most. */
const MAX_OWN_BODY_BYTES = 4 * 1024 * 1024;

/**
 * Makes an upstream out of plain `node:https` and `node:http2`: a keep-alive pool for requests, shared HTTP/2 sessions
 * for what stays open, a connection each for upgrades. Follows no redirect and dials nothing but its endpoint.
 */
export function createKubeUpstream(options: KubeUpstreamOptions): KubeUpstream {
  const clock = options.clock ?? systemClock;
  const limits: CallLimits = { headTimeoutMs: 300_000, ...options.limits };
  const endpoint = resolveEndpoint(options);
  const pool = new https.Agent({
    ...endpoint.tls,
    keepAlive: true,
    maxSockets: MAX_SOCKETS,
    maxFreeSockets: MAX_IDLE_SOCKETS,
    timeout: IDLE_SOCKET_MS,
    scheduling: 'lifo',
  });
  const sessions = createHttp2Sessions(endpoint, clock);
  const calls = new Set<UpstreamCall>();

  function sendHttp1(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const wire = {
      method: request.method,
      target: request.target,
      lines: requestLines(endpoint, request),
      hasBody: request.body !== 'none',
      isUpgrade: request.upgrade !== undefined,
    };
    const isRepeatable = !wire.hasBody && (request.method === 'GET' || request.method === 'HEAD');
    const base = { endpoint, pool, limits, clock };
    if (!isRepeatable || wire.isUpgrade) return callHttp1(wire, handler, base);
    // An idle connection may have been closed under us; only a request without effects is sent once more, anew.
    let current: UpstreamCall = callHttp1(wire, handler, {
      ...base,
      onStale: () => {
        current = callHttp1(wire, handler, base);
      },
    });
    return delegate(() => current);
  }

  function sendHttp2(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    let current: UpstreamCall = callHttp2(
      { method: request.method, target: request.target, lines: requestLines(endpoint, request) },
      handler,
      {
        endpoint,
        sessions,
        limits,
        clock,
        onUnsupported: () => {
          current = sendHttp1(request, handler);
        },
      },
    );
    return delegate(() => current);
  }

  return {
    origin: endpoint.origin,
    send(request, handler) {
      const isShared = request.isLongRunning && request.upgrade === undefined && request.body === 'none';
      const over = () => calls.delete(call);
      const counted: UpstreamHandler = {
        onHead: (head) => handler.onHead(head),
        onData: (chunk) => handler.onData(chunk),
        onEnd: (trailers) => {
          over();
          handler.onEnd(trailers);
        },
        onError: (error) => {
          over();
          handler.onError(error);
        },
      };
      const sent = isShared ? sendHttp2(request, counted) : sendHttp1(request, counted);
      const call: UpstreamCall = {
        ...sent,
        destroy() {
          over();
          sent.destroy();
        },
      };
      calls.add(call);
      return call;
    },
    sendAsAgent: (request) =>
      collect(request.timeoutMs, clock, (handler) => {
        const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
        const call = callHttp1(
          {
            method: request.method,
            target: request.path,
            lines: ownLines(
              endpoint.authority,
              request.as === undefined ? endpoint.ownCredential() : identityLines(endpoint, request.as),
              request,
              body,
            ),
            hasBody: body !== undefined,
            isUpgrade: false,
          },
          handler,
          { endpoint, pool, limits, clock },
        );
        if (body !== undefined) call.write(body, () => {});
        if (body !== undefined) call.end();
        return call;
      }),
    close() {
      for (const call of calls) call.destroy();
      pool.destroy();
      sessions.close();
    },
  };
}

function delegate(current: () => UpstreamCall): UpstreamCall {
  return {
    write: (chunk, taken) => current().write(chunk, taken),
    end: () => current().end(),
    pause: () => current().pause(),
    resume: () => current().resume(),
    destroy: () => current().destroy(),
  };
}

function ownLines(authority: string, credential: string[], request: OwnRequest, body: Buffer | undefined): string[] {
  const type = request.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const framing = body === undefined ? [] : ['Content-Type', type, 'Content-Length', String(body.length)];
  return [
    'Host',
    authority,
    'Connection',
    'keep-alive',
    'Accept',
    request.accept ?? 'application/json',
    'User-Agent',
    'sallyport-agent',
    ...framing,
    ...credential,
  ];
}

function collect(
  timeoutMs: number | undefined,
  clock: Clock,
  start: (handler: UpstreamHandler) => UpstreamCall,
): Promise<OwnResponse> {
  let deadline: Timer | undefined;
  return new Promise<OwnResponse>((resolve, reject) => {
    let status = 0;
    let size = 0;
    const chunks: Buffer[] = [];
    const giveUp = (code: AgentErrorCode, message: string) => {
      call.destroy();
      reject(new AgentError({ code, message }));
    };
    const call = start({
      onHead: (head) => {
        status = head.status;
      },
      onData: (chunk) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= MAX_OWN_BODY_BYTES) return;
        giveUp(
          'ERR_AGENT_UPSTREAM_RESET',
          `an answer to the agent is over ${size} bytes, limit is ${MAX_OWN_BODY_BYTES}`,
        );
      },
      onEnd: () => resolve({ status, body: parseJson(Buffer.concat(chunks).toString('utf8')) }),
      onError: reject,
    });
    if (timeoutMs === undefined) return;
    deadline = clock.setTimeout(
      () => giveUp('ERR_AGENT_UPSTREAM_UNREACHABLE', `no answer within ${timeoutMs} ms`),
      timeoutMs,
    );
  }).finally(() => deadline?.cancel());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A body that is no JSON says nothing that the status does not.
    return undefined;
  }
}
