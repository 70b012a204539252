import type { RemoteCommandStream } from './remote-command.ts';
import type { UpgradeKind } from './session-end.ts';
import type { SessionObserver } from './session-observer.ts';
import type { SpdyFrameListener } from './spdy-boundary.ts';
import { type SpdyHeaders, spdyHeader } from './spdy-header-block.ts';

/** What tells an observer of the streams of a SPDY connection. */
export interface ObservedSpdyStreams {
  /** The downstream opened a stream. */
  open(streamId: number, headers: SpdyHeaders): void;
  /** Either side has reset a stream. */
  close(streamId: number): void;
  readonly fromDownstream: Pick<SpdyFrameListener, 'onPayload' | 'onSkipped' | 'onFin'>;
  readonly fromUpstream: Pick<SpdyFrameListener, 'onPayload' | 'onSkipped' | 'onFin'>;
}

/** An exec has five streams; a client that goes on opening more is up to something, and no longer followed. */
const MAX_STREAMS = 64;

const UPWARD: ReadonlySet<string> = new Set<RemoteCommandStream>(['stdin', 'resize']);
const DOWNWARD: ReadonlySet<string> = new Set<RemoteCommandStream>(['stdout', 'stderr', 'error']);

/** Tells `observer` of the streams of an exec, attach or port-forward. */
export function observeSpdyStreams(kind: UpgradeKind, observer: SessionObserver): ObservedSpdyStreams {
  return kind === 'portForward' ? observePorts(observer) : observeStreams(observer);
}

function observeStreams(observer: SessionObserver): ObservedSpdyStreams {
  const types = new Map<number, RemoteCommandStream>();
  const listenTo = (known: ReadonlySet<string>): Pick<SpdyFrameListener, 'onPayload' | 'onFin'> => {
    const find = (streamId: number): RemoteCommandStream | undefined => {
      const type = types.get(streamId);
      return type !== undefined && known.has(type) ? type : undefined;
    };
    return {
      onPayload(streamId, piece) {
        const type = find(streamId);
        if (type === undefined || (type === 'stdin' && observer.wantsStdin !== true)) return;
        observer.onBytes?.(type, piece);
      },
      onFin(streamId) {
        const type = find(streamId);
        if (type !== undefined) observer.onHalfClose?.(type);
      },
    };
  };
  return {
    open(streamId, headers) {
      const type = spdyHeader(headers, 'streamtype') ?? '';
      if (types.size >= MAX_STREAMS) throw new Error('too many streams');
      if (UPWARD.has(type) || DOWNWARD.has(type)) types.set(streamId, type as RemoteCommandStream);
    },
    close: (streamId) => void types.delete(streamId),
    fromDownstream: listenTo(UPWARD),
    fromUpstream: listenTo(DOWNWARD),
  };
}

function observePorts(observer: SessionObserver): ObservedSpdyStreams {
  const ports = new Map<number, number>();
  const count = (direction: 'received' | 'sent') => (streamId: number, byteCount: number) => {
    const port = ports.get(streamId);
    if (port !== undefined) observer.onForwarded?.(port, direction, byteCount);
  };
  const listenTo = (
    direction: 'received' | 'sent',
  ): Required<Pick<SpdyFrameListener, 'onPayload' | 'onSkipped' | 'onFin'>> => {
    const onSkipped = count(direction);
    return {
      onSkipped,
      onPayload: (streamId, piece) => onSkipped(streamId, piece.length),
      onFin(streamId) {
        // The pod's side ends last or alone; what the caller still sends goes nowhere.
        if (direction === 'sent') ports.delete(streamId);
      },
    };
  };
  return {
    open(streamId, headers) {
      const port = Number.parseInt(spdyHeader(headers, 'port') ?? '', 10);
      if (spdyHeader(headers, 'streamtype') !== 'data' || Number.isNaN(port)) return;
      ports.set(streamId, port);
      observer.onConnection?.(port);
    },
    close: (streamId) => void ports.delete(streamId),
    fromDownstream: listenTo('received'),
    fromUpstream: listenTo('sent'),
  };
}
