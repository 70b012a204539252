import type { z } from 'zod';
import { CoreError } from '../errors.ts';
import { DISCOVERY_PATH, type Discovery, discoverySchema } from './discovery.ts';
import { createDpopProof, type DpopKeyPair } from './dpop.ts';
import { API_PREFIX, type Operation, operations } from './operations.ts';
import { type Problem, problemSchema } from './problem.ts';
import {
  type AuditEventList,
  auditEventListSchema,
  type ClusterList,
  type ClusterResource,
  clusterListSchema,
  clusterSchema,
  type KubeCredentialResource,
  kubeCredentialSchema,
  type RegisterCluster,
  type RegisteredCluster,
  registeredClusterSchema,
  type WhoAmI,
  whoAmISchema,
} from './resources.ts';

/** The part of `fetch` that the client needs. */
export type ApiFetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: 'error';
    readonly signal?: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** What {@link createApiClient} needs. */
export interface ApiClientOptions {
  /** The server's public address, for example `https://sallyport.example.com`. */
  readonly baseUrl: string;
  /** Defaults to the global `fetch`. Hand in one that trusts a private CA. Must not follow redirects to other hosts. */
  readonly fetch?: ApiFetch;
  /** The current access token. Called for each request, so that it can refresh. */
  readonly accessToken: () => Promise<string> | string;
  /** Key that the access token is bound to. */
  readonly keys: DpopKeyPair;
}

/** How a single call is made. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** The REST API, one method per operation of the contract. */
export interface ApiClient {
  whoAmI(options?: CallOptions): Promise<WhoAmI>;
  endLoginSession(options?: CallOptions): Promise<void>;
  listClusters(organization: string, options?: CallOptions): Promise<ClusterList>;
  getCluster(organization: string, cluster: string, options?: CallOptions): Promise<ClusterResource>;
  registerCluster(organization: string, body: RegisterCluster, options?: CallOptions): Promise<RegisteredCluster>;
  issueJoinToken(organization: string, cluster: string, options?: CallOptions): Promise<RegisteredCluster>;
  mintKubeCredential(organization: string, cluster: string, options?: CallOptions): Promise<KubeCredentialResource>;
  listAuditEvents(
    organization: string,
    query?: { readonly limit?: number },
    options?: CallOptions,
  ): Promise<AuditEventList>;
}

/** The server refused. `problem.code` tells why; message and next step are the server's own. */
export class ApiProblemError extends CoreError {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super({
      code: 'ERR_API_PROBLEM',
      message: problem.detail,
      ...(problem.nextStep !== undefined && { nextStep: problem.nextStep }),
    });
    this.problem = problem;
  }
}

interface Call<Response> {
  readonly operation: Operation;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly read: (body: unknown) => Response;
  readonly signal: AbortSignal | undefined;
}

