import { type ChannelReader, createChannelReader } from './channel-reader.ts';
import { REMOTE_COMMAND_CHANNEL, type RemoteCommandStream, type RemoteCommandSubprotocol } from './remote-command.ts';
import type { SessionObserver } from './session-observer.ts';

/** Readers of both directions that tell an observer what passes. */
export interface ObservedChannels {
  readonly fromDownstream: ChannelReader;
  readonly fromUpstream: ChannelReader;
}

const STREAM_OF_CHANNEL = new Map<number, RemoteCommandStream>(
  (['stdin', 'stdout', 'stderr', 'error', 'resize'] as const).map((stream) => [REMOTE_COMMAND_CHANNEL[stream], stream]),
);

/** The channels of exec and attach. */
export function observeRemoteCommand(
  { base64, halfClose }: RemoteCommandSubprotocol,
  observer: SessionObserver,
): ObservedChannels {
  const tell = (channel: number, bytes: Uint8Array): void => {
    const stream = STREAM_OF_CHANNEL.get(channel);
    if (stream !== undefined) observer.onBytes?.(stream, bytes);
  };
  return {
    fromUpstream: createChannelReader({
      base64,
      wants: (channel) =>
        channel === REMOTE_COMMAND_CHANNEL.stdout ||
        channel === REMOTE_COMMAND_CHANNEL.stderr ||
        channel === REMOTE_COMMAND_CHANNEL.error,
      onBytes: tell,
    }),
    fromDownstream: createChannelReader({
      base64,
      wants: (channel) =>
        channel === REMOTE_COMMAND_CHANNEL.resize ||
        (channel === REMOTE_COMMAND_CHANNEL.stdin && observer.wantsStdin === true) ||
        (channel === REMOTE_COMMAND_CHANNEL.close && halfClose),
      onBytes(channel, bytes) {
        if (channel !== REMOTE_COMMAND_CHANNEL.close) return tell(channel, bytes);
        const closed = STREAM_OF_CHANNEL.get(bytes[0] as number);
        if (closed !== undefined) observer.onHalfClose?.(closed);
      },
    }),
  };
}

const PORT_BYTES = 2;

/**
 * The channels of a port-forward without SPDY: two per port, data and error, of which the server's first message is the port
 * as a 16-bit number, least significant byte first.
 */
export function observePortForward(base64: boolean, observer: SessionObserver): ObservedChannels {
  const ports = new Map<number, { port: number; seenBytes: number }>();
  const isData = (channel: number): boolean => channel % 2 === 0;
  return {
    fromUpstream: createChannelReader({
      base64,
      wants: isData,
      onBytes(channel, bytes) {
        const known = ports.get(channel) ?? { port: 0, seenBytes: 0 };
        ports.set(channel, known);
        let at = 0;
        for (; at < bytes.length && known.seenBytes < PORT_BYTES; at++, known.seenBytes++) {
          known.port |= (bytes[at] as number) << (8 * known.seenBytes);
          if (known.seenBytes === PORT_BYTES - 1) observer.onConnection?.(known.port);
        }
        if (at < bytes.length) observer.onForwarded?.(known.port, 'sent', bytes.length - at);
      },
    }),
    fromDownstream: createChannelReader({
      base64,
      wants: isData,
      onBytes(channel, bytes) {
        observer.onForwarded?.(ports.get(channel)?.port ?? 0, 'received', bytes.length);
      },
    }),
  };
}
