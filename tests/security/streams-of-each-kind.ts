/** One open stream of each kind over each protocol that kubectl has for it, and how each of them was ended. */
import { randomBytes } from 'node:crypto';
import {
  createHeaderBlockEncoder,
  createSpdyDecoder,
  createWebSocketMessageDecoder,
  encodeSpdyFrame,
  encodeWebSocketFrame,
} from '@sallyport/core/streaming';
import { expect } from 'vitest';
import { awaitCondition } from '../support/index.ts';
import { PREFIX, type SecureStack } from './harness.ts';
import { answerOf } from './http2-client.ts';
import { execPath, openUpgraded, type UpgradeRequest } from './upgrade-client.ts';

/** How a stream ended. */
export interface StreamEnd {
  readonly name: string;
  /** When the caller saw it, in milliseconds since the epoch. */
  readonly atMs: number;
  /** The sentence that its protocol carried. */
  readonly message: string;
}

/** How many streams {@link openEachKind} opens. */
export const KIND_COUNT = 11;

const POD = '/api/v1/namespaces/default/pods/web';
const ATTACH = `${POD}/attach?stdin=true&stdout=true`;
const PORT_FORWARD = `${POD}/portforward`;
const FIRST_EVENT = '{"type":"ADDED","object":{}}\n';
const FIRST_LINE = 'a line\n';
/** RST_STREAM with INTERNAL_ERROR (RFC 9113, section 7). */
const INTERNAL_ERROR = 2;
/** GOAWAY of SPDY/3.1, up to the id of the last stream, and with status 0 behind it. */
const GOAWAY = Buffer.from([0x80, 3, 0, 7, 0, 0, 0, 8]);
/** A close frame of WebSocket with code 1000 and no reason. */
const CLOSE = Buffer.from([0x88, 2, 3, 0xe8]);

/**
 * Opens them with a kube credential. Each end is asserted, byte for byte where it is ours alone, as it is read: resolves with all
 * of them once all have ended.
 */
export async function openEachKind(
  stack: SecureStack,
  token: string,
): Promise<{ readonly ends: Promise<StreamEnd[]> }> {
  const ends = [
    ...(await openPlain(stack, token)),
    await openWebSocketCommand(stack, 'exec by WebSocket', execPath('web'), token),
    await openWebSocketCommand(stack, 'attach by WebSocket', ATTACH, token),
    await openSpdyCommand(stack, 'exec by SPDY', execPath('web'), token),
    await openSpdyCommand(stack, 'attach by SPDY', ATTACH, token),
    await openWebSocketPortForward(stack, token),
    await openSpdyPortForward(stack, token),
    await openWebSocketWatch(stack, token),
  ];
  expect(ends).toHaveLength(KIND_COUNT);
  return { ends: Promise.all(ends.map(({ end }) => end)) };
}

/** Wrapped, so that opening does not wait for the end. */
interface Open {
  readonly end: Promise<StreamEnd>;
}

