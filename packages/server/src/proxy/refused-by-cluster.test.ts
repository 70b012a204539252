import { describe, expect, it } from 'vitest';
import { collectResponse } from '../testing/proxy-fixture.ts';
import { withWaysBeyond } from './refused-by-cluster.ts';

const WAYS = ['Ask for role developer:', '  sallyport access request'];
const DENIED =
  'pods "web-0" is forbidden: User "ann" cannot delete resource "pods" in API group "" in the namespace "shop"';

interface Answer {
  readonly code?: number;
  readonly headers?: readonly string[];
  readonly body?: string;
}

function pass({ code = 403, headers = ['Content-Type', 'application/json'], body = '' }: Answer, ways = () => WAYS) {
  const { sink, response } = collectResponse();
  const wrapped = withWaysBeyond(sink, ways);
  wrapped.head(code, [...headers, 'Content-Length', String(body.length)]);
  let taken = 0;
  // Split anywhere.
  for (const part of [body.slice(0, 7), body.slice(7)]) wrapped.write(Buffer.from(part), () => (taken += 1));
  wrapped.end([]);
  expect(taken).toBe(2);
  return response;
}

const aStatus = (message: string, reason = 'Forbidden') =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code: 403 });

describe('withWaysBeyond', () => {
  it('adds lines to what the authorizers of a cluster refuse, and tells the new length', () => {
    for (const message of [DENIED, 'forbidden: User "ann" cannot get path "/metrics"']) {
      const { status, headers, body } = pass({ body: aStatus(message) });
      expect(status).toBe(403);
      expect(JSON.parse(body)).toEqual({ ...JSON.parse(aStatus(message)), message: [message, ...WAYS].join('\n') });
      expect(headers).toEqual(['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))]);
    }
  });

  it('passes everything else letter for letter, and asks nothing for it', () => {
    const never = () => {
      throw new Error('asked');
    };
    for (const answer of [
      { code: 200, body: aStatus(DENIED) },
      { code: 404, body: aStatus(DENIED, 'NotFound') },
      { body: aStatus('pods "web-0" is forbidden: violates PodSecurity "restricted"') },
      { body: aStatus('admission webhook "x" denied the request') },
      { body: aStatus('ann may not get pods [ERR_PROXY_DENIED]') },
      { body: aStatus(DENIED, 'Invalid') },
      { headers: ['Content-Type', 'text/plain'], body: aStatus(DENIED) },
      { headers: ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'], body: aStatus(DENIED) },
      { body: aStatus(`${DENIED}${'x'.repeat(20_000)}`) },
      { body: '{"kind":"Stat' },
      { body: '' },
    ] satisfies Answer[]) {
      const { status, headers, body } = pass(answer, never);
      expect(status).toBe(answer.code ?? 403);
      expect(body).toBe(answer.body);
      expect(headers.slice(-2)).toEqual(['Content-Length', String(answer.body.length)]);
    }
  });

  it('passes a denial as it is when nothing may be asked for', () => {
    expect(pass({ body: aStatus(DENIED) }, () => []).body).toBe(aStatus(DENIED));
  });
});
