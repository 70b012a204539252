import { describe, expect, it } from 'vitest';
import { forwardableTrailers, judgeResponse } from './response-head.ts';

const ORIGIN = 'https://10.96.0.1:443';
const CONTEXT = { origin: ORIGIN, target: '/api/v1/pods' };

describe('what the caller sees of an answer', () => {
  it('keeps end-to-end headers in order and drops those of the connection', () => {
    const head = {
      status: 200,
      headers: [
        'Content-Type',
        'application/json',
        'Warning',
        '299 - "one"',
        'Warning',
        '299 - "two"',
        'Audit-Id',
        'a',
        'Connection',
        'close, X-Hop',
        'X-Hop',
        '1',
        'Keep-Alive',
        'timeout=5',
        'Transfer-Encoding',
        'chunked',
        'ETag',
        '"e"',
      ],
    };
    expect(judgeResponse(head, CONTEXT)).toEqual({
      relay: {
        status: 200,
        headers: [
          'Content-Type',
          'application/json',
          'Warning',
          '299 - "one"',
          'Warning',
          '299 - "two"',
          'Audit-Id',
          'a',
          'ETag',
          '"e"',
        ],
      },
    });
  });

  it('SEC-A15 drops what would act on the origin of the caller’s browser', () => {
    const headers = [
      'Set-Cookie',
      'a=b',
      'WWW-Authenticate',
      'Basic',
      'Access-Control-Allow-Origin',
      '*',
      'access-control-allow-credentials',
      'true',
      'Clear-Site-Data',
      '"*"',
      'Refresh',
      '0; url=https://evil.example/',
      'Content-Length',
      '2',
    ];
    expect(judgeResponse({ status: 200, headers }, CONTEXT)).toEqual({
      relay: { status: 200, headers: ['Content-Length', '2'] },
    });
    expect(forwardableTrailers([...headers, 'Grpc-Status', '0'])).toEqual(['Content-Length', '2', 'Grpc-Status', '0']);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      'http://10.96.0.1:443/',
      'https://10.96.0.1:6443/',
      'https://x@10.96.0.1/',
      'ftp://10.96.0.1/',
      'evil.example',
      'https://[',
    ]) {
      it(`SEC-C03 turns status ${status} to ${location} into 502`, () => {
        const judged = judgeResponse({ status, headers: ['Location', location] }, CONTEXT);
        expect(judged).toMatchObject({ refuse: { kind: 'Status', code: 502 } });
        expect(JSON.stringify(judged)).not.toContain('evil');
      });
    }
  }

  it('SEC-C03 hands on a redirect inside the cluster as a path', () => {
    for (const location of ['/apis', 'https://10.96.0.1/apis', 'https://10.96.0.1:443/apis']) {
      expect(judgeResponse({ status: 301, headers: ['Location', location] }, CONTEXT)).toEqual({
        relay: { status: 301, headers: ['Location', '/apis'] },
      });
    }
  });

  it('drops a foreign location from an answer that is no redirect', () => {
    const head = { status: 201, headers: ['Location', 'https://evil.example/', 'ETag', '1'] };
    expect(judgeResponse(head, CONTEXT)).toEqual({ relay: { status: 201, headers: ['ETag', '1'] } });
  });

  it('answers 502 when kube-apiserver refuses the agent itself', () => {
    expect(judgeResponse({ status: 401, headers: [] }, CONTEXT)).toMatchObject({ refuse: { code: 502 } });
    const target = '/api/v1/namespaces/a/services/b/proxy/';
    expect(judgeResponse({ status: 401, headers: [] }, { origin: ORIGIN, target })).toEqual({
      relay: { status: 401, headers: [] },
    });
  });
});

describe('the answer to an upgrade', () => {
  const context = { ...CONTEXT, upgrade: 'websocket' as const };
  it('is 101 with the protocol that was asked for', () => {
    const headers = ['Upgrade', 'WebSocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', 'x'];
    expect(judgeResponse({ status: 101, headers }, context)).toEqual({
      relay: { status: 101, headers: ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Accept', 'x'] },
    });
  });
  for (const [status, headers] of [
    [101, []],
    [101, ['Upgrade', 'SPDY/3.1']],
    [200, ['Upgrade', 'websocket']],
    [204, []],
    [302, ['Location', '/elsewhere']],
  ] as const) {
    it(`SEC-C02 is never a pipe for status ${status} ${headers.join(': ')}`, () => {
      expect(judgeResponse({ status, headers }, context)).toMatchObject({ refuse: { code: 502 } });
    });
  }
  it('hands a refusal of kube-apiserver on', () => {
    const judged = judgeResponse({ status: 403, headers: ['Content-Type', 'application/json'] }, context);
    expect(judged).toEqual({ relay: { status: 403, headers: ['Content-Type', 'application/json'] } });
  });
  it('SEC-C02 refuses a 101 that nobody asked for', () => {
    expect(judgeResponse({ status: 101, headers: [] }, CONTEXT)).toMatchObject({ refuse: { code: 502 } });
  });
});
