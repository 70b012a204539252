import { TunnelError } from '../errors.ts';

/** Reads a message of the peer. @throws TunnelError `ERR_TUNNEL_PROTOCOL` when it is no protobuf of its kind */
export function decodeMessage<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TunnelError({ code: 'ERR_TUNNEL_PROTOCOL', message: `${name} is not valid protobuf`, cause });
  }
}
