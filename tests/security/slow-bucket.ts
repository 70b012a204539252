import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

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

/**
 * Starts a bucket on 127.0.0.1 that answers each object after `delayMs`. It knows PUT and GET of the S3 API, and no access keys. Objects are
 * files: the memory of the process is that of what fills the bucket.
 */
export async function startSlowBucket(delayMs: number): Promise<SlowBucket> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bucket-'));
  const objects = new Map<string, string>();
  const state = { storedBytes: 0, mostAtOnce: 0, atOnce: 0 };
  const server = createServer((request, response) => {
    const key = request.url ?? '';
    if (request.method === 'GET') {
      const found = objects.get(key);
      if (found === undefined) response.writeHead(404).end();
      else createReadStream(found).pipe(response);
      return;
    }
    state.atOnce += 1;
    state.mostAtOnce = Math.max(state.mostAtOnce, state.atOnce);
    const path = join(folder, randomUUID());
    pipeline(request, createWriteStream(path))
      .then(() => stat(path))
      .then(({ size }) => {
        setTimeout(() => {
          objects.set(key, path);
          state.storedBytes += size;
          state.atOnce -= 1;
          response.writeHead(200).end();
        }, delayMs);
      })
      .catch(() => response.destroy());
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
      await rm(folder, { recursive: true, force: true });
    },
  };
}
