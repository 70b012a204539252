import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { webSocketAccept } from '@sallyport/core/streaming';
import { awaitCondition } from '../support/index.ts';
import { PREFIX, type SecureStack } from './harness.ts';
import type { RawConnection } from './http1-client.ts';
import { headerValues, type RecordedRequest, soleValueOf, type UpstreamCall } from './recording-upstream.ts';

/** Ways to switch protocols. */
export type Transport = 'websocket' | 'SPDY/3.1';
export const TRANSPORTS: readonly Transport[] = ['websocket', 'SPDY/3.1'];

/** Path of an exec in a pod. */
export const execPath = (pod: string) =>
  `/api/v1/namespaces/default/pods/${pod}/exec?command=sh&stdin=true&stdout=true&stderr=true`;

/** Options of {@link askForUpgrade}. */
export interface UpgradeRequest {
  readonly transport: Transport;
  /** Below the cluster's prefix. */
  readonly path: string;
  /** Subprotocols, best first. Default: version 5 over WebSocket, version 4 over SPDY. */
  readonly subprotocols?: readonly string[];
  readonly token?: string;
  /** In place of the `Upgrade` line: exact lines, each with its line end. */
  readonly upgradeLines?: string;
  /** Bytes right behind the head. */
  readonly behind?: string | Buffer;
}

/** Writes the head of a request that asks for another protocol. */
export async function askForUpgrade(stack: SecureStack, request: UpgradeRequest): Promise<RawConnection> {
  const { transport, path, behind } = request;
  const isWebSocket = transport === 'websocket';
  const names = request.subprotocols ?? [isWebSocket ? 'v5.channel.k8s.io' : 'v4.channel.k8s.io'];
  const connection = await stack.connect();
  const key = randomBytes(16).toString('base64');
  const handshake = isWebSocket
    ? `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${names.length === 0 ? '' : `Sec-WebSocket-Protocol: ${names.join(', ')}\r\n`}`
    : names.map((name) => `X-Stream-Protocol-Version: ${name}\r\n`).join('');
  connection.write(
    `${isWebSocket ? 'GET' : 'POST'} ${PREFIX}${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
      `Authorization: Bearer ${request.token ?? (await stack.token())}\r\n` +
      `${request.upgradeLines ?? `Connection: Upgrade\r\nUpgrade: ${transport}\r\n`}${handshake}` +
      `${isWebSocket ? '' : 'Content-Length: 0\r\n'}\r\n`,
  );
  if (behind !== undefined) connection.write(behind);
  return connection;
}

/** The 101 of kube-apiserver for what the caller asked. */
export function switchingHead(call: UpstreamCall, subprotocol: string | undefined): string {
  const { rawHeaders } = call.request;
  const key = soleValueOf(rawHeaders, 'sec-websocket-key');
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    `Upgrade: ${soleValueOf(rawHeaders, 'upgrade')}`,
    'Connection: Upgrade',
  ];
  if (key !== undefined) lines.push(`Sec-WebSocket-Accept: ${webSocketAccept(key)}`);
  const name = key === undefined ? 'X-Stream-Protocol-Version' : 'Sec-WebSocket-Protocol';
  if (subprotocol !== undefined) lines.push(`${name}: ${subprotocol}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Bytes behind the head of an answer. */
export function behindHead(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
}

/** Both ends of a connection that switched protocols. */
export interface UpgradedPipe {
  readonly caller: RawConnection;
  readonly pipe: Duplex;
  readonly request: RecordedRequest;
  /** What came to the caller behind the head. */
  received(): Buffer;
}

/** Asks for another protocol, and has the upstream switch to it with the first subprotocol that was offered. */
export async function openUpgraded(stack: SecureStack, asked: UpgradeRequest): Promise<UpgradedPipe> {
  let upstreamEnd: Duplex | undefined;
  stack.upstream.answer = (call) => {
    const offered = headerValues(
      call.request.rawHeaders,
      asked.transport === 'websocket' ? 'sec-websocket-protocol' : 'x-stream-protocol-version',
    );
    upstreamEnd = call.raw(switchingHead(call, offered[0]?.split(',')[0]?.trim()));
  };
  const caller = await askForUpgrade(stack, asked);
  const { status, body } = await caller.answer();
  if (status !== 101) throw new Error(`${asked.path} was answered ${status}: ${body}`);
  const pipe = await awaitCondition(() => upstreamEnd, { what: 'the upstream switched', everyMs: 2 });
  const request = stack.upstream.requests.at(-1);
  if (request === undefined) throw new Error('the upstream recorded no request');
  return { caller, pipe, request, received: () => behindHead(caller.received()) };
}
