/**
 * Many long-running requests at once, and how each of them ended, told by events so that hundreds cost little. Knows of no test
 * runner: the benchmark opens its streams here too.
 */
import { type ClientHttp2Session, connect } from 'node:http2';
import { WebSocket } from 'ws';

/** What a stream is to kubectl; each kind ends in a form of its own. */
export type StreamKind = 'watch' | 'log' | 'exec';

/** How a stream ended. */
export interface StreamEnd {
  /** `performance.now()` of the last event. */
  readonly at: number;
  /** The reason that its protocol carried, as kubectl would print it; `undefined` when it carried none. */
  readonly reason: string | undefined;
  /**
   * Whether it ended in the form of its kind: a watch by an ERROR event and a clean end, a log by a reset, an exec by a failure on
   * its error channel and a close.
   */
  readonly isInProtocol: boolean;
}

/** A stream that runs. */
export interface OpenStream {
  readonly kind: StreamKind;
  /** Path below the cluster's prefix, without the query: one of its own. */
  readonly path: string;
  readonly isOpen: boolean;
  /** Never rejects. */
  readonly ended: Promise<StreamEnd>;
}

/** Where streams are opened, and as whom. */
export interface StreamTarget {
  readonly port: number;
  readonly caPem: string;
  /** What stands before a path of the cluster. */
  readonly prefix: string;
  readonly token: string;
}

/** Opens streams over one HTTP/2 connection, and a connection each where they switch protocols. */
export interface StreamOpener {
  /** Resolves once the first bytes of the stream are there. Rejects when it is refused. `name` makes its path one of its own. */
  open(kind: StreamKind, name: string): Promise<OpenStream>;
  /** Hangs up whatever is still open. */
  close(): void;
}

/** Path of a stream below the cluster's prefix. */
export function pathOf(kind: StreamKind, name: string): string {
  return `/api/v1/namespaces/${name}/pods${kind === 'watch' ? '' : `/pod/${kind}`}`;
}

const QUERIES: Readonly<Record<StreamKind, string>> = {
  watch: '?watch=1',
  log: '?follow=true',
  exec: '?command=sh&stdin=true&stdout=true',
};
const EXEC_PROTOCOL = 'v5.channel.k8s.io';
const ERROR_CHANNEL = 3;

/** Makes an opener; it connects when the first stream is opened. */
export function createStreamOpener(target: StreamTarget): StreamOpener {
  const authorization = `Bearer ${target.token}`;
  const sockets = new Set<WebSocket>();
  let session: ClientHttp2Session | undefined;

  function overHttp2(kind: 'watch' | 'log', path: string): Promise<OpenStream> {
    session ??= connectSession(target);
    const stream = session.request({ ':path': `${target.prefix}${path}${QUERIES[kind]}`, authorization });
    let body = '';
    let status: number | undefined;
    let isOpen = true;
    stream.setEncoding('utf8');
    stream.on('response', (head) => {
      status = head[':status'];
    });
    const ended = new Promise<StreamEnd>((resolve) => {
      stream.on('close', () => {
        isOpen = false;
        const at = performance.now();
        const wasReset = stream.rstCode !== 0;
        const reason = kind === 'watch' ? errorOfWatch(body) : body.split('\n').at(-2);
        resolve({ at, reason, isInProtocol: reason !== undefined && wasReset === (kind === 'log') });
      });
    });
    return new Promise((resolve, reject) => {
      stream.on('error', () => {});
      stream.on('data', (chunk: string) => {
        body += chunk;
      });
      // Whichever comes last: under load Node tells of the first bytes before it tells of the head.
      const seen = () => {
        if (status !== 200 || body === '') return;
        resolve({
          kind,
          path,
          ended,
          get isOpen() {
            return isOpen;
          },
        });
      };
      stream.on('data', seen);
      stream.on('response', seen);
      void ended.then(() => reject(new Error(`${path} was answered ${status}: ${body}`)));
    });
  }

  function overWebSocket(path: string): Promise<OpenStream> {
    const url = `wss://127.0.0.1:${target.port}${target.prefix}${path}${QUERIES.exec}`;
    const socket = new WebSocket(url, EXEC_PROTOCOL, { ca: target.caPem, headers: { authorization } });
    sockets.add(socket);
    let reason: string | undefined;
    let isOpen = true;
    socket.on('message', (data: Buffer) => {
      if (data[0] !== ERROR_CHANNEL) return;
      const { status, message } = JSON.parse(data.toString('utf8', 1)) as Record<'status' | 'message', string>;
      if (status === 'Failure') reason = message;
    });
    const ended = new Promise<StreamEnd>((resolve) => {
      socket.on('close', (code) => {
        sockets.delete(socket);
        isOpen = false;
        // 1006: the connection was cut without a close.
        resolve({ at: performance.now(), reason, isInProtocol: reason !== undefined && code !== 1006 });
      });
    });
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => {
        resolve({
          kind: 'exec',
          path,
          ended,
          get isOpen() {
            return isOpen;
          },
        });
      });
    });
  }

  return {
    open: (kind, name) => (kind === 'exec' ? overWebSocket(pathOf(kind, name)) : overHttp2(kind, pathOf(kind, name))),
    close() {
      session?.destroy();
      for (const socket of sockets) socket.terminate();
    },
  };
}

function connectSession({ port, caPem }: StreamTarget): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${port}`, { ca: caPem });
  // Every stream hears of it too.
  session.on('error', () => {});
  return session;
}

/** Message of the ERROR event that a watch ended with; `undefined` for one that was cut, maybe in the middle of an event. */
function errorOfWatch(body: string): string | undefined {
  const last = body.trimEnd().split('\n').at(-1) ?? '';
  if (!last.endsWith('}')) return undefined;
  const event = JSON.parse(last) as { readonly type: string; readonly object: { readonly message?: string } };
  return event.type === 'ERROR' ? event.object.message : undefined;
}
