import { TunnelError } from '../errors.ts';

/** Reads a message of the peer. @throws TunnelError `ERR_TUNNEL_PROTOCOL` when it is no protobuf of its kind */
export function decodeMessage<T>(name: string, codec: { decode(bytes: Uint8Array): T }, bytes: Uint8Array): T {
  try {
    return codec.decode(bytes);
  } catch (cause) {
    throw new TunnelError({ code: 'ERR_TUNNEL_PROTOCOL', message: `${name} is not valid protobuf`, cause });
  }
}
