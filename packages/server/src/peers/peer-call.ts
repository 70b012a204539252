import { type ClusterId, isId } from '@sallyport/core';
import { TunnelError } from '@sallyport/tunnel';

/**
 * What one replica asks of another, as the header of a stream between them. `stream`: carry this stream to an agent of the cluster
 * whose tunnel ends there; the payload is the header that the agent gets. `access`: say whether a person's bindings in the cluster
 * are in force; the payload is an {@link AccessQuestion}.
 */
export interface PeerCall {
  readonly kind: PeerCallKind;
  readonly clusterId: ClusterId;
  readonly payload: Uint8Array;
}

/** See {@link PeerCall}. */
export type PeerCallKind = 'stream' | 'access';

const KINDS: readonly PeerCallKind[] = ['stream', 'access'];

/** Encodes a call: kind, length of the cluster's id, its id, then the payload. */
export function encodePeerCall({ kind, clusterId, payload }: PeerCall): Buffer {
  const header = Buffer.allocUnsafe(2 + clusterId.length + payload.byteLength);
  header[0] = KINDS.indexOf(kind);
  header[1] = clusterId.length;
  header.write(clusterId, 2, 'latin1');
  header.set(payload, 2 + clusterId.length);
  return header;
}

/** Reads a call. @throws TunnelError `ERR_TUNNEL_PROTOCOL` */
export function decodePeerCall(header: Uint8Array): PeerCall {
  const kind = KINDS[header[0] ?? -1];
  const end = 2 + (header[1] ?? 0);
  const clusterId = Buffer.from(header.subarray(2, end)).toString('latin1');
  if (kind === undefined || header.byteLength < end || !isId('cluster', clusterId)) {
    throw new TunnelError({ code: 'ERR_TUNNEL_PROTOCOL', message: 'a call of a replica names no cluster' });
  }
  return { kind, clusterId, payload: header.subarray(end) };
}
