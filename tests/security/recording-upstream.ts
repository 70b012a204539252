import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createTestCa } from '../../packages/agent/src/testing/test-ca.ts';
import { awaitCondition } from '../support/index.ts';

/** What the recording upstream says of one request. */
export interface RecordedRequest {
  readonly protocol: 'http/1.1' | 'h2';
  readonly method: string;
  readonly target: string;
  /** Names and values in the order of the wire; pseudo fields of HTTP/2 are left out. */
  readonly rawHeaders: readonly string[];
  /** Body bytes so far. */
  body(): Buffer;
  /** Whether the request is over: answered to the end, reset, or its connection gone. */
  readonly isOver: boolean;
}

/** A request to be answered. */
export interface UpstreamCall {
  readonly request: RecordedRequest;
  /** Sends a whole answer; a `Content-Length` is added. */
  respond(status: number, headers: readonly string[], body?: string | Buffer): void;
  /** Sends a head and leaves the body open. */
  open(status: number, headers: readonly string[]): UpstreamBody;
  /** Writes exact bytes in place of an answer. Only HTTP/1.1. */
  raw(bytes: string): Duplex;
}

/** An answer whose body is open. */
export interface UpstreamBody {
  write(bytes: string | Buffer): void;
  end(): void;
  /** Breaks off, so that the body is truncated. */
  cut(): void;
}

/** A kube-apiserver double that writes down what it hears, byte for byte. */
export interface RecordingUpstream {
  readonly port: number;
  readonly caPem: string;
  /** Requests on behalf of people, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Requests that the server made by itself, as its inventory. */
  readonly inventory: readonly RecordedRequest[];
  /** Reads of what a write is about to change, on behalf of whoever writes. None is there. */
  readonly readsBefore: readonly RecordedRequest[];
  /** Everything since the start, whoever asked and whatever was forgotten since. */
  readonly everything: readonly RecordedRequest[];
  /** Connections that were ever opened. */
  readonly connectionCount: number;
  /** Connections that are open. */
  readonly openCount: number;
  /** Everything that came over HTTP/1.1, deciphered, one entry for each connection. */
  wire(): Buffer[];
  /** How requests of people are answered. Default: 200 with an empty JSON object. */
  answer: (call: UpstreamCall) => void;
  /** Leaves our direction of a pipe open when the other ends. kube-apiserver ends both, and so does this by default. */
  keepsHalfOpen: boolean;
  /** Forgets what was recorded. */
  reset(): void;
  /** Resolves with the first request to `target`. */
  saw(target: string | RegExp): Promise<RecordedRequest>;
  close(): Promise<void>;
}

const INVENTORY_USER = 'sallyport:inventory';
const BEFORE_AGENT = 'sallyport-audit-before';
const plainAnswer = (call: UpstreamCall) => call.respond(200, ['Content-Type', 'application/json'], '{}');

/** Starts one on 127.0.0.1, with the protocols that kube-apiserver speaks. */
export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const ca = await createTestCa('cluster CA');
  const { certificatePem, keyPem } = await ca.issue({ dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
  let requests: RecordedRequest[] = [];
  let inventory: RecordedRequest[] = [];
  let readsBefore: RecordedRequest[] = [];
  const everything: RecordedRequest[] = [];
  const received: Buffer[][] = [];
  const sockets = new Set<TLSSocket>();
  let connectionCount = 0;

  function take(request: RecordedRequest, call: UpstreamCall): void {
    everything.push(request);
    const user = soleValueOf(request.rawHeaders, 'impersonate-user');
    if (user === INVENTORY_USER) {
      inventory.push(request);
      answerInventory(call);
      return;
    }
    // The agent asks by itself whether its API server answers.
    if (user === undefined && request.target === '/version') {
      answerInventory(call);
      return;
    }
    // What stands there before a write: no request of anybody's own.
    if (soleValueOf(request.rawHeaders, 'user-agent') === BEFORE_AGENT) {
      readsBefore.push(request);
      call.respond(404, ['Content-Type', 'application/json'], '{"kind":"Status","apiVersion":"v1","code":404}');
      return;
    }
    requests.push(request);
    upstream.answer(call);
  }

  const http1 = createHttp1Server({ maxHeaderSize: 4 * 1_048_576, requestTimeout: 0, headersTimeout: 0 });
  http1.on('request', (req, res) => take(...http1Call(req, res)));
  http1.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('end', () => {
      if (!upstream.keepsHalfOpen) socket.end();
    });
    take(...upgradeCall(req, socket, head));
  });
  http1.on('clientError', (_error, socket: Duplex) => socket.destroy());
  const http2 = createHttp2Server({ settings: { maxConcurrentStreams: 4_000, maxHeaderListSize: 1_048_576 } });
  http2.on('session', (session) => session.on('error', () => {}));
  http2.on('stream', (stream: ServerHttp2Stream, _headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) =>
    take(...http2Call(stream, rawHeaders)),
  );
  const server = createTlsServer(
    { cert: certificatePem, key: keyPem, ALPNProtocols: ['h2', 'http/1.1'], allowHalfOpen: true },
    (socket) => {
      connectionCount += 1;
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
      if (socket.alpnProtocol === 'h2') return void http2.emit('connection', socket);
      const chunks: Buffer[] = [];
      received.push(chunks);
      http1.emit('connection', socket);
      // After the parser has taken the socket: Node then hands the bytes to both.
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    },
  );
  server.on('tlsClientError', () => {});
  // A connection whose TLS has not begun, or is over while its peer still holds the other half, keeps a server from closing.
  const connections = new Set<Socket>();
  server.on('connection', (connection: Socket) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const upstream: RecordingUpstream = {
    port: (server.address() as AddressInfo).port,
    caPem: ca.certificatePem,
    get requests() {
      return requests;
    },
    everything,
    get inventory() {
      return inventory;
    },
    get readsBefore() {
      return readsBefore;
    },
    get connectionCount() {
      return connectionCount;
    },
    get openCount() {
      return sockets.size;
    },
    wire: () => received.filter(({ length }) => length > 0).map((chunks) => Buffer.concat(chunks)),
    answer: plainAnswer,
    keepsHalfOpen: false,
    reset() {
      requests = [];
      inventory = [];
      readsBefore = [];
      for (const chunks of received) chunks.length = 0;
      upstream.answer = plainAnswer;
      upstream.keepsHalfOpen = false;
    },
    saw: (target) =>
      awaitCondition(
        () => requests.find((one) => (typeof target === 'string' ? one.target === target : target.test(one.target))),
        { what: `the upstream hears ${target}`, timeoutMs: 10_000, everyMs: 5 },
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const each of [...sockets, ...connections]) each.destroy();
      }),
  };
  return upstream;
}

