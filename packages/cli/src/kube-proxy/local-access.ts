import { createHash, timingSafeEqual } from 'node:crypto';
import { allHeaders, failureStatus, type KubernetesStatus, type RawHeaders } from '@sallyport/core';

/** Who may use a local proxy. */
export interface LocalAccess {
  /** Host names that requests may be for, without ports. Defaults to {@link LOOPBACK_HOSTS}. */
  readonly acceptHosts?: readonly string[];
  /** Secret of this run, as the first segment of the path or as a bearer token. Absent: whoever reaches the proxy. */
  readonly token?: string;
}

/** Names that nobody else's name service answers for. */
export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** A request as it came in. */
export interface LocalRequest {
  readonly target: string;
  readonly headers: RawHeaders;
}

/** A request that may be carried, without the secret; or the answer that it gets instead. */
export type Admitted = { readonly target: string } | { readonly refusal: KubernetesStatus };

/**
 * Judges one request. What reaches a port of the loopback device is any program of any user of the machine, and any page in a
 * browser:
 *
 * - the secret keeps other programs out;
 * - `Host` must be a name of the loopback device, since the name of a foreign site may point here (DNS rebinding);
 * - `Origin` must be this proxy's own, where there is one, since a page of a foreign site may send requests here;
 * - who the request acts as is the person who started the proxy: a request that says somebody else is refused rather than
 *   carried out with more rights than it asked for.
 */
export function admitLocal({ target, headers }: LocalRequest, access: LocalAccess): Admitted {
  const hosts = allHeaders(headers, 'host');
  const [host = ''] = hosts;
  const accepted = access.acceptHosts ?? LOOPBACK_HOSTS;
  if (hosts.length !== 1 || !accepted.includes(nameOf(host))) {
    return refused('Forbidden', 'requests for this host name are not accepted here. Use the address that was printed.');
  }
  if (isForeign(headers, host)) {
    return refused('Forbidden', 'requests of web pages of other origins are not accepted here.');
  }
  // Origin form only: anything else names a host of its own.
  if (!target.startsWith('/') || target.startsWith('//')) {
    return refused('BadRequest', 'the address of the request must be a path.');
  }
  const known = access.token === undefined ? target : withoutToken(target, headers, access.token);
  if (known === undefined) {
    return refused('Unauthorized', 'this proxy takes requests with the token of its run only, which it printed.');
  }
  if (headers.some((name, index) => index % 2 === 0 && /^impersonate[-_]/i.test(name))) {
    const what = 'acting as somebody else (--as, --as-group) is not carried by this proxy.';
    return refused('Forbidden', `${what} Use the kubeconfig of "sallyport kube login" for that.`);
  }
  return { target: known };
}

function refused(reason: 'BadRequest' | 'Unauthorized' | 'Forbidden', sentence: string): Admitted {
  return { refusal: failureStatus(reason, `${sentence} [ERR_CLI_LOCAL_PROXY_REFUSED]`) };
}

function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

/** Whether a page of another origin made the browser send this. Programs that are no browsers say neither. */
function isForeign(headers: RawHeaders, host: string): boolean {
  const origins = allHeaders(headers, 'origin');
  const sites = allHeaders(headers, 'sec-fetch-site');
  return (
    origins.some((origin) => origin.toLowerCase() !== `http://${host.toLowerCase()}`) ||
    sites.some((site) => site !== 'same-origin' && site !== 'none')
  );
}

function withoutToken(target: string, headers: RawHeaders, token: string): string | undefined {
  const [, segment = '', rest = ''] = /^\/([^/?]*)(.*)$/s.exec(target) ?? [];
  if (isSame(segment, token)) return rest.startsWith('/') ? rest : `/${rest}`;
  const lines = allHeaders(headers, 'authorization');
  const [, bearer = ''] = /^bearer (\S+)$/i.exec(lines[0] ?? '') ?? [];
  return lines.length === 1 && isSame(bearer, token) ? target : undefined;
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
