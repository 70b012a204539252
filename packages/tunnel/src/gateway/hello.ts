import { Hello, HelloAck } from '../gen/sallyport/agent/v1/gateway.ts';
import { decodeMessage } from './decode-message.ts';

/** Bytes of an agent's HELLO payload. */
export function encodeHello(hello: Hello): Uint8Array {
  return Hello.encode(hello).finish();
}

/** Reads an agent's HELLO payload. @throws TunnelError `ERR_TUNNEL_PROTOCOL` */
export function decodeHello(payload: Uint8Array): Hello {
  return decodeMessage('Hello', Hello, payload);
}

/** Bytes of a server's HELLO payload. */
export function encodeHelloAck(ack: HelloAck): Uint8Array {
  return HelloAck.encode(ack).finish();
}

/** Reads a server's HELLO payload. @throws TunnelError `ERR_TUNNEL_PROTOCOL` */
export function decodeHelloAck(payload: Uint8Array): HelloAck {
  return decodeMessage('HelloAck', HelloAck, payload);
}
