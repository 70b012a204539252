import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAuditEvent } from '../format-event.ts';
import { auditSinkConformance } from '../testing/conformance.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { createOtlpSink } from './otlp.ts';
import { type ReceivedRequest, startHttpDouble } from './testing/http-double.ts';

interface LogRecord {
  readonly body: { readonly stringValue: string };
}

function recordsIn({ body }: ReceivedRequest): readonly LogRecord[] {
  const request = JSON.parse(body) as { resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[] };
  return request.resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}

describe('the OTLP sink', () => {
  for (const { name, run } of auditSinkConformance) {
    it(name, () =>
      run(async () => {
        const { url, requests } = await startHttpDouble(onTestFinished);
        return {
          sink: createOtlpSink({ url: `${url}/v1/logs` }),
          read: async () =>
            requests.flatMap((request) => recordsIn(request).map(({ body }) => parseAuditEvent(body.stringValue))),
        };
      }),
    );
  }

  it('writes a log record as the JSON form of OTLP has it', async () => {
    const { url, requests } = await startHttpDouble(onTestFinished);
    const event = anAuditEvent({
      severity: 'critical',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      sourceAddress: '192.0.2.7',
      outcome: { status: 403, bytesSent: 1, bytesReceived: 2, durationMs: 3, ended: 'refused' },
    });
    const clock = { now: () => 1_767_225_601_000 };
    await createOtlpSink({
      url,
      headers: { authorization: 'Bearer of-tests' },
      resource: { 'deployment.environment.name': 'test' },
      clock: clock as never,
    }).write([event]);
    expect(requests[0]?.headers['content-type']).toBe('application/json');
    expect(requests[0]?.headers.authorization).toBe('Bearer of-tests');
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      resourceLogs: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'sallyport' } },
              { key: 'deployment.environment.name', value: { stringValue: 'test' } },
            ],
          },
          scopeLogs: [
            {
              scope: { name: '@sallyport/audit' },
              logRecords: [
                {
                  timeUnixNano: '1767225600000000000',
                  observedTimeUnixNano: '1767225601000000000',
                  severityNumber: 18,
                  severityText: 'critical',
                  eventName: 'proxy.request.started',
                  body: { stringValue: expect.stringContaining(event.id) },
                  attributes: [
                    { key: 'log.record.uid', value: { stringValue: event.id } },
                    { key: 'client.address', value: { stringValue: '192.0.2.7' } },
                    { key: 'http.response.status_code', value: { intValue: '403' } },
                  ],
                  traceId: '0af7651916cd43dd8448eb211c80319c',
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('fails for good when the receiver took a part, and says how many it did not take', async () => {
    const { url } = await startHttpDouble(onTestFinished, () => ({
      status: 200,
      body: '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}',
    }));
    await expect(createOtlpSink({ url }).write([anAuditEvent(), anAuditEvent(), anAuditEvent()])).rejects.toMatchObject(
      {
        code: 'ERR_AUDIT_SINK_REFUSED',
        message: `${new URL(url).host} did not take 2 of 3 log records`,
        isFinal: true,
      },
    );
  });

  it.each([
    ['{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}}'],
    ['{"partialSuccess":{}}'],
    ['{}'],
    ['ok'],
  ])('counts the answer %s as all taken', async (body) => {
    const { url } = await startHttpDouble(onTestFinished, () => ({ status: 200, body }));
    await createOtlpSink({ url }).write([anAuditEvent()]);
  });

  it.each([
    [429, false],
    [502, false],
    [503, false],
    [504, false],
    [401, false],
    [404, false],
    [400, true],
    [500, true],
  ])('after status %i: sending the same again is useless: %s', async (status, isFinal) => {
    const { url } = await startHttpDouble(onTestFinished, () => ({ status }));
    await expect(createOtlpSink({ url }).write([anAuditEvent()])).rejects.toMatchObject({ isFinal });
  });
});
