import { findWebhookProblem } from '@sallyport/core/webhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AuditError } from '../errors.ts';
import { parseAuditEvent } from '../format-event.ts';
import { auditSinkConformance } from '../testing/conformance.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { type ReceivedRequest, startHttpDouble } from './testing/http-double.ts';
import { createWebhookSink } from './webhook.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

function eventsIn(requests: readonly ReceivedRequest[]) {
  return requests.flatMap(({ body }) => body.split('\n').slice(0, -1).map(parseAuditEvent));
}

describe('the webhook sink', () => {
  for (const { name, run } of auditSinkConformance) {
    it(name, () =>
      run(async () => {
        const { url, requests } = await startHttpDouble(onTestFinished);
        return { sink: createWebhookSink({ url, secret }), read: async () => eventsIn(requests) };
      }),
    );
  }

  it('holds a batch as one JSON array when that is asked for', async () => {
    const { url, requests } = await startHttpDouble(onTestFinished);
    const events = [anAuditEvent(), anAuditEvent()];
    await createWebhookSink({ url, secret, body: 'array' }).write(events);
    expect(requests[0]?.headers['content-type']).toBe('application/json');
    expect((JSON.parse(requests[0]?.body ?? '') as unknown[]).map(parseAuditEvent)).toEqual(events);
  });

  it('signs each request, and gives the same batch the same id each time', async () => {
    const { url, requests } = await startHttpDouble(onTestFinished);
    const sink = createWebhookSink({ url, secret });
    const batch = [anAuditEvent(), anAuditEvent()];
    await sink.write(batch);
    await sink.write(batch);
    await sink.write([anAuditEvent()]);
    for (const { headers, body } of requests) {
      expect(findWebhookProblem(secret, headers as Record<string, string>, body, new Date())).toBeUndefined();
    }
    const [first, again, other] = requests.map(({ headers }) => headers['webhook-id']);
    expect(first).toBe(again);
    expect(other).not.toBe(first);
  });

  it.each([
    ['ocsf', 'application/x-ndjson', /^\{.*"class_uid":/],
    ['cef', 'text/plain; charset=utf-8', /^CEF:0\|/],
  ] as const)('writes %s when that is asked for', async (format, type, line) => {
    const { url, requests } = await startHttpDouble(onTestFinished);
    await createWebhookSink({ url, secret, format }).write([anAuditEvent(), anAuditEvent()]);
    expect(requests[0]?.headers['content-type']).toBe(type);
    const lines = requests[0]?.body.split('\n') ?? [];
    expect(lines).toEqual([expect.stringMatching(line), expect.stringMatching(line), '']);
  });

  it('sends a large batch in several requests, in order', async () => {
    const { url, requests } = await startHttpDouble(onTestFinished);
    const events = Array.from({ length: 10 }, () => anAuditEvent());
    const lineBytes = JSON.stringify(events[0]).length + 1;
    await createWebhookSink({ url, secret, maxBodyBytes: lineBytes * 4 }).write(events);
    expect(requests.map(({ body }) => body.split('\n').length - 1)).toEqual([4, 4, 2]);
    expect(eventsIn(requests)).toEqual(events);
  });

  it('fails with "ERR_AUDIT_SINK_REFUSED" and with how long the receiver wants to be left alone', async () => {
    const { url } = await startHttpDouble(onTestFinished, () => ({ status: 429, headers: { 'retry-after': '90' } }));
    await expect(createWebhookSink({ url, secret }).write([anAuditEvent()])).rejects.toMatchObject({
      code: 'ERR_AUDIT_SINK_REFUSED',
      message: `${new URL(url).host} answered with status 429`,
      retryAfterMs: 90_000,
      isFinal: false,
    });
  });

  it('says of a batch that can not be taken that it is final, and follows no redirect', async () => {
    const bad = await startHttpDouble(onTestFinished, () => ({ status: 422 }));
    await expect(createWebhookSink({ url: bad.url, secret }).write([anAuditEvent()])).rejects.toMatchObject({
      isFinal: true,
    });
    const target = await startHttpDouble(onTestFinished);
    const moved = await startHttpDouble(onTestFinished, () => ({ status: 307, headers: { location: target.url } }));
    await expect(createWebhookSink({ url: moved.url, secret }).write([anAuditEvent()])).rejects.toMatchObject({
      message: expect.stringContaining('a redirect, which is not followed'),
    });
    expect(target.requests).toEqual([]);
  });

  it('SEC-E09 fails with "ERR_AUDIT_SINK_UNREACHABLE" in time, and tells no path or query of its address', async () => {
    const { url } = await startHttpDouble(onTestFinished, () => 'never');
    const sink = createWebhookSink({ url: `${url}/hooks/T0PS3CRET?key=T0PS3CRET`, secret, timeoutMs: 100 });
    const error = (await sink.write([anAuditEvent()]).catch((reason: unknown) => reason)) as AuditError;
    expect(error).toMatchObject({
      code: 'ERR_AUDIT_SINK_UNREACHABLE',
      message: `${new URL(url).host} could not be reached: no answer in time`,
    });
    expect(error.cause).toBeUndefined();
  });

  it('ends a write that is no longer wanted', async () => {
    const { url } = await startHttpDouble(onTestFinished, () => 'never');
    const stop = new AbortController();
    const written = createWebhookSink({ url, secret }).write([anAuditEvent()], { signal: stop.signal });
    stop.abort();
    await expect(written).rejects.toMatchObject({ code: 'ERR_AUDIT_SINK_UNREACHABLE' });
  });
});
