/**
 * One load, in a process of its own so that its CPU is nobody else's: small requests, bulk downloads, slow readers or
 * watches over HTTP/1.1 (raw sockets) or HTTP/2. Argument: JSON. Prints one line: JSON, or that the load is under way.
 */
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** What a load is told. */
export interface LoadOptions {
  readonly kind: 'small' | 'bulk' | 'slow' | 'watch';
  readonly url: string;
  readonly caPem: string;
  readonly token?: string;
  readonly protocol: 'h1' | 'h2';
  readonly concurrency: number;
  readonly seconds: number;
  /** Slow readers only: bytes per second of each. */
  readonly bytesPerSecond?: number;
}

/** What a load reports. Times in milliseconds. */
export interface LoadResult {
  readonly count: number;
  readonly errors: number;
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly megabytesPerSecond: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const target = new URL(options.url);
const headers: Record<string, string> = {
  accept: 'application/json',
  'user-agent': 'kubectl/v1.36.0 (linux/amd64) kubernetes/abcdef0',
  ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
};
const path = target.pathname + target.search;
const http1Request = Buffer.from(
  `GET ${path} HTTP/1.1\r\nhost: ${target.host}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`,
);
let bytes = 0;

/** Performs one GET and resolves when the answer is complete. */
type Get = () => Promise<void>;

function tlsOptions(protocol: string) {
  return {
    host: target.hostname,
    port: Number(target.port),
    ca: options.caPem,
    servername: 'localhost',
    // Names differ by configuration; the chain is what counts here.
    checkServerIdentity: () => undefined,
    ALPNProtocols: [protocol],
  };
}

/** One keep-alive connection over raw sockets: a parser for exactly the answers that occur here. */
function http1Client(): Promise<Get> {
  return new Promise((resolve, reject) => {
    let socket: TLSSocket;
    let finish: ((error?: Error) => void) | undefined;
    let head: Buffer = Buffer.alloc(0);
    /** Bytes of the body that are missing; -1 while the head is read, -2 for a chunked body. */
    let missing = -1;
    let tail = '';
    const onData = (chunk: Buffer) => {
      let body = chunk;
      if (missing === -1) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        const text = head.toString('latin1', 0, end);
        if (!text.startsWith('HTTP/1.1 200')) return finish?.(new Error(text.split('\r\n')[0]));
        const length = /^content-length: *(\d+)/im.exec(text)?.[1];
        missing = length === undefined ? -2 : Number(length);
        body = head.subarray(end + 4);
        head = Buffer.alloc(0);
      }
      bytes += body.length;
      if (missing >= 0) missing -= body.length;
      else tail = (tail + body.toString('latin1', Math.max(0, body.length - 7))).slice(-7);
      if (missing === 0 || (missing === -2 && tail.endsWith('\r\n0\r\n\r\n'))) finish?.();
    };
    socket = connectTls(tlsOptions('http/1.1'), () => {
      socket.setNoDelay(true);
      resolve(
        () =>
          new Promise<void>((done, fail) => {
            missing = -1;
            tail = '';
            finish = (error) => {
              finish = undefined;
              if (error === undefined) done();
              else fail(error);
            };
            socket.write(http1Request);
          }),
      );
    });
    socket.on('data', onData);
    socket.on('error', (error) => (finish ?? reject)(error));
    socket.on('close', () => finish?.(new Error('connection closed')));
  });
}

function http2Client(session: ClientHttp2Session): Get {
  return () =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path, ...headers });
      let status: number | undefined;
      stream.on('response', (head) => {
        status = head[':status'];
      });
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      stream.on('end', () => (status === 200 ? resolve() : reject(new Error(`status ${status}`))));
      stream.on('error', reject);
    });
}

async function makeClients(): Promise<Get[]> {
  if (options.protocol === 'h1') return Promise.all(Array.from({ length: options.concurrency }, http1Client));
  // As client-go and browsers do, many streams share a connection; sixteen here.
  const sessions = await Promise.all(
    Array.from({ length: Math.ceil(options.concurrency / 16) }, async () => {
      const session = connectHttp2(target.origin, { ...tlsOptions('h2'), settings: { initialWindowSize: 4 << 20 } });
      await new Promise((resolve, reject) => {
        session.once('connect', resolve);
        session.once('error', reject);
      });
      session.setLocalWindowSize(32 << 20);
      return session;
    }),
  );
  return Array.from({ length: options.concurrency }, (_, i) =>
    http2Client(sessions[Math.floor(i / 16)] as ClientHttp2Session),
  );
}

async function load(): Promise<LoadResult> {
  const clients = await makeClients();
  if (options.kind === 'small') await Promise.all(clients.map((get) => get()));
  const times: number[] = [];
  let errors = 0;
  bytes = 0;
  const started = performance.now();
  const end = started + options.seconds * 1_000;
  await Promise.all(
    clients.map(async (get) => {
      while (performance.now() < end) {
        const at = performance.now();
        try {
          await get();
        } catch (error) {
          errors += 1;
          if (errors === 1) process.stderr.write(`${String(error)}\n`);
          return;
        }
        times.push(performance.now() - at);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return {
    count: times.length,
    errors,
    p50: at(0.5),
    p99: at(0.99),
    perSecond: times.length / seconds,
    megabytesPerSecond: bytes / 1e6 / seconds,
  };
}

/** Readers that take `bytesPerSecond` each and no more, until the process is told to stop. */
function readSlowly(): void {
  const rate = options.bytesPerSecond ?? 1 << 20;
  for (let i = 0; i < options.concurrency; i += 1) {
    const socket = connectTls(tlsOptions('http/1.1'), () => socket.write(http1Request));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      socket.pause();
      setTimeout(() => socket.resume(), (chunk.length / rate) * 1_000);
    });
  }
}

/** Answers that stay open; resolves once each has brought its first event. */
async function watch(): Promise<void> {
  const first = Array.from({ length: options.concurrency }, () => {
    const socket = connectTls(tlsOptions('http/1.1'), () => socket.write(http1Request));
    return new Promise<void>((resolve, reject) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (text.includes('"type":"ADDED"')) resolve();
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`a watch ended: ${text.slice(0, 200)}`)));
    });
  });
  await Promise.all(first);
}

if (options.kind === 'slow') {
  readSlowly();
  process.stdout.write('reading\n');
} else if (options.kind === 'watch') {
  await watch();
  process.stdout.write('watching\n');
} else {
  const result = await load();
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
