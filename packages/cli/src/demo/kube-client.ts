import { parseStatus } from '@sallyport/core';
import { Agent, fetch } from 'undici';
import { CliError } from '../errors.ts';
import type { ClusterAccess } from './cluster-access.ts';

/** A request to a Kubernetes API. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
  /** Defaults to JSON. */
  readonly contentType?: string;
}

/** Plain requests to one Kubernetes API, with the credential of a kubeconfig. */
export interface KubeClient {
  /**
   * Sends a request and reads the JSON answer.
   * @throws CliError `ERR_DEMO_CLUSTER` when the API can't be reached or refuses
   */
  request(request: KubeRequest): Promise<unknown>;
  close(): Promise<void>;
}

/** Creates a client. Certificates are always checked; redirects are never followed. */
export function createKubeClient(access: ClusterAccess): KubeClient {
  const agent = new Agent({
    connect: {
      rejectUnauthorized: true,
      timeout: 10_000,
      ca: access.caPem,
      ...(access.serverName !== undefined && { servername: access.serverName }),
      ...(access.certificate && { cert: access.certificate.certificatePem, key: access.certificate.keyPem }),
    },
  });
  return {
    async request({ method, path, body, contentType = 'application/json' }) {
      const answer = await send(`${access.url}${path}`, {
        method,
        redirect: 'manual',
        dispatcher: agent,
        signal: AbortSignal.timeout(20_000),
        headers: {
          accept: 'application/json',
          ...(access.token !== undefined && { authorization: `Bearer ${access.token}` }),
          ...(body !== undefined && { 'content-type': contentType }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      const why = parseStatus(answer.body)?.message ?? `HTTP ${answer.status}`;
      throw new CliError({
        code: 'ERR_DEMO_CLUSTER',
        message: `the cluster at ${access.url} refused ${method} ${path.split('?')[0]}: ${why}`,
        nextStep:
          answer.status === 401
            ? 'The credential in the kubeconfig is not accepted; give one that is.'
            : 'Give the kubeconfig of somebody who may create namespaces, service accounts and cluster roles.',
      });
    },
    close: () => agent.destroy(),
  };
}

async function send(
  url: string,
  init: Parameters<typeof fetch>[1],
): Promise<{ readonly status: number; readonly body: unknown }> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, init);
    status = response.status;
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
    const reason = (cause as NodeJS.ErrnoException).code ?? cause.message;
    throw new CliError({
      code: 'ERR_DEMO_CLUSTER',
      message: `the cluster at ${new URL(url).origin} can't be reached: ${reason}`,
      cause: error,
      nextStep: 'Check with "kubectl --kubeconfig FILE get --raw /version" that the cluster answers.',
    });
  }
  try {
    return { status, body: JSON.parse(text) };
  } catch {
    return { status, body: undefined };
  }
}
