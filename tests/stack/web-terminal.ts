import {
  type CreatedTerminal,
  MAX_TERMINAL_FILE_BYTES,
  TERMINAL_CHANNEL,
  TERMINAL_SUBPROTOCOL,
  type TerminalMessage,
} from '@sallyport/core/api';
import { signIn } from '@sallyport/core/testing';
import { WebSocket } from 'ws';
import { SESSION_COOKIE } from '../../packages/server/src/authn/web-session.ts';
import { awaitCondition } from '../support/index.ts';
import { fetchTrusting } from './login.ts';

/** A server as browsers reach it. */
export interface ServerAddress {
  readonly publicUrl: string;
  readonly caPem: string;
  /** Where to connect instead, as a balancer would. Default: the port of the URL. */
  readonly port?: number;
}

/** The session of a browser. */
export interface WebLogin {
  /** The `Cookie` line. */
  readonly cookie: string;
  /** What pages send with changes: header and token. */
  readonly csrf: readonly [string, string];
}

/** A terminal as a page holds it. */
export interface OpenTerminal {
  readonly socket: WebSocket;
  readonly id: string;
  /** Everything that was printed since the last line. */
  printed(): string;
  /** Resolves with the next message of that type. */
  next<Type extends TerminalMessage['type']>(type: Type): Promise<Extract<TerminalMessage, { type: Type }>>;
  ask(message: object): void;
  /** Hands over what was typed. */
  type(text: string): void;
  upload(path: string, content: Uint8Array): void;
  /** Resolves with the content of a file of the terminal. */
  download(path: string): Promise<Buffer>;
  /** Runs a line, and resolves with what it printed and how it ended. */
  run(line: string): Promise<{ readonly text: string; readonly end: TerminalMessage }>;
}

/** Signs somebody in with a browser: a session of its own. */
export async function signInBrowser(
  { publicUrl, caPem, port }: ServerAddress,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<WebLogin> {
  let cookie = '';
  const trusting = fetchTrusting(caPem, port);
  await signIn({
    authorizationUrl: `${publicUrl}/session/login?returnTo=/nowhere`,
    user: email,
    password,
    fetch: async (url, init) => {
      const answer = await trusting(url, init);
      const line = answer.headers.getSetCookie().find((each) => each.startsWith(`${SESSION_COOKIE}=`));
      cookie = line?.split(';', 1)[0] ?? cookie;
      return answer;
    },
  }).catch((error: unknown) => {
    // There is no page to come back to, which the browser takes for the end of its way.
    if (cookie === '') throw error;
  });
  const session = await trusting(`${publicUrl}/session`, { headers: { cookie } });
  const { csrf } = (await session.json()) as { readonly csrf: { readonly header: string; readonly token: string } };
  return { cookie, csrf: [csrf.header, csrf.token] };
}

/** Calls the REST API as a page does. */
export async function callAsPage<Body = unknown>(
  { publicUrl, caPem, port }: ServerAddress,
  { cookie, csrf }: WebLogin,
  method: string,
  path: string,
): Promise<{ readonly status: number; readonly body: Body }> {
  const answer = await fetchTrusting(caPem, port)(`${publicUrl}/api/v1${path}`, {
    method,
    headers: { cookie, origin: publicUrl, [csrf[0]]: csrf[1] },
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
}

/** Opens the WebSocket of a terminal, as a page of the server does. */
export function connectTerminal(
  { publicUrl, caPem, port }: ServerAddress,
  { cookie }: WebLogin,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): WebSocket {
  const { host } = new URL(publicUrl);
  const url = new URL(path, publicUrl.replace('https', 'wss'));
  if (port !== undefined) url.port = String(port);
  return new WebSocket(url, TERMINAL_SUBPROTOCOL, {
    ca: caPem,
    maxPayload: 2 * MAX_TERMINAL_FILE_BYTES,
    headers: { host, cookie, origin: publicUrl, ...headers },
  });
}

/** The status with which the handshake of a terminal's WebSocket is refused; `undefined`: it is not. */
export function refusalOf(socket: WebSocket): Promise<number | undefined> {
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.on('error', () => {});
    socket.on('open', () => resolve(undefined));
  });
}

/** Holds a terminal whose WebSocket is being opened; resolves when it is ready. */
export async function holdTerminal(socket: WebSocket, id: string): Promise<OpenTerminal> {
  const messages: TerminalMessage[] = [];
  const files = new Map<string, Buffer>();
  let text = '';
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) messages.push(JSON.parse(data.toString('utf8')));
    else if (data[0] === TERMINAL_CHANNEL.file) {
      const end = 3 + data.readUInt16BE(1);
      files.set(data.toString('utf8', 3, end), data.subarray(end));
    } else text += data.toString('utf8', 1);
  });
  socket.on('error', () => {});
  const next = async (...types: readonly TerminalMessage['type'][]) => {
    const find = () => messages.findIndex(({ type }) => types.includes(type));
    await awaitCondition(() => find() >= 0, { what: `the terminal says ${types.join(' or ')}`, timeoutMs: 30_000 });
    return messages.splice(find(), 1)[0] as TerminalMessage;
  };
  const ask = (message: object) => socket.send(JSON.stringify(message));
  await next('ready');
  let downloads = 0;
  return {
    socket,
    id,
    printed: () => text,
    next: next as OpenTerminal['next'],
    ask,
    type: (typed) => socket.send(Buffer.concat([Buffer.of(TERMINAL_CHANNEL.data), Buffer.from(typed)])),
    upload(path, content) {
      const name = Buffer.from(path);
      const head = Buffer.of(TERMINAL_CHANNEL.file, name.length >> 8, name.length & 255);
      socket.send(Buffer.concat([head, name, content]));
    },
    async download(path) {
      downloads += 1;
      ask({ type: 'download', id: downloads, path });
      const { problem } = (await next('file')) as Extract<TerminalMessage, { type: 'file' }>;
      const content = files.get(path);
      if (content === undefined) throw new Error(`${path} did not come: ${problem ?? 'nothing was said'}`);
      return content;
    },
    async run(line) {
      text = '';
      ask({ type: 'run', line, columns: 120, rows: 30 });
      const end = await next('exit', 'refused');
      return { text, end };
    },
  };
}

/** Makes a terminal on a cluster and opens it. */
export async function openTerminal(
  server: ServerAddress,
  login: WebLogin,
  { organization, cluster }: { readonly organization: string; readonly cluster: string },
): Promise<OpenTerminal> {
  const path = `/organizations/${organization}/clusters/${cluster}/terminals`;
  const { status, body } = await callAsPage<CreatedTerminal>(server, login, 'POST', path);
  if (status !== 201) throw new Error(`no terminal was made: ${status} ${JSON.stringify(body)}`);
  return holdTerminal(connectTerminal(server, login, body.path), body.id);
}
