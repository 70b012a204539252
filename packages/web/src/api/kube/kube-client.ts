import { ApiProblemError, readProblem, textChunks } from '@sallyport/core/api';
import { CoreError } from '@sallyport/core/errors';
import { reach } from '../client.ts';
import { pause } from './pause.ts';
import { isKubeStatus, statusProblem } from './status-problem.ts';

/** Where requests to clusters go. */
export interface KubeClientOptions {
  /** Id of the cluster. */
  readonly clusterId: string;
  readonly csrf: { readonly header: string; readonly token: string };
  /** Defaults to the browser's. */
  readonly fetch?: typeof fetch;
}

/** One request that changes something, or asks by a body. */
export interface KubeChange {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Type of a patch. Default JSON. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** The Kubernetes API of one cluster, as the signed-in person. */
export interface KubeClient {
  readonly clusterId: string;
  /** Reads JSON. */
  get<Answer>(path: string, options?: { readonly accept?: string; readonly signal?: AbortSignal }): Promise<Answer>;
  send<Answer>(change: KubeChange): Promise<Answer>;
  /** Reads text as it comes: a log, a watch. Leaving the loop ends the request. */
  stream(
    path: string,
    options: { readonly accept?: string; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<string>>;
  /** Opens a WebSocket, with a ticket of its own. */
  openSocket(target: string, protocols: readonly string[], signal: AbortSignal): Promise<WebSocket>;
}

/** Form of lists in which the server says which columns a kind has. */
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io, application/json';

/**
 * Creates a client for pages. Whatever refuses, Sallyport or the cluster, rejects with `ApiProblemError`; what never arrives with
 * `CoreError` `ERR_API_UNREACHABLE`.
 */
export function createKubeClient({ clusterId, csrf, fetch: given }: KubeClientOptions): KubeClient {
  const doFetch: typeof fetch = given ?? ((url, init) => fetch(url, init));
  const base = `/api/v1/clusters/${encodeURIComponent(clusterId)}/kube`;

  async function ask(path: string, init: RequestInit & { readonly headers: Record<string, string> }) {
    const signal = init.signal ?? undefined;
    let answer = await reach(signal, () => doFetch(path, { ...init, redirect: 'error' }));
    for (let again = 1; again <= MAX_AGAIN && isLater(answer); again += 1) {
      await pause(Number(answer.headers.get('retry-after')) * 1_000, signal);
      answer = await reach(signal, () => doFetch(path, { ...init, redirect: 'error' }));
    }
    if (!answer.ok) throw refusalOf(answer.status, await reach(signal, () => answer.text()));
    return answer;
  }

  const client: KubeClient = {
    clusterId,
    async get(path, { accept = 'application/json', signal } = {}) {
      const answer = await ask(`${base}${path}`, { headers: { accept }, ...(signal && { signal }) });
      return readJson(await reach(signal, () => answer.text()));
    },
    async send({ method, path, body, contentType = 'application/json', signal }) {
      const answer = await ask(`${base}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          [csrf.header]: csrf.token,
          ...(body !== undefined && { 'content-type': contentType }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      });
      return readJson(await reach(signal, () => answer.text()));
    },
    async stream(path, { accept = 'text/plain', signal }) {
      const answer = await ask(`${base}${path}`, { headers: { accept }, signal });
      return textChunks(answer.body);
    },
    async openSocket(target, protocols, signal) {
      const answer = await ask(`/api/v1/clusters/${encodeURIComponent(clusterId)}/kube-tickets`, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json', [csrf.header]: csrf.token },
        body: JSON.stringify({ target }),
        signal,
      });
      const { path } = readJson<{ readonly path: string }>(await reach(signal, () => answer.text()));
      return new WebSocket(new URL(path, window.location.href.replace(/^http/, 'ws')), [...protocols]);
    },
  };
  return client;
}

/** How often a request comes again that was told to; as long as kubectl waits. */
const MAX_AGAIN = 8;
const MAX_WAIT_S = 5;

/** Whether the request did not run and may come again in a moment: an agent that reconnects, a server that catches up. */
function isLater({ status, headers }: Response): boolean {
  const after = Number(headers.get('retry-after') ?? Number.NaN);
  return status === 503 && after > 0 && after <= MAX_WAIT_S;
}

function readJson<Answer>(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch (cause) {
    throw unreadable(cause);
  }
}

function refusalOf(status: number, text: string): Error {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Refused discovery is answered in plain text, since kubectl reads it so.
    body = { kind: 'Status', message: text.trim().slice(0, 2_000) || `the answer has status ${status}` };
  }
  if (isKubeStatus(body)) return new ApiProblemError(statusProblem(body, status));
  const problem = readProblem(body);
  return problem === undefined ? unreadable(new TypeError(`status ${status}`)) : new ApiProblemError(problem);
}

function unreadable(cause: unknown): CoreError {
  return new CoreError({
    code: 'ERR_API_UNREACHABLE',
    message: 'the cluster gave an answer that this page can’t read',
    cause,
  });
}
