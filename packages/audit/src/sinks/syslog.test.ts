import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAuditEvent } from '../format-event.ts';
import { auditSinkConformance } from '../testing/conformance.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { createSyslogSink } from './syslog.ts';
import { escapeValue, toSyslogMessage } from './syslog-message.ts';

const message = {
  facility: 13,
  hostname: 'one.example',
  enterpriseNumber: 32_473,
  maxMessageBytes: 65_536,
  toLine: JSON.stringify,
};

/** A receiver that reads messages by their length before them (RFC 6587, section 3.4.1). */
async function startStreamReceiver(options: { readonly closesAfterBytes?: number } = {}) {
  const messages: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (options.closesAfterBytes !== undefined && bytes.length >= options.closesAfterBytes) socket.resetAndDestroy();
    });
    socket.on('end', () => {
      for (let rest = bytes; rest.length > 0; ) {
        const space = rest.indexOf(0x20);
        const end = space + 1 + Number(rest.subarray(0, space).toString());
        messages.push(rest.subarray(space + 1, end).toString());
        rest = rest.subarray(end);
      }
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.address() as AddressInfo).port, messages };
}

function eventIn(text: string) {
  return parseAuditEvent(text.slice(text.indexOf('] {') + 2));
}

describe('the syslog sink', () => {
  for (const { name, run } of auditSinkConformance) {
    it(name, () =>
      run(async () => {
        const { port, messages } = await startStreamReceiver();
        return {
          sink: createSyslogSink({ host: '127.0.0.1', port, protocol: 'tcp' }),
          read: async () => messages.map(eventIn),
        };
      }),
    );
  }

  it('fails when the connection is lost before the receiver has read everything', async () => {
    const { port } = await startStreamReceiver({ closesAfterBytes: 10 });
    const sink = createSyslogSink({ host: '127.0.0.1', port, protocol: 'tcp' });
    await expect(sink.write(Array.from({ length: 50 }, () => anAuditEvent()))).rejects.toMatchObject({
      code: 'ERR_AUDIT_SINK_UNREACHABLE',
    });
  });

  it('fails in time when the receiver does not read to the end', async () => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.on('connection', (socket) => onTestFinished(() => void socket.destroy()));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const sink = createSyslogSink({ host: '127.0.0.1', port, protocol: 'tcp', timeoutMs: 100 });
    await expect(sink.write([anAuditEvent()])).rejects.toMatchObject({
      message: `127.0.0.1:${port} did not take a batch over tcp: no answer in time`,
    });
  });

  it('sends each event as one datagram over UDP, without its text when it is longer than allowed', async () => {
    const socket = createSocket('udp4');
    const received: string[] = [];
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    onTestFinished(() => void socket.close());
    const all = new Promise<void>((resolve) => {
      socket.on('message', (datagram) => {
        if (received.push(datagram.toString()) === 2) resolve();
      });
    });
    const large = anAuditEvent({ code: 'tunnel.refused', details: { reason: 'x'.repeat(3_000) } });
    const small = anAuditEvent();
    await createSyslogSink({ host: '127.0.0.1', port: socket.address().port, protocol: 'udp' }).write([large, small]);
    await all;
    expect(received[0]).toMatch(new RegExp(`\\[sallyport@32473 id="${large.id}" .*textOmitted="true"\\]$`));
    expect(eventIn(received[1] ?? '')).toEqual(small);
  });

  it('connects to the address that a host resolves to, and to none when that is refused', async () => {
    const { port, messages } = await startStreamReceiver();
    const sink = (resolve: (host: string) => Promise<string>) =>
      createSyslogSink({ host: 'siem.example', port, protocol: 'tcp', resolve });
    await sink(async () => '127.0.0.1').write([anAuditEvent()]);
    expect(messages).toHaveLength(1);
    const refused = sink(() => Promise.reject(new Error('no'))).write([anAuditEvent()]);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_AUDIT_SINK_UNREACHABLE' });
    expect(messages).toHaveLength(1);
  });
});

describe('a syslog message', () => {
  it('has the header and the structured data of RFC 5424, and the event in ASCII', () => {
    const event = anAuditEvent({
      severity: 'warning',
      principal: { id: 'prn_1' as never, userName: 'Zoë "the] \\boss', groups: [], issuer: 'i' },
    });
    expect(toSyslogMessage(event, message).toString('latin1')).toBe(
      `<108>1 2026-01-01T00:00:00.000Z one.example sallyport - proxy.request.started ` +
        `[sallyport@32473 id="${event.id}" code="proxy.request.started" user="${Buffer.from('Zoë \\"the\\] \\\\boss').toString('latin1')}"] ` +
        JSON.stringify(event).replace('ë', '\\u00eb'),
    );
  });

  it('marks text that is not ASCII as UTF-8', () => {
    const text = toSyslogMessage(anAuditEvent(), { ...message, toLine: () => 'CEF:0|é' }).toString();
    expect(text.endsWith('] \ufeffCEF:0|é')).toBe(true);
  });

  it.each([
    ['a"b\\c]d', 'a\\"b\\\\c\\]d'],
    ['line\nbreak\0', 'line\ufffdbreak\ufffd'],
    ['\u202egpj', '\ufffdgpj'],
    ['\ud800', '\ufffd'],
    ['x'.repeat(300), 'x'.repeat(255)],
  ])('escapes the value %j', (value, escaped) => {
    expect(escapeValue(value)).toBe(escaped);
  });

  it('stays within its bound whatever the event holds', () => {
    const event = anAuditEvent({
      sourceAddress: '"'.repeat(1_000),
      code: 'tunnel.refused',
      details: { reason: 'x'.repeat(10_000) },
    });
    const bytes = toSyslogMessage(event, { ...message, maxMessageBytes: 2_048 });
    expect(bytes.length).toBeLessThanOrEqual(2_048);
  });
});
