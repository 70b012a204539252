import { failureStatus, type KubernetesStatus, type RawHeaders } from '@sallyport/core';
import type { ResponseHead } from '@sallyport/tunnel/http';
import type { UpgradeProtocol } from './upstream/contract.ts';

/** What becomes of an answer of kube-apiserver: it is handed on, or a Status of the agent's stands in its place. */
export type JudgedResponse = { readonly relay: ResponseHead } | { readonly refuse: KubernetesStatus };

/** What {@link judgeResponse} needs to know of the request. */
export interface ResponseContext {
  /** `https://host:port` of the API server. */
  readonly origin: string;
  readonly target: string;
  readonly upgrade?: UpgradeProtocol;
}

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Fields that would act on the caller's browser as if our own origin had said them. */
const NOT_OURS_TO_SAY = new Set([
  'alt-svc',
  'clear-site-data',
  'refresh',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'www-authenticate',
]);

/**
 * Decides what the caller sees of an upstream answer's head. Redirects are never followed, and one that leads to
 * another origin is not handed on either, since the caller would take its credential there. A 401 of kube-apiserver is
 * about the agent's own credential, not the caller's, so it becomes 502. An upgrade is answered by 101 with the asked
 * protocol or by a failure.
 */
export function judgeResponse(head: ResponseHead, context: ResponseContext): JudgedResponse {
  const { status } = head;
  if (context.upgrade !== undefined && status < 400) {
    const agreed = protocolOf(head.headers);
    if (status !== 101 || agreed !== context.upgrade.toLowerCase()) {
      return refuse(`kube-apiserver answered a request for ${context.upgrade} with status ${status}, expected 101`);
    }
    const headers = responseLines(head.headers, context.origin);
    return { relay: { status, headers: ['Connection', 'Upgrade', 'Upgrade', context.upgrade, ...(headers ?? [])] } };
  }
  if (status < 200 || status > 599) return refuse(`kube-apiserver answered with status ${status}`);
  // Behind `…/proxy/` a 401 is the application's own.
  if (status === 401 && !/\/proxy(\/|\?|$)/.test(context.target)) {
    return refuse('kube-apiserver refused the credential of the agent itself');
  }
  const headers = responseLines(head.headers, context.origin);
  if (headers === undefined && status >= 300 && status < 400) {
    return refuse('the cluster answered with a redirect to another origin, which is not followed');
  }
  return { relay: { status, headers: headers ?? responseLines(withoutLocation(head.headers), context.origin) ?? [] } };
}

/** Response trailers that may be handed on, under the same rules as headers. */
export function forwardableTrailers(trailers: RawHeaders): string[] {
  return responseLines(withoutLocation(trailers), '') ?? [];
}

/** The lines that may be handed on; `undefined` when a `Location` leads to another origin. */
function responseLines(headers: RawHeaders, origin: string): string[] | undefined {
  const named = connectionNamed(headers);
  const lines: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    const key = name.toLowerCase();
    if (key.startsWith(':') || HOP_BY_HOP.has(key) || NOT_OURS_TO_SAY.has(key) || named.has(key)) continue;
    if (key.startsWith('access-control-')) continue;
    if (key === 'location') {
      const local = localLocation(value, origin);
      if (local === undefined) return undefined;
      lines.push(name, local);
    } else {
      lines.push(name, value);
    }
  }
  return lines;
}

/** Path, query and fragment of a location on `origin`; `undefined` when it lies elsewhere or can't be read. */
function localLocation(value: string, origin: string): string | undefined {
  // A relative path has no meaning here without the request's own path; the API server sends none.
  if (!value.startsWith('/') && !/^https?:/i.test(value)) return undefined;
  const url = URL.canParse(value, origin) ? new URL(value, origin) : undefined;
  if (url === undefined || url.origin !== new URL(origin).origin || url.username !== '') return undefined;
  return `${url.pathname}${url.search}${url.hash}`;
}

function connectionNamed(headers: RawHeaders): ReadonlySet<string> {
  const named = new Set<string>();
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() !== 'connection') continue;
    for (const part of (headers[i + 1] as string).split(',')) named.add(part.trim().toLowerCase());
  }
  // A length or type that a Connection line names would change what the body means; those stay.
  for (const kept of ['content-length', 'content-type', 'content-encoding']) named.delete(kept);
  return named;
}

function protocolOf(headers: RawHeaders): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === 'upgrade') return headers[i + 1]?.trim().toLowerCase();
  }
  return undefined;
}

function withoutLocation(headers: RawHeaders): string[] {
  return headers.filter((_, i) => headers[i - (i % 2)]?.toLowerCase() !== 'location');
}

function refuse(message: string): JudgedResponse {
  return { refuse: failureStatus('InternalError', message, { code: 502 }) };
}
