import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bucket that takes its time, and counts. */
export interface SlowBucket {
  readonly endpoint: string;
  /** Bytes and objects that it has said to keep. */
  readonly storedBytes: number;
  readonly objectCount: number;
  /** Most objects that came at the same time. */
  readonly mostAtOnce: number;
  close(): Promise<void>;
}

/** Starts a bucket on 127.0.0.1 that answers each object after `delayMs`. It knows PUT and GET of the S3 API, and no access keys. */
export async function startSlowBucket(delayMs: number): Promise<SlowBucket> {
  const objects = new Map<string, Buffer>();
  const state = { storedBytes: 0, mostAtOnce: 0, atOnce: 0 };
  const server = createServer((request, response) => {
    const key = request.url ?? '';
    if (request.method === 'GET') {
      const found = objects.get(key);
      response.writeHead(found === undefined ? 404 : 200).end(found);
      return;
    }
    state.atOnce += 1;
    state.mostAtOnce = Math.max(state.mostAtOnce, state.atOnce);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      setTimeout(() => {
        const body = Buffer.concat(chunks);
        objects.set(key, body);
        state.storedBytes += body.length;
        state.atOnce -= 1;
        response.writeHead(200).end();
      }, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get storedBytes() {
      return state.storedBytes;
    },
    get objectCount() {
      return objects.size;
    },
    get mostAtOnce() {
      return state.mostAtOnce;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
