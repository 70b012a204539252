/**
 * Records: what a tunnel and the calls beside it are cut into where there is no gRPC below them. A record is
 * `length(24) | type(8) | payload`. PROTOCOL.md, section 11.2.
 */
import { TunnelError } from '../errors.ts';

/** Types of records; others are passed over. Payloads but those of `frames` and `close` are messages of `gateway.proto`. */
export const RECORD = {
  /** Both ways: a batch of whole frames. */
  frames: 0,
  /** Server: the certificate is accepted. Empty. */
  accepted: 1,
  /** Both ways, the last one: empty after an orderly end, else why, as UTF-8. */
  close: 2,
  /** Server: what is to be trusted, at once and after each change. */
  trust: 3,
  /** Agent: asks for a certificate, one at a time. */
  renew: 4,
  /** Server: the certificate. */
  renewed: 5,
  /** Server: why there is none, as UTF-8. */
  renewRefused: 6,
  /** Agent: how it finds its API server. */
  health: 7,
  /** Agent: what came of an access state; the first one asks for them. */
  accessReport: 8,
  /** Server: what is to be kept bound. */
  accessState: 9,
} as const;

/** Bytes before the payload. */
export const RECORD_HEADER_BYTES = 4;

/** Largest payload, in bytes: as large as a gRPC message may be. */
export const MAX_RECORD_BYTES = 1024 * 1024;

/** Writes the header of a record into the first bytes of `record`, behind which its payload stands. */
export function sealRecord(type: number, record: Uint8Array): Uint8Array {
  const length = record.byteLength - RECORD_HEADER_BYTES;
  record[0] = length >>> 16;
  record[1] = length >>> 8;
  record[2] = length;
  record[3] = type;
  return record;
}

/** A record with a copy of `payload`. */
export function encodeRecord(type: number, payload: Uint8Array): Uint8Array {
  const record = Buffer.allocUnsafe(RECORD_HEADER_BYTES + payload.byteLength);
  record.set(payload, RECORD_HEADER_BYTES);
  return sealRecord(type, record);
}

/** Takes one record. The payload is the callee's: a view of the chunk where all of it lay in one. */
export type RecordSink = (type: number, payload: Uint8Array) => void;

/**
 * Makes a reader of records out of a stream of bytes that is split anywhere. Yields what is fed with bytes, which throws
 * TunnelError `ERR_TUNNEL_FRAME_TOO_LARGE` by the header alone, before any payload is kept.
 */
export function createRecordReader(sink: RecordSink): (chunk: Uint8Array) => void {
  const header = new Uint8Array(RECORD_HEADER_BYTES);
  let headerBytes = 0;
  /** What came of a payload that is not whole yet. */
  let pieces: Uint8Array[] = [];
  let missingBytes = 0;

  function payloadBytes(): number {
    const length = ((header[0] as number) << 16) | ((header[1] as number) << 8) | (header[2] as number);
    if (length <= MAX_RECORD_BYTES) return length;
    throw new TunnelError({
      code: 'ERR_TUNNEL_FRAME_TOO_LARGE',
      message: `record of type ${header[3]} is ${length} bytes, limit is ${MAX_RECORD_BYTES}`,
    });
  }

  function emit(payload: Uint8Array): void {
    headerBytes = 0;
    sink(header[3] as number, payload);
  }

  return (chunk) => {
    let at = 0;
    for (;;) {
      if (headerBytes < RECORD_HEADER_BYTES) {
        while (headerBytes < RECORD_HEADER_BYTES && at < chunk.byteLength)
          header[headerBytes++] = chunk[at++] as number;
        if (headerBytes < RECORD_HEADER_BYTES) return;
        missingBytes = payloadBytes();
      }
      const piece = chunk.subarray(at, at + missingBytes);
      at += piece.byteLength;
      missingBytes -= piece.byteLength;
      if (missingBytes > 0) {
        if (piece.byteLength > 0) pieces.push(piece);
        return;
      }
      if (pieces.length === 0) {
        emit(piece);
        continue;
      }
      pieces.push(piece);
      const whole = Buffer.concat(pieces);
      pieces = [];
      emit(whole);
    }
  };
}
