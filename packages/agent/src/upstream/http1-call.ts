import type { ClientRequest, IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { type Clock, type RawHeaders, readToEnd } from '@sallyport/core';
import { AgentError, faultOf } from '../errors.ts';
import type { UpstreamCall, UpstreamHandler } from './contract.ts';
import type { Endpoint } from './endpoint.ts';

/** Limits of one upstream call. */
export interface CallLimits {
  /** Time until the answer's head, in milliseconds; later, only the caller's patience counts. Default 300,000. */
  readonly headTimeoutMs: number;
}

/** What is sent over HTTP/1.1. */
export interface Http1Request {
  readonly method: string;
  readonly target: string;
  /** All header lines, as they stand on the wire. */
  readonly lines: RawHeaders;
  readonly hasBody: boolean;
  readonly isUpgrade: boolean;
}

/** What {@link callHttp1} works with. */
export interface Http1Options {
  readonly endpoint: Endpoint;
  /** Keep-alive pool for plain requests; an upgrade always gets a connection of its own. */
  readonly pool: https.Agent;
  readonly limits: CallLimits;
  readonly clock: Clock;
  /** Called instead of `onError` when a pooled connection turned out to be dead before any answer. */
  readonly onStale?: () => void;
}

/**
 * Sends one request over HTTP/1.1. An upgraded connection becomes a pipe only by status 101; after any other answer
 * to an upgrade its connection is destroyed, and nothing of the caller's bytes is written to it.
 */
export function callHttp1(request: Http1Request, handler: UpstreamHandler, options: Http1Options): UpstreamCall {
  const { endpoint, clock } = options;
  let phase: 'waiting' | 'answering' | 'over' = 'waiting';
  let readable: IncomingMessage | Duplex | undefined;
  let pipe: Duplex | undefined;

  // Node takes allowHalfOpen here, though its types leave it out: each direction of a pipe ends by itself.
  const pipeOptions = { ...endpoint.tls, allowHalfOpen: true };
  const isAnswering = () => phase === 'answering';
  const req: ClientRequest = https.request({
    method: request.method,
    path: request.target,
    headers: request.lines as string[],
    setHost: false,
    ...(request.isUpgrade
      ? {
          // Else a small frame waits for the ack of the one before, which a peer may delay by 40 ms: an exec took 60 ms longer.
          createConnection: () => readToEnd(connect(pipeOptions).setNoDelay(true)),
        }
      : { agent: options.pool, ...endpoint.tls }),
  });
  // Pooled connections wait for acks, too; that matters where a request is more than one write.
  if (request.hasBody) req.setNoDelay(true);
  const headTimer = clock.setTimeout(
    () => fail(unreachable(`kube-apiserver gave no answer within ${options.limits.headTimeoutMs} ms`)),
    options.limits.headTimeoutMs,
  );

  function finish(): boolean {
    if (phase === 'over') return false;
    phase = 'over';
    headTimer.cancel();
    return true;
  }

  function fail(error: AgentError): void {
    if (!finish()) return;
    req.destroy();
    pipe?.destroy();
    handler.onError(error);
  }

  function onFault(error: unknown): void {
    if (phase === 'over') return;
    if (phase === 'waiting' && req.reusedSocket && options.onStale) {
      finish();
      options.onStale();
    } else if (phase === 'waiting') {
      fail(unreachable(`kube-apiserver can't be reached: ${faultOf(error)}`, error));
    } else {
      fail(reset(error));
    }
  }

  function answer(status: number, headers: RawHeaders, source: IncomingMessage | Duplex): void {
    phase = 'answering';
    headTimer.cancel();
    readable = source;
    source.on('data', (chunk: Buffer) => {
      if (isAnswering()) handler.onData(chunk);
    });
    source.on('error', onFault);
    handler.onHead({ status, headers });
  }

  req.on('error', onFault);
  req.on('close', () => {
    // Once an answer began, its own stream says how it ended: the request may close while bytes are still to be read.
    if (phase === 'waiting') onFault(undefined);
  });
  req.on('response', (res) => {
    if (phase !== 'waiting') return void res.destroy();
    answer(res.statusCode ?? 0, res.rawHeaders, res);
    res.on('end', () => {
      if (!finish()) return;
      if (request.isUpgrade || !req.writableFinished) req.destroy();
      handler.onEnd(res.rawTrailers);
    });
    res.on('close', () => onFault(undefined));
  });
  req.on('upgrade', (res, socket, head) => {
    if (phase !== 'waiting' || !request.isUpgrade) {
      socket.destroy();
      return onFault(undefined);
    }
    pipe = socket;
    socket.on('end', () => {
      if (isAnswering()) handler.onEnd([]);
    });
    socket.on('close', () => {
      if (socket.readableEnded) finish();
      else onFault(undefined);
    });
    answer(res.statusCode ?? 0, res.rawHeaders, socket);
    if (head.length > 0 && isAnswering()) handler.onData(head);
  });
  if (!request.hasBody) req.end();

  return {
    write(chunk, taken) {
      if (phase === 'over' || (request.isUpgrade && pipe === undefined)) return taken();
      (pipe ?? req).write(chunk, () => taken());
    },
    end() {
      if (phase === 'over') return;
      if (pipe !== undefined) pipe.end();
      else if (!request.isUpgrade && request.hasBody) req.end();
    },
    pause: () => void readable?.pause(),
    resume: () => void readable?.resume(),
    destroy() {
      if (!finish()) return;
      req.destroy();
      pipe?.destroy();
    },
  };
}

function unreachable(message: string, cause?: unknown): AgentError {
  return new AgentError({ code: 'ERR_AGENT_UPSTREAM_UNREACHABLE', message, cause });
}

function reset(cause: unknown): AgentError {
  const fault = cause === undefined ? 'closed early' : faultOf(cause);
  return new AgentError({
    code: 'ERR_AGENT_UPSTREAM_RESET',
    message: `the connection to kube-apiserver broke: ${fault}`,
    cause,
  });
}
