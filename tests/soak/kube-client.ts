/** What kubectl does on the wire, without kubectl: a program each would be most of the load. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:http2';
import type { Duplex } from 'node:stream';
import {
  createHeaderBlockEncoder,
  createSpdyDecoder,
  createWebSocketMessageDecoder,
  encodeSpdyData,
  encodeSpdyFrame,
  parseExitStatus,
  REMOTE_COMMAND_CHANNEL,
  type SpdyFrame,
  type SpdyHeaders,
} from '@sallyport/core/streaming';
import { createTarget, type Upgraded, UpgradeRefused } from '../kube-contract/target.ts';
import { PREFIX, type Site } from './installation.ts';

/** By which server, and as whom. */
export interface Caller {
  readonly site: Site;
  readonly caPem: string;
  readonly token: string;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
}

/** An answer, as far as it was read. */
export interface Answer {
  readonly status: number;
  /** Id of the request at the cluster; `undefined` when the cluster did not answer. */
  readonly auditId: string | undefined;
  readonly text: string;
}

/** How an answer is read. */
export interface Reading {
  /** Told of the text so far after each chunk; the caller hangs up when it returns true. Default: to the end. */
  readonly isEnough?: (text: string) => boolean;
  /** Pause after each chunk, in milliseconds. Default 0. */
  readonly pauseMs?: number;
}

