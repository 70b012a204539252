import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordReader, encodeRecord, MAX_RECORD_BYTES, RECORD, RECORD_HEADER_BYTES } from './record.ts';

type Read = readonly [type: number, payload: string];

/** What a reader makes of bytes that come in pieces of these lengths, over and over. */
function readInPieces(bytes: Buffer, lengths: readonly number[]): readonly Read[] {
  const seen: Read[] = [];
  const read = createRecordReader((type, payload) => seen.push([type, Buffer.from(payload).toString('hex')]));
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const length = lengths[i % lengths.length] as number;
    read(bytes.subarray(at, at + length));
    at += length;
  }
  return seen;
}

describe('records', () => {
  it('come whole and in order, however the bytes are split', () => {
    const record = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 300 }));
    const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), lengths, (records, pieces) => {
        const bytes = Buffer.concat(records.map(([type, payload]) => encodeRecord(type, payload)));
        const expected = records.map(([type, payload]) => [type, Buffer.from(payload).toString('hex')]);
        expect(readInPieces(bytes, pieces)).toEqual(expected);
      }),
      { seed: 11 },
    );
  });

  it('are read without a copy where they lay in one chunk', () => {
    const chunk = Buffer.concat([
      encodeRecord(RECORD.frames, Buffer.from('one')),
      encodeRecord(RECORD.frames, Buffer.from('two')),
    ]);
    const seen: Uint8Array[] = [];
    createRecordReader((_, payload) => seen.push(payload))(chunk);
    expect(seen.map(({ buffer }) => buffer)).toEqual([chunk.buffer, chunk.buffer]);
  });

  it('SEC-D13 are refused by their header alone when they are too large', () => {
    const seen: number[] = [];
    const header = Buffer.from([0, 0, 0, RECORD.frames]);
    header.writeUIntBE(MAX_RECORD_BYTES + 1, 0, 3);
    expect(header).toHaveLength(RECORD_HEADER_BYTES);
    const read = createRecordReader((type) => seen.push(type));
    expect(() => read(header)).toThrow(/^record of type 0 is 1048577 bytes, limit is 1048576$/);
    expect(seen).toEqual([]);
  });
});
