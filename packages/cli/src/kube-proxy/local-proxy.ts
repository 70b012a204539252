import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request as requestServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { failureStatus, type KubernetesStatus, readToEnd, type Secret } from '@sallyport/core';
import { describeError } from '../output/error.ts';
import { describeFailure } from '../session/server-fetch.ts';
import type { CredentialSource } from './credential-source.ts';
import { callerHeaders, serverHeaders } from './header-rules.ts';
import { admitLocal, type LocalAccess } from './local-access.ts';

/** What {@link createLocalProxy} needs. */
export interface LocalProxyOptions {
  /** Address of the cluster at the server, with the path that leads to it. */
  readonly kubeUrl: string;
  /** The only authorities trusted. Absent: those of the system. */
  readonly caPem?: string;
  readonly credentials: CredentialSource;
  readonly access: LocalAccess;
  /** Told what could not be carried, as a line for a person. */
  readonly onFailure?: (line: string) => void;
}

/** An HTTP/1.1 server that carries requests to a cluster; it listens once the caller says where. */
export interface LocalProxy {
  readonly server: Server;
  /** Ends everything that is open. */
  close(): Promise<void>;
}

/**
 * Makes a proxy for programs that can't run a credential plugin: it sends what they ask to the server, under the credential
 * of the person, whose renewal they don't notice. Bodies stream both ways; watches and protocol switches pass. What the
 * server answers passes as it is, a refused credential (401) too: the next request has another.
 */
export function createLocalProxy(options: LocalProxyOptions): LocalProxy {
  const { access, credentials, onFailure = () => {} } = options;
  const base = new URL(options.kubeUrl);
  const prefix = base.pathname.replace(/\/$/, '');
  // Stated, because the default follows NODE_TLS_REJECT_UNAUTHORIZED.
  const agent = new Agent({
    keepAlive: true,
    rejectUnauthorized: true,
    ...(options.caPem !== undefined && { ca: options.caPem }),
  });
  const switched = new Set<Duplex>();

  /** Opens the request at the server for one that is admitted; the refusal, when it isn't or there is no credential. */
  async function open(incoming: IncomingMessage, upgrade?: string) {
    const { method = 'GET', url: target = '', rawHeaders } = incoming;
    const admitted = admitLocal({ target, headers: rawHeaders }, access);
    if ('refusal' in admitted) return admitted;
    let credential: Secret;
    try {
      credential = await credentials.current();
    } catch (error) {
      const { sentence, code, nextStep } = describeError(error);
      const message = `${sentence}. ${nextStep ?? ''} [${code}]`;
      onFailure(message);
      return { refusal: failureStatus(isOfSignIn(code) ? 'Unauthorized' : 'ServiceUnavailable', message) };
    }
    const outgoing = requestServer({
      agent,
      host: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port === '' ? 443 : base.port,
      method,
      path: `${prefix}${admitted.target}`,
      headers: serverHeaders(rawHeaders, { host: base.host, token: credential.reveal(), upgrade }),
    });
    return { outgoing, credential };
  }

  function unreachable(error: Error): KubernetesStatus {
    const { message, code, nextStep } = describeFailure(base.origin, error);
    onFailure(`${message} (${code})`);
    return failureStatus('ServiceUnavailable', `${message}. ${nextStep ?? ''} [${code}]`);
  }

  async function noteRefusal(answer: IncomingMessage, credential: Secret): Promise<void> {
    if (answer.statusCode !== 401) return;
    onFailure('the server did not take the credential (401); the next request has a new one');
    await credentials.refused(credential).catch((error: unknown) => onFailure(describeError(error).sentence));
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const opened = await open(incoming);
    if ('refusal' in opened) return answer(response, opened.refusal);
    const { outgoing, credential } = opened;
    outgoing.on('response', (answered) => {
      void noteRefusal(answered, credential);
      response.writeHead(answered.statusCode ?? 502, callerHeaders(answered.rawHeaders));
      // A watch has headers long before it has a body.
      response.flushHeaders();
      answered.pipe(response);
      // Cut short there, so it is cut short here: an ended body would look whole.
      answered.on('aborted', () => response.destroy());
      answered.on('error', () => response.destroy());
    });
    outgoing.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else answer(response, unreachable(error));
    });
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    incoming.pipe(outgoing);
  }

  async function switchProtocols(incoming: IncomingMessage, socket: Duplex, first: Buffer): Promise<void> {
    hold(socket);
    const upgrade = incoming.headers.upgrade ?? '';
    const opened = await open(incoming, upgrade);
    if ('refusal' in opened) return answerRaw(socket, opened.refusal);
    const { outgoing, credential } = opened;
    outgoing.on('upgrade', (answered, server, early) => {
      hold(server);
      socket.write(
        headOf(answered, ['Connection', 'Upgrade', 'Upgrade', answered.headers.upgrade ?? upgrade]),
        'latin1',
      );
      if (early.length > 0) socket.write(early);
      if (first.length > 0) server.write(first);
      join(socket, readToEnd(server));
    });
    outgoing.on('response', (answered) => {
      void noteRefusal(answered, credential);
      socket.write(headOf(answered, ['Connection', 'close']), 'latin1');
      answered.pipe(socket);
      answered.on('error', () => socket.destroy());
    });
    outgoing.on('error', (error) => answerRaw(socket, unreachable(error)));
    socket.on('close', () => outgoing.destroy());
    outgoing.end();
  }

  function hold(socket: Duplex): void {
    switched.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => switched.delete(socket));
  }

  const server = createServer({ requestTimeout: 0 }, (incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      onFailure(describeError(error).sentence);
      response.destroy();
    });
  });
  server.on('upgrade', (incoming, socket, first) => {
    switchProtocols(incoming, socket, first).catch((error: unknown) => {
      onFailure(describeError(error).sentence);
      socket.destroy();
    });
  });

  return {
    server,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of switched) socket.destroy();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

const OF_SIGN_IN: ReadonlySet<string> = new Set([
  'ERR_CLI_NOT_LOGGED_IN',
  'ERR_CLI_SESSION_ENDED',
  'ERR_API_UNAUTHENTICATED',
]);

function isOfSignIn(code: string): boolean {
  return OF_SIGN_IN.has(code);
}

function join(caller: Duplex, server: Duplex): void {
  caller.pipe(server);
  server.pipe(caller);
  // A connection that breaks on one side is of no use on the other.
  caller.on('close', () => server.destroy());
  server.on('close', () => {
    // What the server sent last is still on its way; a connection that is cut with bytes unread would take it along.
    if (server.readableEnded) caller.resume();
    else caller.destroy();
  });
}

function headOf(answered: IncomingMessage, ofConnection: readonly string[]): string {
  const headers = [...callerHeaders(answered.rawHeaders), ...ofConnection];
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []));
  return [`HTTP/1.1 ${answered.statusCode} ${answered.statusMessage}`, ...lines, '', ''].join('\r\n');
}

function answer(response: ServerResponse, status: KubernetesStatus): void {
  const body = JSON.stringify(status);
  response.writeHead(status.code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function answerRaw(socket: Duplex, status: KubernetesStatus): void {
  if (socket.destroyed || socket.writableEnded) return;
  const body = JSON.stringify(status);
  const length = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${status.code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
