import type { SandboxEvent, SandboxOrder } from './messages.ts';

/** A message with bytes that go along with it. */
export interface Packet<Message> {
  readonly message: Message;
  readonly body: Buffer;
}

/**
 * Largest packet, in bytes: a whole file and what is said about it. Whoever declares more is not read any further.
 */
export const MAX_PACKET_BYTES = 4 * 1_048_576 + 65_536;

const PREFIX_BYTES = 8;
const EMPTY = Buffer.alloc(0);

/** Encodes a message: length of all that follows, length of the JSON, the JSON, the bytes. */
export function encodePacket(message: SandboxOrder | SandboxEvent, body: Uint8Array = EMPTY): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  const packet = Buffer.allocUnsafe(PREFIX_BYTES + json.length + body.length);
  packet.writeUInt32BE(4 + json.length + body.length, 0);
  packet.writeUInt32BE(json.length, 4);
  json.copy(packet, PREFIX_BYTES);
  packet.set(body, PREFIX_BYTES + json.length);
  return packet;
}

/**
 * Creates a decoder that is fed chunks split anywhere. What comes out has been parsed, not checked.
 * @throws RangeError when a packet is larger than it may be or contradicts itself; SyntaxError when its JSON is none
 */
export function createPacketReader(): (chunk: Buffer) => Packet<unknown>[] {
  let held: Buffer = EMPTY;
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const packets: Packet<unknown>[] = [];
    while (held.length >= PREFIX_BYTES) {
      const size = held.readUInt32BE(0);
      const jsonSize = held.readUInt32BE(4);
      if (size > MAX_PACKET_BYTES) throw new RangeError(`packet is ${size} bytes, limit is ${MAX_PACKET_BYTES}`);
      if (jsonSize + 4 > size) throw new RangeError(`packet of ${size} bytes declares ${jsonSize} bytes of JSON`);
      const end = 4 + size;
      if (held.length < end) break;
      packets.push({
        message: JSON.parse(held.toString('utf8', PREFIX_BYTES, PREFIX_BYTES + jsonSize)),
        body: held.subarray(PREFIX_BYTES + jsonSize, end),
      });
      held = held.subarray(end);
    }
    return packets;
  };
}