/** Sends a request over HTTP/1.1. Paths are those of the cluster. Rejects when the answer is cut. */
export async function send(
  caller: Caller,
  method: string,
  path: string,
  { body, isEnough, pauseMs = 0 }: Reading & { readonly body?: object } = {},
): Promise<Answer> {
  const response = await caller.site.fetch(`https://127.0.0.1:${caller.site.port}${PREFIX}${path}`, {
    method,
    signal: caller.signal,
    headers: {
      authorization: `Bearer ${caller.token}`,
      accept: 'application/json',
      ...(body && { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const head = { status: response.status, auditId: response.headers.get('audit-id') ?? undefined };
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (isEnough?.(text) === true) break;
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return { ...head, text };
}

/** Reads over HTTP/2, on a connection of its own. */
export function getByHttp2({ site, caPem, token, signal }: Caller, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = connect(`https://127.0.0.1:${site.port}`, { ca: caPem });
    const stop = () => session.destroy();
    signal.addEventListener('abort', stop, { once: true });
    session.on('close', () => signal.removeEventListener('abort', stop));
    session.on('error', reject);
    const stream = session.request({
      ':path': PREFIX + path,
      authorization: `Bearer ${token}`,
      accept: 'application/json',
    });
    let head: Omit<Answer, 'text'> = { status: 0, auditId: undefined };
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (fields) => {
      head = { status: Number(fields[':status']), auditId: fields['audit-id'] as string | undefined };
    });
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('error', reject);
    stream.on('close', () => {
      session.close();
      if (stream.rstCode === 0 && head.status !== 0) resolve({ ...head, text });
      else reject(new Error(`${path} was cut`));
    });
  });
}

/** Runs a command over a WebSocket (v5); the answer is its output. Rejects unless it ended with exit code 0. */
export async function execByWebSocket(caller: Caller, pod: string, command: readonly string[]): Promise<Answer> {
  const upgraded = await upgrade(caller, 'GET', `${pod}/exec?${commandQuery(command)}`, [
    ...['Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'],
    ...['Sec-WebSocket-Key', randomBytes(16).toString('base64'), 'Sec-WebSocket-Protocol', 'v5.channel.k8s.io'],
  ]);
  if ('status' in upgraded) return upgraded;
  const decoder = createWebSocketMessageDecoder({ masked: false });
  const channels = new Map<number, Buffer[]>();
  await readAll(upgraded, caller.signal, (bytes) => {
    for (const { type, payload } of decoder.push(bytes)) {
      if (type !== 'binary') continue;
      const channel = payload[0] ?? 0;
      channels.set(channel, [...(channels.get(channel) ?? []), Buffer.from(payload.subarray(1))]);
    }
    return false;
  });
  const bytesOf = (channel: number) => Buffer.concat(channels.get(channel) ?? []);
  return outputOf(upgraded, bytesOf(REMOTE_COMMAND_CHANNEL.stdout), bytesOf(REMOTE_COMMAND_CHANNEL.error));
}

/** The same over SPDY, as kubectl before 1.30 does it. */
export async function execBySpdy(caller: Caller, pod: string, command: readonly string[]): Promise<Answer> {
  const headers = ['Upgrade', 'SPDY/3.1', 'X-Stream-Protocol-Version', 'v4.channel.k8s.io'];
  const upgraded = await upgrade(caller, 'POST', `${pod}/exec?${commandQuery(command)}`, headers);
  if ('status' in upgraded) return upgraded;
  const streams = [[['streamtype', 'error']], [['streamtype', 'stdout']]] as const;
  const payloads = await spdy(upgraded, caller.signal, streams, undefined, (frames) => isEnded(frames, 1));
  return outputOf(upgraded, payloads(3), payloads(1));
}

/** Forwards one connection to a port of a pod by SPDY, says something there, and answers with as much of what comes back. */
export async function forward(caller: Caller, pod: string, port: number, words: string): Promise<Answer> {
  const headers = ['Upgrade', 'SPDY/3.1', 'X-Stream-Protocol-Version', 'portforward.k8s.io'];
  const upgraded = await upgrade(caller, 'POST', `${pod}/portforward?ports=${port}`, headers);
  if ('status' in upgraded) return upgraded;
  const streams = ['error', 'data'].map(
    (type): SpdyHeaders => [
      ['streamtype', type],
      ['port', String(port)],
      ['requestid', '0'],
    ],
  );
  const isBack = (frames: readonly SpdyFrame[]) => payloadOf(frames, 3).length >= Buffer.byteLength(words);
  const payloads = await spdy(upgraded, caller.signal, streams, { streamId: 3, words }, isBack);
  return { ...headOf(upgraded), text: payloads(3).toString() };
}

function commandQuery(command: readonly string[]): string {
  return [...command.map((word) => `command=${encodeURIComponent(word)}`), 'stdout=true'].join('&');
}

/** The connection, or the answer that refused it. */
async function upgrade(
  { site, caPem, token }: Caller,
  method: string,
  path: string,
  headers: readonly string[],
): Promise<Upgraded | Answer> {
  const facts = { name: site.name, minor: 36, namespace: '', image: '' };
  const target = createTarget({ url: `https://127.0.0.1:${site.port}`, ca: caPem, token }, facts);
  return target.upgrade(method, PREFIX + path, headers).catch((error: unknown) => {
    if (!(error instanceof UpgradeRefused)) throw error;
    return { status: error.status, auditId: undefined, text: error.body };
  });
}

const headOf = ({ headers }: Upgraded) => ({ status: 101, auditId: headers['audit-id'] as string | undefined });

function outputOf(upgraded: Upgraded, output: Buffer, status: Buffer): Answer {
  if (status.length === 0) throw new Error('the command was cut');
  if (parseExitStatus(status).kind !== 'success') throw new Error(`the command failed: ${status.toString()}`);
  return { ...headOf(upgraded), text: output.toString() };
}

/** Opens streams on a SPDY connection and reads until it is enough; resolves with what came on a stream. */
async function spdy(
  upgraded: Upgraded,
  signal: AbortSignal,
  streams: readonly SpdyHeaders[],
  said: { readonly streamId: number; readonly words: string } | undefined,
  isEnough: (frames: readonly SpdyFrame[]) => boolean,
): Promise<(streamId: number) => Buffer> {
  const blocks = createHeaderBlockEncoder();
  for (const [i, headers] of streams.entries()) {
    const frame = { type: 'synStream', streamId: 2 * i + 1, fin: false, unidirectional: false, priority: 0, headers };
    upgraded.socket.write(encodeSpdyFrame(frame as SpdyFrame, blocks));
  }
  if (said !== undefined) upgraded.socket.write(encodeSpdyData(said.streamId, Buffer.from(said.words)));
  const decoder = createSpdyDecoder();
  const frames: SpdyFrame[] = [];
  await readAll(upgraded, signal, (bytes) => {
    frames.push(...decoder.push(bytes));
    return isEnough(frames);
  });
  if (!isEnough(frames)) throw new Error('the connection was cut');
  return (streamId) => payloadOf(frames, streamId);
}

function payloadOf(frames: readonly SpdyFrame[], streamId: number): Buffer {
  return Buffer.concat(
    frames.flatMap((frame) => (frame.type === 'data' && frame.streamId === streamId ? [frame.payload] : [])),
  );
}

function isEnded(frames: readonly SpdyFrame[], streamId: number): boolean {
  return frames.some((frame) => frame.type === 'data' && frame.streamId === streamId && frame.fin);
}

/** Reads until `onBytes` returns true, the connection closes, or the caller hangs up. */
async function readAll(
  { socket, head }: { readonly socket: Duplex; readonly head: Buffer },
  signal: AbortSignal,
  onBytes: (bytes: Buffer) => boolean,
): Promise<void> {
  const hangUp = () => socket.destroy();
  signal.addEventListener('abort', hangUp, { once: true });
  socket.on('error', () => {});
  try {
    if (head.length > 0 && onBytes(head)) return;
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        if (onBytes(chunk)) resolve();
      });
      socket.on('end', resolve);
      socket.on('close', resolve);
      if (signal.aborted) hangUp();
    });
  } finally {
    signal.removeEventListener('abort', hangUp);
    socket.destroy();
  }
}
