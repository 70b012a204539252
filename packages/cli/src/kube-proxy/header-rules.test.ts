import { describe, expect, it } from 'vitest';
import { callerHeaders, serverHeaders } from './header-rules.ts';

const own = { host: 'sallyport.example.com', token: 'person' };
const OWN = ['Host', 'sallyport.example.com', 'Authorization', 'Bearer person'];

describe('serverHeaders', () => {
  it('carries what a client of Kubernetes sends, with the credential of the person', () => {
    const sent = ['Accept', 'application/json', 'Content-Type', 'application/json', 'Content-Length', '2'];
    const more = ['User-Agent', 'kubectl/v1.36', 'Kubectl-Command', 'kubectl get', 'X-Stream-Protocol-Version', 'v4'];
    expect(serverHeaders([...sent, ...more], own)).toEqual([...OWN, ...sent, ...more]);
  });

  it('drops who the caller says it is, in any case and however often', () => {
    const theirs = [
      ...['HOST', '127.0.0.1:8001', 'authorization', 'Bearer local', 'Authorization', 'Bearer other'],
      ...['Cookie', 'a=b', 'Impersonate-User', 'root', 'impersonate_group', 'x', 'X-Forwarded-For', '10.0.0.1'],
      ...['Forwarded', 'for=10.0.0.1', 'Proxy-Authorization', 'Basic x', 'Origin', 'http://127.0.0.1:8001'],
      ...['Referer', 'http://127.0.0.1:8001/secret', 'Sec-Fetch-Site', 'none'],
    ];
    expect(serverHeaders(theirs, own)).toEqual(OWN);
  });

  it('drops what is about one connection, and what that connection names, but never what frames the body', () => {
    const theirs = [
      ...['Connection', 'keep-alive, X-Mine, Content-Length, Authorization', 'Keep-Alive', 'timeout=5'],
      ...['TE', 'trailers', 'Expect', '100-continue', 'X-Mine', '1', 'Content-Length', '2'],
    ];
    expect(serverHeaders(theirs, own)).toEqual([...OWN, 'Content-Length', '2']);
  });

  it('frames a body whose length is not told, whatever the method', () => {
    expect(serverHeaders(['Transfer-Encoding', 'chunked'], own)).toEqual([...OWN, 'Transfer-Encoding', 'chunked']);
  });

  it('asks for the switch that the caller asks for, and carries no credential in a subprotocol', () => {
    const theirs = [
      ...['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Key', 'x', 'Sec-WebSocket-Version', '13'],
      ...['Sec-WebSocket-Protocol', 'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.c2VjcmV0'],
    ];
    expect(serverHeaders(theirs, { ...own, upgrade: 'websocket' })).toEqual([
      ...OWN,
      ...['Sec-WebSocket-Key', 'x', 'Sec-WebSocket-Version', '13', 'Sec-WebSocket-Protocol', 'v5.channel.k8s.io'],
      ...['Connection', 'Upgrade', 'Upgrade', 'websocket'],
    ]);
  });
});

describe('callerHeaders', () => {
  it('passes the answer without what is about the connection, and sets no cookie', () => {
    expect(
      callerHeaders([
        ...['Content-Type', 'application/json', 'Warning', '299 - "soon"', 'Audit-Id', 'x', 'Content-Length', '2'],
        ...['Connection', 'close', 'Transfer-Encoding', 'chunked', 'Set-Cookie', 'a=b'],
      ]),
    ).toEqual(['Content-Type', 'application/json', 'Warning', '299 - "soon"', 'Audit-Id', 'x', 'Content-Length', '2']);
  });
});
