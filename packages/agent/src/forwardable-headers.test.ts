import { describe, expect, it } from 'vitest';
import { forwardableHeaders, upgradeProtocol } from './forwardable-headers.ts';

const REFUSED = expect.objectContaining({ code: 'ERR_AGENT_EXCHANGE_REFUSED' });

describe('headers that go upstream', () => {
  it('keeps what kube-apiserver needs, in order and with repeats', () => {
    const headers = [
      'Accept',
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'Accept-Encoding',
      'gzip',
      'User-Agent',
      'kubectl/v1.36.2',
      'Kubectl-Command',
      'kubectl get',
      'Kubectl-Session',
      'd1f2',
      'If-None-Match',
      '"a"',
      'traceparent',
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'Content-Type',
      'application/vnd.kubernetes.protobuf',
      'Content-Length',
      '12',
      'Warning',
      '299 - "one"',
      'Warning',
      '299 - "two"',
    ];
    expect(forwardableHeaders(headers)).toEqual(headers);
  });

  for (const name of [
    'Impersonate-User',
    'impersonate-group',
    'IMPERSONATE-UID',
    'Impersonate-Extra-sallyport.dev%2Fsession',
    'Impersonate-Foo',
    'Impersonate_User',
    'Impersonate-User ',
    '\tImpersonate-User',
    '-Impersonate-User',
    'ImpersonateUser',
  ]) {
    it(`SEC-A03 refuses a request that carries ${JSON.stringify(name)}`, () => {
      expect(() => forwardableHeaders(['Accept', '*/*', name, 'x'])).toThrow(REFUSED);
      expect(() => forwardableHeaders(['Accept', '*/*', name, 'x'], 'websocket')).toThrow(REFUSED);
    });
  }

  it('SEC-A04 refuses Impersonate-Uid alone', () => {
    expect(() => forwardableHeaders(['Impersonate-Uid', '0'])).toThrow(REFUSED);
  });

  for (const [name, value] of [
    ['Connection', 'Impersonate-User, Impersonate-Group'],
    ['connection', ' keep-alive ,\timpersonate-user,, '],
    ['Proxy-Connection', 'Authorization'],
    ['Keep-Alive', 'Impersonate-User'],
    ['TE', 'trailers, Impersonate-User'],
    ['Trailer', 'Impersonate-User'],
  ] as const) {
    it(`SEC-A02 drops ${name}, whatever it names`, () => {
      expect(forwardableHeaders(['Accept', '*/*', name, value, name, value])).toEqual(['Accept', '*/*']);
    });
  }

  it('SEC-A15 drops credentials, cookies and internal headers', () => {
    const headers = [
      'Authorization',
      'Bearer caller',
      'Proxy-Authorization',
      'Basic eA==',
      'Cookie',
      '__Host-session=1',
      'X-Remote-User',
      'admin',
      'X-Remote-Group',
      'system:masters',
      'X-Forwarded-For',
      '127.0.0.1',
      'X-Forwarded-Host',
      'evil.example',
      'X-Forwarded-Client-Cert',
      'By=x',
      'Forwarded',
      'for=127.0.0.1',
      'X-Sallyport-Peer',
      'r1',
      'DPoP',
      'ey',
      'Host',
      'evil.example',
      'X-HTTP-Method-Override',
      'DELETE',
      'Expect',
      '100-continue',
      'Transfer-Encoding',
      'chunked',
    ];
    expect(forwardableHeaders([...headers, 'Accept', '*/*'])).toEqual(['Accept', '*/*']);
  });

  it('SEC-A15 takes the bearer subprotocol out of an upgrade and keeps the others', () => {
    const headers = [
      'Sec-WebSocket-Protocol',
      'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.c2VjcmV0,v4.channel.k8s.io',
      'Sec-WebSocket-Protocol',
      'BASE64URL.BEARER.AUTHORIZATION.K8S.IO.c2VjcmV0',
    ];
    expect(forwardableHeaders(headers, 'websocket')).toEqual([
      'Sec-WebSocket-Protocol',
      'v5.channel.k8s.io, v4.channel.k8s.io',
      'Connection',
      'Upgrade',
      'Upgrade',
      'websocket',
    ]);
  });

  it('keeps the raw lines of X-Stream-Protocol-Version, and only for an upgrade', () => {
    const lines = ['X-Stream-Protocol-Version', 'v4.channel.k8s.io', 'X-Stream-Protocol-Version', 'v3.channel.k8s.io'];
    expect(forwardableHeaders([...lines, 'Content-Length', '0'], 'SPDY/3.1')).toEqual([
      ...lines,
      'Connection',
      'Upgrade',
      'Upgrade',
      'SPDY/3.1',
    ]);
    expect(forwardableHeaders([...lines, 'Upgrade', 'SPDY/3.1', 'Origin', 'https://x'])).toEqual([]);
  });

  for (const value of ['a\r\nImpersonate-User: root', 'a\nb', 'a\0b', 'a\x7f', 'a\u0100']) {
    it(`SEC-A16 refuses the value ${JSON.stringify(value)}`, () => {
      expect(() => forwardableHeaders(['User-Agent', value])).toThrow(REFUSED);
    });
  }

  for (const headers of [
    ['Content-Length', '1', 'Content-Length', '2'],
    ['Content-Length', '+1'],
    ['Content-Length', '1, 1'],
    ['Content-Length', ''],
    ['Content-Length', '99999999999999999999'],
  ]) {
    it(`refuses ${JSON.stringify(headers)}`, () => {
      expect(() => forwardableHeaders(headers)).toThrow(REFUSED);
    });
  }
});

describe('the protocol of an upgrade', () => {
  it('knows websocket and SPDY/3.1 in any case', () => {
    expect(upgradeProtocol(['Upgrade', 'WebSocket'])).toBe('websocket');
    expect(upgradeProtocol(['upgrade', ' spdy/3.1 '])).toBe('SPDY/3.1');
  });
  for (const headers of [
    [],
    ['Upgrade', 'h2c'],
    ['Upgrade', 'foo'],
    ['Upgrade', ''],
    ['Upgrade', 'websocket, h2c'],
    ['Upgrade', 'websocket', 'Upgrade', 'SPDY/3.1'],
  ]) {
    it(`SEC-C04 refuses ${JSON.stringify(headers)}`, () => {
      expect(() => upgradeProtocol(headers)).toThrow(REFUSED);
    });
  }
});
