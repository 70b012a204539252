import { isActive } from '@sallyport/core/terminal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAsciicastWriter, parseAsciicast } from './asciicast.ts';
import { createEventBuffer, decodeEvents, type RecordedEvent, type RecordedStream } from './events.ts';
import { bytesToText, textToBytes, unfinishedBytes } from './text.ts';

const HEADER = { width: 80, height: 24, timestamp: 1_772_366_400, title: 'ann on prod', env: { TERM: 'xterm' } };
const STREAMS = ['stdout', 'stderr', 'stdin'] as const;
/** Bytes of which many are UTF-8, cut anywhere, and some are not. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
  fc.constantFrom(
    Uint8Array.of(0xf4, 0x8f, 0xba, 0x80),
    Uint8Array.of(0xef, 0xbb, 0xbf),
    Uint8Array.of(0xed, 0xa0, 0x80),
  ),
);

const hex = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('hex');
function totals(events: readonly RecordedEvent[]) {
  const parts: Record<RecordedStream, Uint8Array[]> = { stdout: [], stderr: [], stdin: [] };
  for (const event of events) if ('bytes' in event) parts[event.kind].push(event.bytes);
  return { stdout: hex(parts.stdout), stderr: hex(parts.stderr), stdin: hex(parts.stdin) };
}

describe('text of bytes', () => {
  it('holds any bytes and gives them back', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
        const all = Buffer.concat(parts);
        const text = bytesToText(all);
        expect(Buffer.from(textToBytes(text)).equals(all)).toBe(true);
        // Valid Unicode, so that any reader of JSON takes it.
        expect(text.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves what is UTF-8 as it is', () => {
    const text = 'Ümläut 漢字 🚢 \u0000 \u001b[31m \u{10fc00}';
    expect(bytesToText(Buffer.from(text))).toBe(text);
  });

  it('knows a character that is cut off, and nothing else, as unfinished', () => {
    const ship = Buffer.from('🚢');
    for (let cut = 1; cut < 4; cut++)
      expect(unfinishedBytes(Buffer.concat([Buffer.from('a'), ship.subarray(0, cut)]))).toBe(cut);
    for (const whole of [ship, Buffer.from('é'), Buffer.from('a'), Buffer.from([0x80, 0x80]), Buffer.from([0xff])]) {
      expect(unfinishedBytes(whole)).toBe(0);
    }
  });
});

describe('an asciicast', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...STREAMS), fc.nat(3_000), bytes), { maxLength: 15 });

  it('gives back each stream byte for byte, through the stored form, wherever characters are cut', () => {
    fc.assert(
      fc.property(steps, (session) => {
        const buffer = createEventBuffer(1_024);
        buffer.append({ kind: 'header', atMs: 0, header: HEADER });
        let atMs = 0;
        for (const [stream, afterMs, piece] of session) {
          atMs += afterMs;
          buffer.appendBytes(stream, atMs, piece);
        }
        const stored = decodeEvents(buffer.take());
        const wanted = totals(session.map(([kind, , piece]) => ({ kind, atMs: 0, bytes: piece })));
        expect(totals(stored)).toEqual(wanted);
        const writer = createAsciicastWriter();
        const text = stored.map((event) => writer.write([event])).join('') + writer.end();
        const { events } = parseAsciicast(text);
        expect(totals(events)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it('is version 2, with times that never fall, sizes, remarks and a marker where the stream changes', () => {
    const buffer = createEventBuffer(64);
    buffer.append({ kind: 'header', atMs: 0, header: { ...HEADER, command: 'sh -c date' } });
    buffer.append({ kind: 'resize', atMs: 5, width: 0, height: 65_535 });
    buffer.appendBytes('stdout', 1_500, Buffer.from('a\u001b[1m'));
    // One millisecond, one stream, one event; and a clock that went back.
    buffer.appendBytes('stdout', 1_500, Buffer.from('b'));
    buffer.appendBytes('stderr', 1_400, Buffer.from('oops'));
    buffer.append({ kind: 'mark', atMs: 86_400_000 * 60, label: 'exit 0' });
    const writer = createAsciicastWriter();
    const [header, ...lines] = (writer.write(decodeEvents(buffer.take())) + writer.end()).trimEnd().split('\n');
    expect(JSON.parse(header ?? '')).toEqual({ version: 2, ...HEADER, command: 'sh -c date' });
    expect(lines).toEqual([
      '[0.005, "r", "0x65535"]',
      '[1.500, "o", "a\\u001b[1mb"]',
      '[1.500, "m", "stderr"]',
      '[1.500, "o", "oops"]',
      '[5184000.000, "m", "exit 0"]',
    ]);
  });

  it('SEC-G04 holds nothing that acts on the terminal of whoever prints it, and means the same', () => {
    const hostile = '\u001b]0;t\u0007\u009b31m\u009d52;c;eA==\u009c\u007f\u202e\u2066\u200b\u2028\u{e0041}\ufeff';
    const writer = createAsciicastWriter();
    const text = writer.write([
      { kind: 'header', atMs: 0, header: { ...HEADER, title: hostile, command: hostile } },
      { kind: 'stdout', atMs: 1, bytes: Buffer.from(hostile) },
      { kind: 'mark', atMs: 2, label: hostile },
    ]);
    expect(isActive(text.replaceAll('\n', ''))).toBe(false);
    const { header, events } = parseAsciicast(text);
    expect([header.title, header.command]).toEqual([hostile, hostile]);
    expect(events).toMatchObject([
      { kind: 'stdout', bytes: new Uint8Array(Buffer.from(hostile)) },
      { kind: 'mark', label: hostile },
    ]);
  });

  it('is refused when it is of another version, as are stored events that are cut short', () => {
    expect(() => parseAsciicast('{"version":1}\n')).toThrow(SyntaxError);
    const buffer = createEventBuffer(64);
    buffer.appendBytes('stdout', 0, Buffer.from('hello'));
    const stored = buffer.take();
    expect(() => decodeEvents(stored.subarray(0, -1))).toThrow(RangeError);
  });
});