/**
 * Creates a client of the REST API. Requests carry a DPoP-bound access token; none is retried.
 *
 * Calls reject with {@link ApiProblemError} (`ERR_API_PROBLEM`) when the server refuses, and with `CoreError`
 * `ERR_API_UNREACHABLE` when it can't be reached or answers something that is not of the contract.
 */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const base = options.baseUrl.replace(/\/+$/, '') + API_PREFIX;
  const doFetch: ApiFetch = options.fetch ?? ((url, init) => fetch(url, init));

  async function call<Response>({
    operation,
    parameters,
    query,
    body,
    read,
    signal,
  }: Call<Response>): Promise<Response> {
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(parameters?.[name] ?? ''),
    );
    const search = query && Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : '';
    const url = `${base}${path}${search}`;
    const accessToken = await options.accessToken();
    const proof = await createDpopProof({ keys: options.keys, method: operation.method, url, accessToken });
    const answer = await send(doFetch, url, {
      method: operation.method,
      headers: {
        accept: 'application/json',
        authorization: `DPoP ${accessToken}`,
        dpop: proof,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error',
      ...(signal && { signal }),
    });
    return readAnswer(url, answer, read);
  }

  return {
    whoAmI: ({ signal } = {}) => call({ operation: operations.whoAmI, read: reader(whoAmISchema), signal }),
    endLoginSession: ({ signal } = {}) =>
      call({ operation: operations.endLoginSession, read: () => undefined, signal }),
    listClusters: (organization, { signal } = {}) =>
      call({
        operation: operations.listClusters,
        parameters: { organization },
        read: reader(clusterListSchema),
        signal,
      }),
    getCluster: (organization, cluster, { signal } = {}) =>
      call({
        operation: operations.getCluster,
        parameters: { organization, cluster },
        read: reader(clusterSchema),
        signal,
      }),
    registerCluster: (organization, body, { signal } = {}) =>
      call({
        operation: operations.registerCluster,
        parameters: { organization },
        body,
        read: reader(registeredClusterSchema),
        signal,
      }),
    issueJoinToken: (organization, cluster, { signal } = {}) =>
      call({
        operation: operations.issueJoinToken,
        parameters: { organization, cluster },
        read: reader(registeredClusterSchema),
        signal,
      }),
    mintKubeCredential: (organization, cluster, { signal } = {}) =>
      call({
        operation: operations.mintKubeCredential,
        parameters: { organization, cluster },
        read: reader(kubeCredentialSchema),
        signal,
      }),
    listAuditEvents: (organization, query = {}, { signal } = {}) =>
      call({
        operation: operations.listAuditEvents,
        parameters: { organization },
        query: query.limit === undefined ? {} : { limit: String(query.limit) },
        read: reader(auditEventListSchema),
        signal,
      }),
  };
}

/** What {@link fetchDiscovery} needs. */
export interface FetchDiscoveryOptions extends CallOptions {
  readonly baseUrl: string;
  /** Defaults to the global `fetch`. */
  readonly fetch?: ApiFetch;
}

/**
 * Reads a server's discovery document.
 * @throws CoreError `ERR_API_UNREACHABLE` when there is none
 * @throws ApiProblemError
 */
export async function fetchDiscovery(options: FetchDiscoveryOptions): Promise<Discovery> {
  const url = options.baseUrl.replace(/\/+$/, '') + DISCOVERY_PATH;
  const doFetch: ApiFetch = options.fetch ?? ((target, init) => fetch(target, init));
  const answer = await send(doFetch, url, {
    method: 'GET',
    headers: { accept: 'application/json' },
    redirect: 'error',
    ...(options.signal && { signal: options.signal }),
  });
  return readAnswer(url, answer, reader(discoverySchema));
}

function reader<Schema extends z.ZodType>(schema: Schema): (body: unknown) => z.output<Schema> {
  return (body) => schema.parse(body);
}

async function send(doFetch: ApiFetch, url: string, init: Parameters<ApiFetch>[1]) {
  try {
    const response = await doFetch(url, init);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new CoreError({
      code: 'ERR_API_UNREACHABLE',
      message: `${new URL(url).origin} can't be reached: ${describeCause(error)}`,
      cause: error,
      nextStep: 'Check the address, the network, and that the certificate authority of the server is trusted.',
    });
  }
}

function readAnswer<Response>(
  url: string,
  { status, text }: { readonly status: number; readonly text: string },
  read: (body: unknown) => Response,
): Response {
  if (status === 204) return read(undefined);
  let body: unknown;
  try {
    body = JSON.parse(text);
    if (status >= 200 && status < 300) return read(body);
  } catch (error) {
    throw notOfTheContract(url, status, error);
  }
  const problem = problemSchema.safeParse(body);
  if (problem.success) throw new ApiProblemError(problem.data);
  throw notOfTheContract(url, status, problem.error);
}

function notOfTheContract(url: string, status: number, cause: unknown): CoreError {
  return new CoreError({
    code: 'ERR_API_UNREACHABLE',
    message: `${new URL(url).origin} answered ${status} with something that is not of the Sallyport API`,
    cause,
    nextStep: 'Check that the address is that of a Sallyport server and that no proxy answers in its place.',
  });
}

/** The innermost reason: fetch says only "fetch failed" and keeps the socket's or TLS' word in the cause. */
function describeCause(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  if (!(reason instanceof Error)) return 'the request failed';
  const code = (reason as NodeJS.ErrnoException).code;
  return code !== undefined && !reason.message.includes(code) ? `${reason.message} (${code})` : reason.message;
}
