import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { allHeaders, firstHeader } from '../../raw-headers.ts';
import {
  exitCodeStatus,
  REMOTE_COMMAND_SUBPROTOCOLS,
  remoteCommandSubprotocol,
  SPDY_PORT_FORWARD_SUBPROTOCOL,
} from '../../streaming/remote-command.ts';
import {
  isWebSocketKey,
  parseSubprotocols,
  webSocketAccept,
  withoutBearerSubprotocols,
} from '../../streaming/websocket-handshake.ts';
import type { ApiServer } from './api-server.ts';
import type { Call } from './call.ts';
import type { KubeObject } from './objects.ts';
import { textAt } from './objects.ts';
import { type Admission, admit, type RequestHead } from './pipeline.ts';
import { chooseContainer } from './pod-log.ts';
import { type FindPort, servePortForward, servePortForwardChannels } from './port-forward.ts';
import type { RequestRecorder } from './recording.ts';
import { parseSessionStreams, type RunSession, serveSpdySession, serveWebSocketSession } from './remote-session.ts';
import { recordRequest, requestHead } from './request-handler.ts';
import { splitTarget } from './request-info.ts';
import { renderError } from './respond.ts';
import { createSpdyConnection } from './spdy-connection.ts';
import { notFound, StatusError } from './status-error.ts';
import { createByteTransport, createServerWebSocket, tunnelOverWebSocket } from './upgrade-transport.ts';

interface Upgrade {
  readonly api: ApiServer;
  readonly head: RequestHead;
  readonly call: Call;
  readonly admission: Admission;
  readonly recorder: RequestRecorder;
  readonly socket: Duplex;
  readonly rest: Buffer;
}

/** Answers requests that want to switch protocols. */
export async function handleUpgrade(
  api: ApiServer,
  request: IncomingMessage,
  socket: Duplex,
  rest: Buffer,
): Promise<void> {
  const head = requestHead(request, true);
  const admission = admit(api, head);
  const recorder = recordRequest(api, request, admission);
  socket.on('error', () => socket.destroy());
  const query = splitTarget(head.target).query;
  const call: Call = {
    method: head.method,
    query,
    headers: head.rawHeaders,
    info: admission.info,
    user: admission.user,
    body: Buffer.alloc(0),
  };
  const upgrade: Upgrade = { api, head, call, admission, recorder, socket, rest };
  try {
    if (admission.refusal) throw admission.refusal;
    await serve(upgrade);
    api.audit.write('ResponseComplete', recorder.request.status, admission.audit);
  } catch (error) {
    if (!(error instanceof StatusError)) api.onUnexpected(error);
    const refusal =
      error instanceof StatusError
        ? error
        : new StatusError('InternalError', `fake API server failed: ${(error as Error).message}`);
    const { code, headers, body } = renderError(refusal, admission.audit.auditID);
    recorder.setStatus(code);
    api.audit.write('ResponseComplete', code, admission.audit);
    writeHead(socket, code, [...headers, 'Content-Length', String(body.length), 'Connection', 'close']);
    socket.end(body);
  }
}

function writeHead(socket: Duplex, code: number, headers: readonly string[]): void {
  const lines = [`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

function switchProtocols(upgrade: Upgrade, headers: readonly string[]): void {
  upgrade.recorder.setStatus(101);
  upgrade.api.audit.write('ResponseStarted', 101, upgrade.admission.audit);
  writeHead(upgrade.socket, 101, ['Connection', 'Upgrade', ...headers]);
}

async function serve(upgrade: Upgrade): Promise<void> {
  const { api, call, head } = upgrade;
  const { info } = call;
  const protocol = (firstHeader(head.rawHeaders, 'upgrade') ?? '').toLowerCase();
  const isSession =
    info.resource === 'pods' && info.group === '' && ['exec', 'attach', 'portforward'].includes(info.subresource);
  if (protocol === 'websocket') return isSession ? serveWebSocket(upgrade) : serveStreamOverWebSocket(upgrade);
  if (protocol !== 'spdy/3.1' || !isSession) throw new StatusError('BadRequest', 'Upgrade request required');
  return serveSpdy(upgrade, findPod(api, call));
}

function findPod(api: ApiServer, { info }: Call): KubeObject {
  const kind = api.cluster.kinds.findResource('', 'pods');
  const pod = kind && api.cluster.storage.get(kind, info.namespace, info.name);
  if (!pod) throw notFound('pods', '', info.name);
  return pod;
}

/** Prepares exec or attach. @throws StatusError before the switch */
function prepareSession({ api, call }: Upgrade, pod: KubeObject): RunSession {
  const { query, info } = call;
  const container = api.kubelet.container(pod, chooseContainer(pod, query.get('container')));
  const command = query.getAll('command');
  if (info.subresource === 'exec') {
    if (command.length === 0)
      throw new StatusError('BadRequest', 'you must specify at least 1 command for the container');
    if (container.exitCode !== undefined) {
      throw new StatusError(
        'InternalError',
        `error executing command in container: container ${container.name} is not running`,
      );
    }
    return async (io) => exitCodeStatus(await container.exec(command, io));
  }
  if (container.exitCode !== undefined) {
    throw new StatusError(
      'BadRequest',
      `cannot attach to container ${container.name} of a completed pod; current phase is ${textAt(pod, 'status.phase')}`,
    );
  }
  return async (io) => {
    if (io.resizable && container.terminal) {
      const { terminal } = container;
      io.resizable.onResize((size) => terminal.resize(size));
    }
    return exitCodeStatus(await container.attach(io));
  };
}

function portFinder(api: ApiServer, pod: KubeObject): FindPort {
  return (port) =>
    api.kubelet.port(pod, port) ??
    `failed to execute portforward in network namespace: failed to connect to localhost:${port} inside namespace of pod ${pod.metadata.namespace}/${pod.metadata.name}: connect: connection refused`;
}

function requireRunning(pod: KubeObject): void {
  const phase = textAt(pod, 'status.phase');
  if (phase !== 'Running')
    throw new StatusError('BadRequest', `unable to forward port because pod is not running. Current status=${phase}`);
}

async function serveSpdy(upgrade: Upgrade, pod: KubeObject): Promise<void> {
  const { api, call, head, socket, rest, recorder } = upgrade;
  const isForward = call.info.subresource === 'portforward';
  const wanted = isForward ? 'portforward.k8s.io' : 'v4.channel.k8s.io';
  const offered = allHeaders(head.rawHeaders, 'x-stream-protocol-version')
    .flatMap((line) => line.split(','))
    .map((name) => name.trim());
  if (offered.length === 0)
    throw new StatusError('BadRequest', 'unable to upgrade: X-Stream-Protocol-Version is required');
  if (!offered.includes(wanted)) {
    throw new StatusError(
      'Forbidden',
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${wanted}]`,
    );
  }
  const run = isForward ? undefined : prepareSession(upgrade, pod);
  if (isForward) requireRunning(pod);
  switchProtocols(upgrade, ['Upgrade', 'SPDY/3.1', 'X-Stream-Protocol-Version', wanted]);
  const transport = createByteTransport(socket, rest, recorder);
  const connection = createSpdyConnection(transport);
  if (run) await serveSpdySession(connection, transport, parseSessionStreams(call.query), run);
  else await servePortForward(connection, portFinder(api, pod));
}

