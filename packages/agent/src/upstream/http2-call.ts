import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import type { Clock, RawHeaders } from '@sallyport/core';
import { AgentError, faultOf } from '../errors.ts';
import type { UpstreamCall, UpstreamHandler } from './contract.ts';
import type { Endpoint } from './endpoint.ts';
import type { CallLimits } from './http1-call.ts';
import type { Http2Sessions } from './http2-sessions.ts';

/** What {@link callHttp2} works with. */
export interface Http2Options {
  readonly endpoint: Endpoint;
  readonly sessions: Http2Sessions;
  readonly limits: CallLimits;
  readonly clock: Clock;
  /** Called instead of everything else when the endpoint speaks no HTTP/2. */
  readonly onUnsupported: () => void;
}

/** Sends one request without a body over a shared HTTP/2 session: a watch or a followed log. */
export function callHttp2(
  request: { readonly method: string; readonly target: string; readonly lines: RawHeaders },
  handler: UpstreamHandler,
  options: Http2Options,
): UpstreamCall {
  let phase: 'waiting' | 'answering' | 'over' = 'waiting';
  let stream: ClientHttp2Stream | undefined;
  let trailers: RawHeaders = [];
  const headTimer = options.clock.setTimeout(
    () =>
      fail('ERR_AGENT_UPSTREAM_UNREACHABLE', `kube-apiserver gave no answer within ${options.limits.headTimeoutMs} ms`),
    options.limits.headTimeoutMs,
  );

  function finish(): boolean {
    if (phase === 'over') return false;
    phase = 'over';
    headTimer.cancel();
    return true;
  }

  function fail(code: 'ERR_AGENT_UPSTREAM_UNREACHABLE' | 'ERR_AGENT_UPSTREAM_RESET', message: string, cause?: unknown) {
    if (!finish()) return;
    stream?.close(constants.NGHTTP2_CANCEL);
    handler.onError(new AgentError({ code, message, cause }));
  }

  function onFault(error: unknown): void {
    if (phase === 'waiting') {
      fail('ERR_AGENT_UPSTREAM_UNREACHABLE', `kube-apiserver can't be reached: ${faultOf(error)}`, error);
    } else {
      fail('ERR_AGENT_UPSTREAM_RESET', `the connection to kube-apiserver broke: ${faultOf(error)}`, error);
    }
  }

  function attach(opened: ClientHttp2Stream): void {
    stream = opened;
    opened.on('error', onFault);
    // Node hands the header list in its wire order as a third argument that its types leave out.
    opened.on('response', (headers: IncomingHttpHeaders, _flags: number, raw?: RawHeaders) => {
      if (phase !== 'waiting') return;
      phase = 'answering';
      headTimer.cancel();
      handler.onHead({ status: Number(headers[':status']), headers: withoutPseudo(raw ?? []) });
      // Not before: Node tells of a head in a later turn than it reads it, of the bytes behind it at once.
      opened.on('data', (chunk: Buffer) => {
        if (phase === 'answering') handler.onData(chunk);
      });
    });
    opened.on('trailers', (_headers: IncomingHttpHeaders, _flags: number, raw?: RawHeaders) => {
      trailers = withoutPseudo(raw ?? []);
    });
    opened.on('close', () => {
      // A reset stream emits `end`, too; only one that closed without an error code is whole.
      const isWhole = opened.rstCode === constants.NGHTTP2_NO_ERROR && opened.readableEnded && !opened.aborted;
      if (!isWhole) onFault({ code: `HTTP/2 error ${opened.rstCode ?? 0}` });
      else if (finish()) handler.onEnd(trailers);
    });
  }

  options.sessions.request(outgoingHeaders(request, options.endpoint), { endStream: true }).then((opened) => {
    if (opened === undefined) {
      if (finish()) options.onUnsupported();
    } else if (phase === 'over') {
      opened.on('error', () => {});
      opened.close(constants.NGHTTP2_CANCEL);
    } else {
      attach(opened);
    }
  }, onFault);

  return {
    write: (_chunk, taken) => taken(),
    end() {},
    pause: () => void stream?.pause(),
    resume() {
      if (phase === 'answering') stream?.resume();
    },
    destroy() {
      if (finish()) stream?.close(constants.NGHTTP2_CANCEL);
    },
  };
}

function outgoingHeaders(
  request: { readonly method: string; readonly target: string; readonly lines: RawHeaders },
  endpoint: Endpoint,
): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {
    ':method': request.method,
    ':scheme': 'https',
    ':authority': endpoint.authority,
    ':path': request.target,
  };
  for (let i = 0; i < request.lines.length; i += 2) {
    const name = (request.lines[i] as string).toLowerCase();
    const value = request.lines[i + 1] as string;
    if (name === 'host' || name === 'connection') continue;
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else headers[name] = typeof before === 'string' ? [before, value] : [...before, value];
  }
  return headers;
}

function withoutPseudo(raw: RawHeaders): string[] {
  return raw.filter((_, i) => !raw[i - (i % 2)]?.startsWith(':'));
}
