import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AccessProxy } from '../../access-proxy.ts';
import { http1ProxyRequest, http1Sink } from '../../node/http1-sink.ts';
import { connectInProcess } from '../../node/in-process.ts';
import type { Authenticated } from '../../proxy/authenticate.ts';
import type { ReadKube } from './kube-names.ts';

/** Largest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 8 * 1_048_576;
const TIMEOUT_MS = 10_000;
const ACCEPT = {
  table: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  object: 'application/json',
} as const;

/**
 * Creates what reads paths of a cluster through every stage of the access proxy, in process. `who` says whose requests they are, anew
 * for each: `undefined` for nobody's any more.
 */
export function createReadKube(options: {
  readonly proxy: Pick<AccessProxy, 'handleInternal'>;
  readonly who: () => Authenticated | undefined;
  readonly peerAddress: string;
}): ReadKube {
  const { proxy, who, peerAddress } = options;
  const server = createServer((request, response) => {
    const known = who();
    if (known === undefined) return void response.writeHead(401).end();
    const asked = { ...http1ProxyRequest(request), peerAddress, channel: 'webKubectl' as const };
    void proxy.handleInternal(known, asked, http1Sink(response));
  });
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => connectInProcess(server, peerAddress);
  return (path, form) =>
    new Promise((resolve, reject) => {
      const headers = { accept: ACCEPT[form], 'user-agent': 'sallyport-terminal' };
      const request = httpRequest(
        { agent, host: 'cluster.internal', path, headers, timeout: TIMEOUT_MS },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on('data', (chunk: Buffer) => {
            size += chunk.length;
            chunks.push(chunk);
            if (size > MAX_ANSWER_BYTES) response.destroy();
          });
          response.on('close', () => {
            if (!response.complete || response.statusCode !== 200)
              return reject(new Error(`answered ${response.statusCode}`));
            try {
              resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
            } catch (error) {
              reject(error);
            }
          });
        },
      );
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error('timed out')));
      request.end();
    });
}
