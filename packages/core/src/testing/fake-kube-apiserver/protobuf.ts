/** Writes protobuf messages field by field (wire types 0 and 2 only). */
export interface ProtobufWriter {
  /** A string field; left out when the value is not text. */
  text(field: number, value: unknown): ProtobufWriter;
  bytes(field: number, value: Uint8Array): ProtobufWriter;
  finish(): Uint8Array;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** Creates a writer for one message. */
export function protobufWriter(): ProtobufWriter {
  const parts: Uint8Array[] = [];
  const self: ProtobufWriter = {
    text(field, value) {
      return typeof value === 'string' ? self.bytes(field, Buffer.from(value)) : self;
    },
    bytes(field, value) {
      parts.push(Buffer.from([...varint(field * 8 + 2), ...varint(value.length)]), value);
      return self;
    },
    finish: () => Buffer.concat(parts),
  };
  return self;
}

/** One field of a message: a number for wire type 0, bytes for wire type 2. */
export interface ProtobufField {
  readonly field: number;
  readonly value: number | Uint8Array;
}

/** Splits a message into its fields. @throws Error when it is cut or uses fixed-width fields */
export function readProtobuf(bytes: Uint8Array): ProtobufField[] {
  const fields: ProtobufField[] = [];
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('protobuf message ends inside a number');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('protobuf number is too long');
  };
  while (at < bytes.length) {
    const tag = readVarint();
    const field = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === 0) {
      fields.push({ field, value: readVarint() });
    } else if (wireType === 2) {
      const length = readVarint();
      if (at + length > bytes.length) throw new Error('protobuf message ends inside a field');
      fields.push({ field, value: bytes.subarray(at, at + length) });
      at += length;
    } else {
      throw new Error(`protobuf wire type ${wireType} is not known`);
    }
  }
  return fields;
}
