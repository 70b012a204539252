import { TunnelError } from './errors.ts';
import type { StreamHandler, Tunnel, TunnelStream } from './tunnel.ts';

const NOTHING: StreamHandler = { onData() {}, onEnd() {}, onReset() {} };

/**
 * Carries a stream that one tunnel's peer opened on through another tunnel: heads, bytes, half-closes, renewals and resets as they
 * come, without reading them. Credit is given back on one side as the other takes the bytes, so that of a stream no more is held
 * than the two windows allow. A stream that can't be opened is reset with `refused`: nothing of it went on.
 *
 * @param inbound the stream that was accepted
 * @param onward where it goes on
 * @param header the payload of its OPEN frame there
 * @returns what handles `inbound`, for `TunnelOptions.onStream`
 */
export function relayStream(inbound: TunnelStream, onward: Pick<Tunnel, 'open'>, header: Uint8Array): StreamHandler {
  /** Bytes that were passed on and are not given back yet, because the next hop asked us to wait. */
  let owedInbound = 0;
  let owedOutbound = 0;
  let outbound: TunnelStream;
  try {
    outbound = onward.open(header, {
      onHead: (payload) => inbound.sendHead(payload),
      onData(chunk) {
        if (inbound.write(chunk)) outbound.consumed(chunk.byteLength);
        else owedOutbound += chunk.byteLength;
      },
      onEnd: (trailers) => inbound.end(trailers),
      onReset: ({ resetCode = 'internal', message }) => inbound.reset(resetCode, message),
      onDrain() {
        const bytes = owedInbound;
        owedInbound = 0;
        if (bytes > 0) inbound.consumed(bytes);
      },
    });
  } catch (error) {
    if (!(error instanceof TunnelError)) throw error;
    inbound.reset('refused', error.message);
    return NOTHING;
  }
  return {
    onData(chunk) {
      if (outbound.write(chunk)) inbound.consumed(chunk.byteLength);
      else owedInbound += chunk.byteLength;
    },
    onEnd: (trailers) => outbound.end(trailers),
    onReset: ({ resetCode = 'internal', message }) => outbound.reset(resetCode, message),
    onDrain() {
      const bytes = owedOutbound;
      owedOutbound = 0;
      if (bytes > 0) outbound.consumed(bytes);
    },
    onRenew: (payload) => outbound.renew(payload),
  };
}
