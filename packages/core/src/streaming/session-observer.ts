import type { RemoteCommandStream } from './remote-command.ts';

/**
 * What passes on an upgraded connection, told as it passes. Bytes lie in the buffers that pass: copy what is to outlive the call.
 * A listener that throws breaks the connection's own handling, so it must not.
 */
export interface SessionObserver {
  /** A piece of a stream of exec or attach, unmasked and decoded. Pieces of one stream come in order, split anywhere. */
  onBytes?(stream: RemoteCommandStream, bytes: Uint8Array): void;
  /** The sender of a stream of exec or attach has ended it, and nothing else. */
  onHalfClose?(stream: RemoteCommandStream): void;
  /** A connection through a port-forward was opened. */
  onConnection?(port: number): void;
  /** Bytes of a port-forward passed: `received` from the caller, or `sent` to it. */
  onForwarded?(port: number, direction: 'received' | 'sent', byteCount: number): void;
  /** What passes is in no form that is understood. Told once; nothing else is told afterwards. */
  onUnreadable?(): void;
  /** Whether what is typed is to be told; without, stdin is passed over unread. Default false. */
  readonly wantsStdin?: boolean;
}
