import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parseAuditEvent } from '../format-event.ts';
import { auditSinkConformance } from '../testing/conformance.ts';
import { anAuditEvent } from '../testing/fixtures.ts';
import { createStdoutSink } from './stdout.ts';

describe('the stdout sink', () => {
  for (const { name, run } of auditSinkConformance) {
    it(name, () =>
      run(async () => {
        const stream = new PassThrough();
        let text = '';
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        return {
          sink: createStdoutSink({ stream }),
          read: async () => text.split('\n').slice(0, -1).map(parseAuditEvent),
        };
      }),
    );
  }

  it('waits for a stream that is slow, and leaves it open', async () => {
    let take: (() => void) | undefined;
    const stream = new Writable({
      write: (_chunk, _encoding, done) => {
        take = done;
      },
    });
    const sink = createStdoutSink({ stream });
    let isWritten = false;
    const written = sink.write([anAuditEvent()]).then(() => {
      isWritten = true;
    });
    await new Promise(setImmediate);
    expect(isWritten).toBe(false);
    take?.();
    await written;
    await sink.close();
    expect(stream.writableEnded).toBe(false);
  });

  it('fails with the stream, and takes nothing along', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const sink = createStdoutSink({ stream });
    await expect(sink.write([anAuditEvent()])).rejects.toMatchObject({ code: 'ERR_AUDIT_SINK' });
    await expect(sink.write([anAuditEvent()])).rejects.toMatchObject({ code: 'ERR_AUDIT_SINK' });
  });
});
