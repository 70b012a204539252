import https from 'node:https';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { connectThroughProxy, type EgressProxy } from './egress-proxy.ts';
import { AgentError, faultOf } from './errors.ts';

/** The server's front door, as the agent was told to trust it. */
export interface ServerAddress {
  /** `https:` only. */
  readonly url: URL;
  /** Certificates of the pinned CA, PEM, one each. */
  readonly ca: readonly string[];
  readonly proxy?: EgressProxy;
}

/** Answer of the server. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: unknown;
}

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Posts JSON to the server. TLS is verified against the pinned CA and the URL's name before the first byte of the
 * request is written; redirects are answers, never followed.
 * @throws AgentError `ERR_AGENT_SERVER_UNTRUSTED`, `ERR_AGENT_SERVER_UNREACHABLE`, `ERR_AGENT_EGRESS_PROXY`
 */
export async function postToServer(server: ServerAddress, path: string, body: unknown): Promise<ServerAnswer> {
  const { url } = server;
  if (url.protocol !== 'https:') {
    throw new AgentError({
      code: 'ERR_AGENT_SERVER_UNTRUSTED',
      message: `the server URL is ${url.protocol}, https: is required`,
      nextStep: 'Use the https URL of the server.',
    });
  }
  const socket = await connectVerified(server);
  return new Promise((resolve, reject) => {
    const text = Buffer.from(JSON.stringify(body));
    const request = https.request({
      method: 'POST',
      path: new URL(path, url).pathname,
      headers: {
        Host: url.host,
        'Content-Type': 'application/json',
        'Content-Length': text.length,
        Accept: 'application/json',
        'User-Agent': 'sallyport-agent',
      },
      createConnection: () => socket,
      timeout: TIMEOUT_MS,
    });
    const fail = (message: string, cause?: unknown) => {
      request.destroy();
      socket.destroy();
      reject(new AgentError({ code: 'ERR_AGENT_SERVER_UNREACHABLE', message, cause }));
    };
    request.once('timeout', () => fail(`the server gave no answer within ${TIMEOUT_MS} ms`));
    request.once('error', (cause) => fail(`the connection to the server broke: ${faultOf(cause)}`, cause));
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES)
          return fail(`the server's answer is over ${size} bytes, limit is ${MAX_ANSWER_BYTES}`);
        chunks.push(chunk);
      });
      response.once('error', (cause) => fail(`the connection to the server broke: ${faultOf(cause)}`, cause));
      response.once('end', () => {
        socket.destroy();
        resolve({ status: response.statusCode ?? 0, body: parseJson(Buffer.concat(chunks).toString('utf8')) });
      });
    });
    request.end(text);
  });
}

async function connectVerified(server: ServerAddress): Promise<TLSSocket> {
  const { url, ca, proxy } = server;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || '443');
  const base = proxy === undefined ? { host, port } : { socket: await connectThroughProxy(proxy, host, port) };
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...base,
      // Checked against the URL's name also when the connection came through a proxy.
      host,
      servername: isIP(host) === 0 ? host : '',
      ca: [...ca],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      socket.off('error', onError);
      resolve(socket);
    });
    const onError = (cause: Error) => {
      const fault = faultOf(cause);
      const isTrust = !SYSTEM_FAULTS.test(fault);
      reject(
        new AgentError({
          code: isTrust ? 'ERR_AGENT_SERVER_UNTRUSTED' : 'ERR_AGENT_SERVER_UNREACHABLE',
          message: isTrust
            ? `the server at ${url.host} is not the one whose CA is pinned: ${fault}`
            : `the server at ${url.host} can't be reached: ${fault}`,
          cause,
          nextStep: isTrust
            ? 'Compare the CA bundle and the host name in the configuration with those of the server.'
            : 'Check the URL, the network and the egress proxy.',
        }),
      );
    };
    socket.on('error', onError);
  });
}

/** Faults below TLS; all others mean that the peer is not who it should be. */
const SYSTEM_FAULTS = /^(E[A-Z]+|EAI_[A-Z]+)$/;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The status tells enough; a page of some other server is not worth quoting.
    return undefined;
  }
}
