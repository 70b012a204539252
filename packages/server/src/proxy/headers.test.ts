import { describe, expect, it } from 'vitest';
import { downstreamResponseHeaders, isImpersonationHeader, readUpgrade, upstreamRequestHeaders } from './headers.ts';

describe('upstreamRequestHeaders', () => {
  it('SEC-A15 keeps what kube-apiserver needs and drops credentials, cookies and forwarding headers', () => {
    const sent = [
      ['Accept', 'application/json'],
      ['Authorization', 'Bearer secret'],
      ['Cookie', 'a=b'],
      ['X-Forwarded-For', '192.0.2.1'],
      ['X-Remote-User', 'admin'],
      ['Kubectl-Command', 'kubectl get'],
      ['Impersonate-User', 'admin'],
    ].flat();
    expect(upstreamRequestHeaders(sent, undefined)).toEqual([
      'Accept',
      'application/json',
      'Kubectl-Command',
      'kubectl get',
    ]);
  });

  it('SEC-A01 never passes Connection on, so nothing can be named for removal', () => {
    const sent = [
      'Connection',
      'Impersonate-User, Impersonate-Group',
      'connection',
      'x',
      'Keep-Alive',
      'Impersonate-User',
    ];
    expect(upstreamRequestHeaders(sent, undefined)).toEqual([]);
    expect(upstreamRequestHeaders(sent, 'SPDY/3.1')).toEqual(['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1']);
  });

  it('keeps each X-Stream-Protocol-Version line apart', () => {
    const sent = ['X-Stream-Protocol-Version', 'v4.channel.k8s.io', 'X-Stream-Protocol-Version', 'v3.channel.k8s.io'];
    expect(upstreamRequestHeaders(sent, 'SPDY/3.1').slice(0, 4)).toEqual(sent);
    expect(upstreamRequestHeaders(sent, undefined)).toEqual([]);
  });

  it('SEC-A15 strips the bearer subprotocol and keeps the others', () => {
    const sent = [
      'Sec-WebSocket-Protocol',
      'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.c2VjcmV0, v4.channel.k8s.io',
    ];
    expect(upstreamRequestHeaders(sent, 'websocket').slice(0, 2)).toEqual([
      'Sec-WebSocket-Protocol',
      'v5.channel.k8s.io, v4.channel.k8s.io',
    ]);
  });
});

describe('isImpersonationHeader', () => {
  for (const name of [
    'Impersonate-User',
    'impersonate-uid',
    'IMPERSONATE-GROUP',
    'Impersonate-Foo',
    'Impersonate_User',
    'impersonate-extra-x',
  ]) {
    it(`SEC-A05 recognises ${name}`, () => expect(isImpersonationHeader(name)).toBe(true));
  }
  it('leaves other names alone', () => {
    expect(isImpersonationHeader('X-Impersonate-User')).toBe(false);
    expect(isImpersonationHeader('Impersonator')).toBe(false);
  });
});

describe('downstreamResponseHeaders', () => {
  it('SEC-A15 drops what would act on our origin', () => {
    const kept = downstreamResponseHeaders([
      'Set-Cookie',
      'a=b',
      'WWW-Authenticate',
      'Basic',
      'Access-Control-Allow-Origin',
      '*',
      'ETag',
      '"1"',
    ]);
    expect(kept).toEqual(['ETag', '"1"', 'X-Content-Type-Options', 'nosniff', 'Content-Security-Policy', 'sandbox']);
  });
});

describe('readUpgrade', () => {
  const cases = [
    { headers: [], want: undefined },
    { headers: ['Upgrade', 'websocket'], want: 'websocket' },
    { headers: ['upgrade', 'SPDY/3.1'], want: 'SPDY/3.1' },
    { headers: ['Upgrade', 'h2c'], want: 'refused' },
    { headers: ['Upgrade', 'foo'], want: 'refused' },
    { headers: ['Upgrade', 'websocket, SPDY/3.1'], want: 'refused' },
    { headers: ['Upgrade', 'websocket', 'Upgrade', 'websocket'], want: 'refused' },
  ] as const;
  for (const { headers, want } of cases) {
    it(`SEC-C04 reads ${JSON.stringify(headers)} as ${want}`, () => expect(readUpgrade(headers)).toBe(want));
  }
});