/** All values of a header, in order. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}

/** The one value of a header; `undefined` when it is not there exactly once. */
export function soleValueOf(rawHeaders: readonly string[], name: string): string | undefined {
  const values = headerValues(rawHeaders, name);
  return values.length === 1 ? values[0] : undefined;
}

function collect(source: Readable): () => Buffer {
  const chunks: Buffer[] = [];
  source.on('data', (chunk: Buffer) => chunks.push(chunk));
  source.on('error', () => {});
  return () => Buffer.concat(chunks);
}

function http1Call(req: IncomingMessage, res: ServerResponse): [RecordedRequest, UpstreamCall] {
  let isOver = false;
  res.on('close', () => {
    isOver = true;
  });
  const request: RecordedRequest = {
    protocol: 'http/1.1',
    method: req.method ?? '',
    target: req.url ?? '',
    rawHeaders: req.rawHeaders,
    body: collect(req),
    get isOver() {
      return isOver;
    },
  };
  return [
    request,
    {
      request,
      respond(status, headers, body = '') {
        res.writeHead(status, [...headers, 'Content-Length', String(Buffer.byteLength(body))]);
        res.end(body);
      },
      open(status, headers) {
        res.writeHead(status, [...headers]);
        res.flushHeaders();
        return { write: (bytes) => void res.write(bytes), end: () => void res.end(), cut: () => void res.destroy() };
      },
      raw(bytes) {
        const socket = res.socket as Duplex;
        socket.write(bytes, 'latin1');
        return socket;
      },
    },
  ];
}

function upgradeCall(req: IncomingMessage, socket: Duplex, head: Buffer): [RecordedRequest, UpstreamCall] {
  let isOver = false;
  socket.on('close', () => {
    isOver = true;
  });
  const body = collect(socket);
  const request: RecordedRequest = {
    protocol: 'http/1.1',
    method: req.method ?? '',
    target: req.url ?? '',
    rawHeaders: req.rawHeaders,
    body: () => Buffer.concat([head, body()]),
    get isOver() {
      return isOver;
    },
  };
  const raw = (bytes: string | Buffer) => {
    socket.write(bytes, 'latin1');
    return socket;
  };
  const headText = (status: number, headers: readonly string[]) => {
    let text = `HTTP/1.1 ${status} Status\r\n`;
    for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
    return `${text}\r\n`;
  };
  return [
    request,
    {
      request,
      respond(status, headers, text = '') {
        raw(headText(status, [...headers, 'Content-Length', String(Buffer.byteLength(text))]));
        raw(Buffer.from(text));
      },
      open(status, headers) {
        raw(headText(status, headers));
        return { write: (bytes) => void raw(bytes), end: () => void socket.end(), cut: () => void socket.destroy() };
      },
      raw,
    },
  ];
}

function http2Call(stream: ServerHttp2Stream, rawHeaders: string[]): [RecordedRequest, UpstreamCall] {
  const pseudo = new Map<string, string>();
  let first = 0;
  for (; rawHeaders[first]?.startsWith(':'); first += 2)
    pseudo.set(rawHeaders[first] as string, rawHeaders[first + 1] as string);
  const request: RecordedRequest = {
    protocol: 'h2',
    method: pseudo.get(':method') ?? '',
    target: pseudo.get(':path') ?? '',
    rawHeaders: rawHeaders.slice(first),
    body: collect(stream),
    get isOver() {
      return stream.closed || stream.destroyed;
    },
  };
  const fields = (status: number, headers: readonly string[]) => {
    const all: Record<string, string | number> = { ':status': status };
    for (let i = 0; i < headers.length; i += 2) all[(headers[i] as string).toLowerCase()] = headers[i + 1] as string;
    return all;
  };
  return [
    request,
    {
      request,
      respond(status, headers, body = '') {
        stream.respond(fields(status, headers));
        stream.end(body);
      },
      open(status, headers) {
        stream.respond(fields(status, headers));
        return { write: (bytes) => void stream.write(bytes), end: () => void stream.end(), cut: () => stream.close(2) };
      },
      raw() {
        throw new Error('HTTP/2 has no raw answers');
      },
    },
  ];
}

/** The server asks for version, nodes and namespaces of each cluster. */
function answerInventory(call: UpstreamCall): void {
  const isVersion = call.request.target.startsWith('/version');
  const body = isVersion
    ? {
        major: '1',
        minor: '36',
        gitVersion: 'v1.36.0',
        gitCommit: '',
        gitTreeState: '',
        buildDate: '',
        goVersion: '',
        compiler: '',
        platform: '',
      }
    : { kind: 'List', apiVersion: 'v1', metadata: {}, items: [] };
  call.respond(200, ['Content-Type', 'application/json'], JSON.stringify(body));
}
