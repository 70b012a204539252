import { Agent, request } from 'node:https';
import type { Connection } from './target.ts';

/** A Kubernetes API over few connections that stay open, for thousands of small requests. */
export interface KeepAliveApi {
  /** Sends JSON; resolves with the parsed answer. Rejects on a status of 400 or above, but for those in `accepted`. */
  send<Body>(method: string, path: string, body?: unknown, accepted?: readonly number[]): Promise<Body>;
  close(): void;
}

/** How many requests are under way at one time. */
export const CONCURRENCY = 24;

/** Opens none until the first request. */
export function createKeepAliveApi({ url, ca, cert, key, token }: Connection): KeepAliveApi {
  const base = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY, ca, cert, key });
  return {
    send: (method, path, body, accepted = []) =>
      new Promise((resolve, reject) => {
        const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
        const outgoing = request({
          host: base.hostname,
          port: base.port,
          method,
          path,
          agent,
          headers: {
            Accept: 'application/json',
            'User-Agent': 'sallyport-contract/1',
            ...(token !== undefined && { Authorization: `Bearer ${token}` }),
            ...(bytes !== undefined && { 'Content-Type': 'application/json', 'Content-Length': bytes.length }),
          },
        });
        outgoing.on('error', reject);
        outgoing.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const status = response.statusCode ?? 0;
            if (status >= 400 && !accepted.includes(status)) {
              reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 500)}`));
            } else {
              resolve(JSON.parse(text));
            }
          });
        });
        outgoing.end(bytes);
      }),
    close: () => agent.destroy(),
  };
}

/** Works through `items`, {@link CONCURRENCY} at a time. */
export async function forEachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
