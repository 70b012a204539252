import type { RawHeaders } from '@sallyport/core';
import { AgentError } from './errors.ts';
import type { UpgradeProtocol } from './upstream/contract.ts';

/** Fields that go upstream as they came. Everything else is dropped: an allow-list needs no list of future dangers. */
const PLAIN = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'kubectl-command',
  'kubectl-session',
  'pragma',
  'range',
  'traceparent',
  'tracestate',
  'user-agent',
  'warning',
]);

/** Fields that only a request for an upgrade carries. kube-apiserver wants Origin for a watch over WebSocket. */
const UPGRADE_ONLY = new Set([
  'origin',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'x-stream-protocol-version',
]);

const BEARER_SUBPROTOCOL = 'base64url.bearer.authorization.k8s.io.';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// A latin1-packed field value: visible characters, space and tab, and the bytes of UTF-8.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The header lines of an exchange that may go upstream, in order and with their repeats: an allow-list, so hop-by-hop
 * fields, cookies, credentials and internal headers never pass, whatever a `Connection` line names. For an upgrade, one
 * `Connection` and one `Upgrade` line are added.
 *
 * The server filters too; this is the agent's own wall.
 * @throws AgentError `ERR_AGENT_EXCHANGE_REFUSED` for any field that looks like an identity (`Impersonate…` in any
 *   spelling), for malformed lines, and for more than one Content-Length
 */
export function forwardableHeaders(headers: RawHeaders, upgrade?: UpgradeProtocol): string[] {
  const lines: string[] = [];
  let contentLengths = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i];
    const value = headers[i + 1];
    if (typeof name !== 'string' || typeof value !== 'string') throw refused('a header line is incomplete');
    const key = name.toLowerCase();
    // Underscore and padding are folded to a hyphen by some servers, so every such spelling counts.
    if (/^[\s_-]*impersonate/.test(key)) throw refused(`header ${JSON.stringify(name.slice(0, 64))} names an identity`);
    const isUpgradeField = UPGRADE_ONLY.has(key);
    if (!PLAIN.has(key) && !(isUpgradeField && upgrade !== undefined)) continue;
    // A request for an upgrade has no body; bytes behind its head would belong to the pipe.
    if (key === 'content-length' && upgrade !== undefined) continue;
    if (!TOKEN.test(name) || !VALUE.test(value)) throw refused(`header ${key} holds control characters`);
    if (key === 'content-length') {
      contentLengths += 1;
      if (contentLengths > 1 || !/^\d{1,16}$/.test(value))
        throw refused('the content length has more than one reading');
    }
    const kept = key === 'sec-websocket-protocol' ? withoutBearer(value) : value;
    if (kept !== '' || key !== 'sec-websocket-protocol') lines.push(name, kept);
  }
  if (upgrade !== undefined) lines.push('Connection', 'Upgrade', 'Upgrade', upgrade);
  return lines;
}

/**
 * The protocol that an exchange marked as an upgrade asks for.
 * @throws AgentError `ERR_AGENT_EXCHANGE_REFUSED` unless there is exactly one `Upgrade` line with a known protocol
 */
export function upgradeProtocol(headers: RawHeaders): UpgradeProtocol {
  const asked: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === 'upgrade') asked.push((headers[i + 1] ?? '').trim().toLowerCase());
  }
  if (asked.length === 1 && asked[0] === 'websocket') return 'websocket';
  if (asked.length === 1 && asked[0] === 'spdy/3.1') return 'SPDY/3.1';
  throw refused(
    asked.length === 1
      ? `protocol ${JSON.stringify(asked[0]?.slice(0, 32))} is not one of websocket and SPDY/3.1`
      : `an upgrade names ${asked.length} protocols, exactly 1 is allowed`,
  );
}

function withoutBearer(value: string): string {
  const offered = value.split(',').map((part) => part.trim());
  return offered.filter((part) => part !== '' && !part.toLowerCase().startsWith(BEARER_SUBPROTOCOL)).join(', ');
}

function refused(message: string): AgentError {
  return new AgentError({ code: 'ERR_AGENT_EXCHANGE_REFUSED', message });
}