async function openPlain(stack: SecureStack, token: string): Promise<readonly Open[]> {
  stack.upstream.answer = (call) => {
    const isWatch = call.request.target.includes('watch');
    call
      .open(200, ['Content-Type', isWatch ? 'application/json' : 'text/plain'])
      .write(isWatch ? FIRST_EVENT : FIRST_LINE);
  };
  const open: Open[] = [];
  for (const [kind, path] of [
    ['watch', '/api/v1/pods?watch=true'],
    ['logs', `${POD}/log?follow=true`],
  ] as const) {
    const message = kind === 'watch' ? messageOfWatch : messageOfLog;
    const caller = await stack.connect();
    caller.write(`GET ${PREFIX}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await caller.until('the first line', (bytes) => bytes.includes('\n', bytes.indexOf('\r\n\r\n') + 8));
    const overHttp1 = caller.answer().then(({ body, isComplete }) => {
      expect(isComplete, body).toBe(kind === 'watch');
      return message(body);
    });
    const stream = (await stack.session()).request({ ':path': PREFIX + path, authorization: `Bearer ${token}` });
    const overHttp2 = answerOf(stream).then(({ body, resetCode }) => {
      expect(resetCode, body).toBe(kind === 'watch' ? 0 : INTERNAL_ERROR);
      return message(body);
    });
    await new Promise((resolve) => stream.once('data', resolve));
    open.push(ending(`${kind} over HTTP/1.1`, overHttp1), ending(`${kind} over HTTP/2`, overHttp2));
  }
  return open;
}

/** An ERROR event and a clean end. */
function messageOfWatch(body: string): string {
  expect(body.startsWith(FIRST_EVENT), body).toBe(true);
  return messageOfEvent(body.slice(FIRST_EVENT.length));
}

function messageOfEvent(text: string): string {
  const { type, object } = JSON.parse(text) as { readonly type: string; readonly object: { readonly message: string } };
  expect(type).toBe('ERROR');
  const { message } = object;
  expect(object).toEqual({
    ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
    ...{ message, reason: 'Forbidden', code: 403 },
  });
  return message;
}

/** A line of its own, then no end that would look like that of the log. */
function messageOfLog(body: string): string {
  const [line, gap, message = '', ...rest] = body.split('\n');
  expect([`${line}\n`, gap, rest]).toEqual([FIRST_LINE, '', ['']]);
  return message;
}

async function openWebSocketCommand(stack: SecureStack, name: string, path: string, token: string): Promise<Open> {
  const { caller, received } = await openUpgraded(stack, { transport: 'websocket', path, token });
  return ending(
    name,
    caller.closed.then(() => {
      const bytes = received();
      const [status] = createWebSocketMessageDecoder().push(bytes);
      const text = Buffer.from(status?.payload.subarray(1) ?? []).toString();
      const message = messageOfStatus(text);
      // Channel 3 and its text in one binary frame, a close without a reason, and nothing else.
      const length = Buffer.byteLength(text) + 1;
      const head = length < 126 ? [0x82, length] : [0x82, 126, length >> 8, length & 0xff];
      expect(bytes).toEqual(Buffer.concat([Buffer.from([...head, 3]), Buffer.from(text), CLOSE]));
      return message;
    }),
  );
}

/** The Status on an error channel or error stream. */
function messageOfStatus(text: string): string {
  const status = JSON.parse(text) as { readonly message: string };
  const { message } = status;
  expect(status).toEqual({ metadata: {}, status: 'Failure', message, reason: 'Forbidden', code: 403 });
  return message;
}

async function openSpdyCommand(stack: SecureStack, name: string, path: string, token: string): Promise<Open> {
  const { caller, request, received } = await openUpgraded(stack, { transport: 'SPDY/3.1', path, token });
  const bytes = spdyStreams([[['streamtype', 'error']], [['streamtype', 'stdin']], [['streamtype', 'stdout']]]);
  caller.write(bytes);
  await awaitCondition(() => request.body().equals(bytes), { what: 'its streams are announced', everyMs: 2 });
  return ending(
    name,
    caller.closed.then(() => {
      const message = messageOfStatus(wordsOfSpdy(received(), 5));
      return message;
    }),
  );
}

/** Text on the error stream, stream 1, which it ends; then a GOAWAY. */
function wordsOfSpdy(bytes: Buffer, lastStreamId: number): string {
  const frames = createSpdyDecoder().push(bytes);
  const data = frames.flatMap((frame) => (frame.type === 'data' ? [frame] : []));
  expect(data.map(({ streamId, fin }) => [streamId, fin])).toEqual([[1, true]]);
  expect(frames.at(-2)).toBe(data[0]);
  expect(bytes.subarray(-16)).toEqual(Buffer.concat([GOAWAY, Buffer.from([0, 0, 0, lastStreamId, 0, 0, 0, 0])]));
  return Buffer.from(data[0]?.payload ?? []).toString();
}

/** A forwarded connection, so that there is an error stream for kubectl to read the reason from. */
const forwarded = () =>
  spdyStreams(
    ['error', 'data'].map((type) => [
      ['streamtype', type],
      ['port', '80'],
      ['requestid', '0'],
    ]),
  );

async function openWebSocketPortForward(stack: SecureStack, token: string): Promise<Open> {
  const asked: UpgradeRequest = {
    ...{ transport: 'websocket', path: `${PORT_FORWARD}?ports=80`, token },
    subprotocols: ['SPDY/3.1+portforward.k8s.io'],
  };
  const { caller, request, received } = await openUpgraded(stack, asked);
  const bytes = Buffer.from(encodeWebSocketFrame('binary', forwarded(), { mask: randomBytes(4) }));
  caller.write(bytes);
  await awaitCondition(() => request.body().equals(bytes), { what: 'the connection is announced', everyMs: 2 });
  return ending(
    'port-forward by WebSocket',
    caller.closed.then(() => {
      const messages = createWebSocketMessageDecoder().push(received());
      expect(messages.map(({ type }) => type)).toEqual(['binary', 'close']);
      const message = wordsOfSpdy(Buffer.from(messages[0]?.payload ?? []), 3);
      // A close frame has room for 123 bytes of it.
      const close = Buffer.from(messages[1]?.payload ?? []);
      expect(close.readUInt16BE(0)).toBe(1_000);
      expect(close.length).toBeLessThanOrEqual(125);
      expect(message.startsWith(close.toString('utf8', 2))).toBe(true);
      return message;
    }),
  );
}

async function openSpdyPortForward(stack: SecureStack, token: string): Promise<Open> {
  const asked: UpgradeRequest = {
    ...{ transport: 'SPDY/3.1', path: PORT_FORWARD, token },
    subprotocols: ['portforward.k8s.io'],
  };
  const { caller, request, received } = await openUpgraded(stack, asked);
  const bytes = forwarded();
  caller.write(bytes);
  await awaitCondition(() => request.body().equals(bytes), { what: 'the connection is announced', everyMs: 2 });
  return ending(
    'port-forward by SPDY',
    caller.closed.then(() => wordsOfSpdy(received(), 3)),
  );
}

async function openWebSocketWatch(stack: SecureStack, token: string): Promise<Open> {
  const asked: UpgradeRequest = { transport: 'websocket', path: '/api/v1/pods?watch=true', subprotocols: [], token };
  const { caller, received } = await openUpgraded(stack, asked);
  return ending(
    'watch by WebSocket',
    caller.closed.then(() => {
      const messages = createWebSocketMessageDecoder().push(received());
      expect(messages.map(({ type }) => type)).toEqual(['text', 'close']);
      return messageOfEvent(Buffer.from(messages[0]?.payload ?? []).toString());
    }),
  );
}

/** Streams 1, 3 and so on, with their headers, as kubectl announces them on one connection. */
function spdyStreams(streams: readonly (readonly (readonly [string, string])[])[]): Buffer {
  const blocks = createHeaderBlockEncoder();
  return Buffer.concat(
    streams.map((headers, i) =>
      encodeSpdyFrame(
        { type: 'synStream', streamId: 2 * i + 1, fin: false, unidirectional: false, priority: 0, headers },
        blocks,
      ),
    ),
  );
}

function ending(name: string, message: Promise<string>): Open {
  return { end: message.then((said) => ({ name, atMs: Date.now(), message: said })) };
}
