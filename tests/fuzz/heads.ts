import type { Choice } from '../../packages/server/src/api/testing/choice.ts';

/** Headers that say who somebody is, in the spellings that servers take for them. */
const IDENTITY = [
  'Impersonate-User',
  'Impersonate-Group',
  'Impersonate-Uid',
  'Impersonate-Extra-x',
  'Impersonate-Foo',
  'Impersonate_User',
  'X-Remote-User',
  'X-Remote-Group',
  'X-Remote-Extra-Scopes',
  'X-Forwarded-User',
  'X-Client-Cert',
  'Ssl-Client-Cert',
];
const HOP = [
  'Connection',
  'Keep-Alive',
  'Proxy-Connection',
  'TE',
  'Trailer',
  'Proxy-Authorization',
  'Proxy-Authenticate',
];
const CREDENTIALS = ['Cookie', 'X-Api-Key', 'X-Auth-Token', 'X-Csrf-Token', 'Sallyport-Capability'];
const FORWARDING = [
  'X-Forwarded-For',
  'Forwarded',
  'X-Real-IP',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'Via',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-HTTP-Method-Override',
  'Audit-ID',
];
const ALLOWED = [
  'Accept',
  'Accept-Language',
  'Origin',
  'Range',
  'Kubectl-Command',
  'Kubectl-Session',
  'If-None-Match',
  'X-Unknown',
];
const NAMED = [
  'Impersonate-User',
  'impersonate-group',
  'Authorization',
  'close',
  'keep-alive',
  'Upgrade',
  'TE',
  '',
  'X-Unknown',
  'Accept',
];
const VALUES = [
  'root-of-evil',
  'system:masters',
  '',
  ' ',
  'a,b',
  'x\ty',
  '127.0.0.1',
  'trailers',
  'chunked',
  '*/*',
  'application/json;as=Table',
  'GET',
  '/api/v1/secrets',
  'kubectl get',
  'é',
  '\u00ff',
  'Bearer evil',
  'bytes=0-1',
  '"x"',
  'k=v; sallyport_session=evil',
];
const UPGRADES = [
  'websocket',
  'SPDY/3.1',
  'WebSocket',
  'spdy/3.1',
  'h2c',
  'foo',
  'websocket, SPDY/3.1',
  'websocket,',
  ' websocket',
  'SPDY/3.0',
  'TLS/1.0',
  '',
  'HTTP/2.0',
];
const SUBPROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'base64.channel.k8s.io',
  'channel.k8s.io',
  'SPDY/3.1+portforward.k8s.io',
  'base64url.bearer.authorization.k8s.io.ZXZpbA',
  'BASE64URL.bearer.authorization.k8s.io.ZXZpbA',
  'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.ZXZpbA',
  ',',
  '',
  'v9',
  ' v4.channel.k8s.io , v5.channel.k8s.io',
];

/** Random header lines, names and values by turns, without credential and host. */
export function randomHeaders(choice: Choice): string[] {
  const headers: string[] = [];
  for (let count = choice.index(5); count > 0; count -= 1) headers.push(...randomHeader(choice));
  return headers;
}

function randomHeader(choice: Choice): [string, string] {
  switch (choice.index(10)) {
    case 0:
      return [respell(choice.of(IDENTITY), choice), choice.of(VALUES)];
    case 1:
      return [respell('Connection', choice), connectionList(choice)];
    case 2:
      return [respell(choice.of(HOP), choice), choice.index(2) === 0 ? connectionList(choice) : choice.of(VALUES)];
    case 3:
      return [respell(choice.of(CREDENTIALS), choice), choice.of(VALUES)];
    case 4:
      return [respell(choice.of(FORWARDING), choice), choice.of(VALUES)];
    default:
      return [respell(choice.of(ALLOWED), choice), choice.of(VALUES)];
  }
}

function connectionList(choice: Choice): string {
  return Array.from({ length: 1 + choice.index(3) }, () => choice.of(NAMED)).join(choice.of([',', ', ', ' ,\t', ',,']));
}

/** Random lines of a protocol switch: whole, broken, repeated. */
export function randomHandshake(choice: Choice): string[] {
  const headers: string[] = [];
  const isWhole = choice.index(2) === 0;
  const protocol = isWhole ? choice.of(UPGRADES.slice(0, 4)) : choice.of(UPGRADES);
  if (isWhole || choice.index(4) > 0)
    headers.push(respell('Connection', choice), isWhole ? 'Upgrade' : connectionList(choice));
  if (isWhole || choice.index(6) > 0) headers.push(respell('Upgrade', choice), protocol);
  if (!isWhole && choice.index(3) === 0) headers.push(respell('Upgrade', choice), choice.of(UPGRADES));
  if (isWhole || choice.index(3) > 0)
    headers.push(
      'Sec-WebSocket-Key',
      choice.of(['dGhlIHNhbXBsZSBub25jZQ==', isWhole ? 'AQIDBAUGBwgJCgsMDQ4PEC==' : 'short']),
    );
  if (isWhole || choice.index(3) > 0)
    headers.push('Sec-WebSocket-Version', isWhole ? '13' : choice.of(['13', '12', '', 'x']));
  for (let count = choice.index(3); count > 0; count -= 1)
    headers.push('Sec-WebSocket-Protocol', choice.of(SUBPROTOCOLS));
  for (let count = choice.index(3); count > 0; count -= 1)
    headers.push('X-Stream-Protocol-Version', choice.of(SUBPROTOCOLS));
  return headers;
}

/** The same name as it may also stand on the wire. */
function respell(name: string, choice: Choice): string {
  switch (choice.index(8)) {
    case 0:
      return name.toUpperCase();
    case 1:
    case 2:
      return name.toLowerCase();
    case 3:
      return name.replaceAll('-', '_');
    default:
      return name;
  }
}

/** Puts a space or a tab beside a name, which no header line may have. */
export function pad(name: string, choice: Choice): string {
  return choice.of([`${name} `, ` ${name}`, `${name}\t`, `\t${name}`]);
}
