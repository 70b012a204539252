import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { parse } from 'yaml';

/** A Kubernetes API that the contract is checked against. */
export interface Target {
  readonly name: string;
  /** Minor version of the API server, for the cases in which versions differ. */
  readonly minor: number;
  /** A namespace of this run, empty at the start. */
  readonly namespace: string;
  /** An image with a shell, present on the nodes. */
  readonly image: string;
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  /** Opens a stream of newline-separated JSON. */
  stream(path: string, options?: SendOptions): Promise<JsonLines>;
  /** Switches protocols; rejects with the answer when the server does not. */
  upgrade(method: string, path: string, headers: readonly string[]): Promise<Upgraded>;
  /** Makes old resource versions unusable, where that can be forced. */
  readonly forgetHistory?: () => void;
}

/** A request. */
export interface SendOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** More header lines: name, value, name, value … */
  readonly headers?: readonly string[];
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Parsed body; an empty object when it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many kinds are looked into by the cases
  readonly json: any;
}

/** A connection after the switch of protocols. */
export interface Upgraded {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A stream of JSON lines. */
export interface JsonLines {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: watch events of many kinds
  next(): Promise<any>;
  close(): void;
}

/** Where and as whom to connect. */
export interface Connection {
  readonly url: string;
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

/** Reads the current context of a kubeconfig file. */
export function readConnection(file: string): Connection {
  const config = parse(readFileSync(file, 'utf8'));
  const pick = (list: { name: string }[], name: string) => list.find((one) => one.name === name);
  const context = (
    pick(config.contexts, config['current-context']) as unknown as { context: { cluster: string; user: string } }
  ).context;
  const { cluster } = pick(config.clusters, context.cluster) as unknown as { cluster: Record<string, string> };
  const { user } = pick(config.users, context.user) as unknown as { user: Record<string, string> };
  const decode = (text: string | undefined) =>
    text === undefined ? undefined : Buffer.from(text, 'base64').toString('utf8');
  const [cert, key] = [decode(user['client-certificate-data']), decode(user['client-key-data'])];
  return {
    url: cluster['server'] as string,
    ca: decode(cluster['certificate-authority-data']) ?? '',
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(user['token'] !== undefined && { token: user['token'] }),
  };
}

/** Creates a target over HTTP/1.1. */
export function createTarget(
  connection: Connection,
  facts: Pick<Target, 'name' | 'minor' | 'namespace' | 'image' | 'forgetHistory'>,
): Target {
  const base = new URL(connection.url);
  const start = (method: string, path: string, headers: readonly string[]) => {
    const authorization = connection.token === undefined ? [] : ['Authorization', `Bearer ${connection.token}`];
    return request({
      host: base.hostname,
      port: base.port,
      method,
      path,
      ca: connection.ca,
      ...(connection.cert !== undefined && { cert: connection.cert }),
      ...(connection.key !== undefined && { key: connection.key }),
      // Flat arrays keep repeated lines apart; Node then adds no Host of its own.
      headers: ['Host', base.host, ...authorization, ...headers] as unknown as Record<string, string>,
      agent: false,
    });
  };
  const headersOf = ({
    accept = 'application/json',
    contentType = 'application/json',
    body,
    headers = [],
  }: SendOptions): string[] => [
    'Accept',
    accept,
    'User-Agent',
    'sallyport-contract/1',
    ...(body === undefined ? [] : ['Content-Type', contentType]),
    ...headers,
  ];

  return {
    ...facts,
    send(method, path, options = {}) {
      return new Promise((resolve, reject) => {
        const { body } = options;
        const bytes =
          body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
        const length = bytes === undefined ? [] : ['Content-Length', String(bytes.length)];
        const outgoing = start(method, path, [...headersOf(options), ...length]);
        outgoing.on('error', reject);
        outgoing.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const isJson = String(response.headers['content-type']).startsWith('application/json');
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: isJson && text !== '' ? JSON.parse(text) : {},
            });
          });
        });
        outgoing.end(bytes);
      });
    },
    stream(path, options = {}) {
      return new Promise((resolve, reject) => {
        const outgoing = start('GET', path, headersOf(options));
        outgoing.on('error', reject);
        outgoing.on('response', (response) => {
          let left = '';
          const events: unknown[] = [];
          const waiting: ((event: unknown) => void)[] = [];
          response.on('error', () => undefined);
          response.on('data', (chunk: Buffer) => {
            const lines = (left + chunk.toString('utf8')).split('\n');
            left = lines.pop() ?? '';
            for (const line of lines) {
              const event: unknown = JSON.parse(line);
              const next = waiting.shift();
              if (next) next(event);
              else events.push(event);
            }
          });
          response.on('end', () => {
            for (const next of waiting) next(undefined);
          });
          resolve({
            status: response.statusCode ?? 0,
            next: () =>
              events.length > 0 ? Promise.resolve(events.shift()) : new Promise((done) => waiting.push(done)),
            close: () => outgoing.destroy(),
          });
        });
        outgoing.end();
      });
    },
    upgrade(method, path, headers) {
      return new Promise((resolve, reject) => {
        // Without a length Node would send an empty chunked body into the switched connection.
        const length = method === 'POST' ? ['Content-Length', '0'] : [];
        const own = ['User-Agent', 'sallyport-contract/1', 'Connection', 'Upgrade', ...length];
        const outgoing = start(method, path, [...own, ...headers]);
        outgoing.on('error', reject);
        outgoing.on('upgrade', (response, socket, head) => resolve({ socket, head, headers: response.headers }));
        outgoing.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            reject(new UpgradeRefused(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))),
          );
        });
        outgoing.end();
      });
    },
  };
}

/** The server answered an upgrade with something else. */
export class UpgradeRefused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`upgrade answered with ${status}: ${body.slice(0, 200)}`);
    this.status = status;
    this.body = body;
  }
}
