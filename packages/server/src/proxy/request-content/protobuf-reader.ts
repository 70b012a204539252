import { UnreadableBody } from './parse-json.ts';

/** One field of a message: a number for wire type 0, bytes for wire type 2, nothing for fixed-width fields. */
export interface ProtobufField {
  readonly field: number;
  readonly value: number | Uint8Array | undefined;
}

/**
 * Splits a protobuf message into its fields. Stricter than most readers: a field number beyond 32 bits is refused, since
 * Go's readers cut it off and would see another field, and so are groups, which nothing in the Kubernetes API uses.
 * @throws UnreadableBody
 */
export function readProtobuf(bytes: Uint8Array): readonly ProtobufField[] {
  const fields: ProtobufField[] = [];
  let at = 0;

  function readVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at];
      at += 1;
      if (byte === undefined) throw new UnreadableBody('its protobuf ends inside a number');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new UnreadableBody('its protobuf holds a number that is too long');
  }

  function skip(count: number): number {
    const start = at;
    at += count;
    if (at > bytes.length) throw new UnreadableBody('its protobuf ends inside a field');
    return start;
  }

  while (at < bytes.length) {
    const tag = readVarint();
    if (tag < 8 || tag > 0xffff_ffff) throw new UnreadableBody('its protobuf holds a field number out of range');
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        fields.push({ field, value: readVarint() });
        break;
      case 1:
        skip(8);
        fields.push({ field, value: undefined });
        break;
      case 2: {
        const start = skip(readVarint());
        fields.push({ field, value: bytes.subarray(start, at) });
        break;
      }
      case 5:
        skip(4);
        fields.push({ field, value: undefined });
        break;
      default:
        throw new UnreadableBody('its protobuf holds a wire type that the Kubernetes API does not use');
    }
  }
  return fields;
}