function checkHandshake({ head }: Upgrade): string {
  if (head.method !== 'GET') throw new StatusError('MethodNotAllowed', 'WebSocket needs GET');
  const key = firstHeader(head.rawHeaders, 'sec-websocket-key') ?? '';
  if (!isWebSocketKey(key) || firstHeader(head.rawHeaders, 'sec-websocket-version') !== '13') {
    throw new StatusError('BadRequest', 'not a WebSocket handshake of version 13');
  }
  return webSocketAccept(key);
}

function openWebSocket(upgrade: Upgrade, accept: string, subprotocol: string) {
  const chosen = subprotocol === '' ? [] : ['Sec-WebSocket-Protocol', subprotocol];
  switchProtocols(upgrade, ['Upgrade', 'websocket', 'Sec-WebSocket-Accept', accept, ...chosen]);
  return createServerWebSocket(createByteTransport(upgrade.socket, upgrade.rest, upgrade.recorder));
}

async function serveWebSocket(upgrade: Upgrade): Promise<void> {
  const { api, call, head } = upgrade;
  const accept = checkHandshake(upgrade);
  const pod = findPod(api, call);
  const offered = withoutBearerSubprotocols(parseSubprotocols(head.rawHeaders));
  if (call.info.subresource === 'portforward') {
    requireRunning(pod);
    const find = portFinder(api, pod);
    if (offered.includes(SPDY_PORT_FORWARD_SUBPROTOCOL)) {
      const socket = openWebSocket(upgrade, accept, SPDY_PORT_FORWARD_SUBPROTOCOL);
      return servePortForward(createSpdyConnection(tunnelOverWebSocket(socket)), find);
    }
    const ports = call.query.getAll('ports').flatMap((text) => text.split(',').map(Number));
    const name = offered.find((one) => one === 'v4.channel.k8s.io');
    if (ports.length === 0 || name === undefined)
      throw new StatusError('BadRequest', 'query parameter "ports" and subprotocol v4.channel.k8s.io are required');
    return servePortForwardChannels(openWebSocket(upgrade, accept, name), ports, find);
  }
  const subprotocol =
    offered.length === 0
      ? remoteCommandSubprotocol('')
      : REMOTE_COMMAND_SUBPROTOCOLS.find((known) => offered.includes(known.name));
  if (!subprotocol) throw new StatusError('BadRequest', `no subprotocol of [${offered.join(' ')}] is served`);
  const run = prepareSession(upgrade, pod);
  const socket = openWebSocket(upgrade, accept, offered.length === 0 ? '' : subprotocol.name);
  await serveWebSocketSession(socket, subprotocol, parseSessionStreams(call.query), run);
}

/** Watch and log over WebSocket: each event or piece of output is one message. */
async function serveStreamOverWebSocket(upgrade: Upgrade): Promise<void> {
  const { api, call, head } = upgrade;
  const accept = checkHandshake(upgrade);
  if (call.info.verb === 'watch' && firstHeader(head.rawHeaders, 'origin') === undefined) {
    throw new StatusError('Forbidden', 'origin is required');
  }
  const reply = await api.handle(call);
  if (reply.is !== 'stream') throw new StatusError('BadRequest', 'this path can not be streamed over WebSocket');
  const [first = ''] = withoutBearerSubprotocols(parseSubprotocols(head.rawHeaders));
  const socket = openWebSocket(upgrade, accept, first);
  const isText = call.info.verb === 'watch';
  const ended = new Promise<void>((resolve) => {
    socket.signal.addEventListener('abort', () => resolve());
    reply.run({
      write: (bytes) =>
        void socket.send(isText ? 'text' : 'binary', isText ? Buffer.from(bytes).subarray(0, -1) : bytes),
      end: () => {
        void socket.send('close', Buffer.from([0x03, 0xe8]));
        socket.end();
        resolve();
      },
      onClose: (listener) => socket.signal.addEventListener('abort', listener),
    });
  });
  // Reading answers pings and notices that the client leaves.
  void (async () => {
    for await (const _message of socket.messages);
    socket.end();
  })();
  await ended;
}
