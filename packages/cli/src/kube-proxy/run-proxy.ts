import { randomBytes } from 'node:crypto';
import type { Clock } from '@sallyport/core';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { chooseClusters, listReachable } from '../kube/choose-clusters.ts';
import { withSession } from '../session/session.ts';
import { removeFile } from '../state/atomic-file.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { pluginCredentials } from './credential-source.ts';
import { isLoopback, listenOnPort, listenOnSocket } from './listen.ts';
import { LOOPBACK_HOSTS } from './local-access.ts';
import { createLocalProxy } from './local-proxy.ts';
import { formatProxyKubeconfig, writeProxyKubeconfig } from './proxy-kubeconfig.ts';

/** What {@link runProxy} needs. */
export interface ProxyOptions extends ProfileSelection {
  /** Absent: the one that there is. */
  readonly cluster?: string;
  readonly listen: { readonly host: string; readonly port: number } | { readonly socket: string };
  /** Lets it listen where other machines reach it. */
  readonly isExposed: boolean;
  /** Whether requests need the token of the run. A socket has the rights of its file instead. */
  readonly needsToken: boolean;
  /** Host names that requests may be for besides those of the loopback device. */
  readonly acceptHosts: readonly string[];
  /** File to write the kubeconfig to. Absent: `onReady` gets its text. */
  readonly kubeconfig?: string;
  readonly signal: AbortSignal;
  readonly onReady: (ready: ReadyProxy) => void;
  /** Told what could not be carried. */
  readonly onFailure: (line: string) => void;
}

/** A proxy that takes requests. */
export interface ReadyProxy {
  readonly cluster: string;
  readonly userName: string;
  /** Where it listens, without the token. */
  readonly at: string;
  /** Text of a kubeconfig that points at it; absent for a socket, which kubectl can't use, and when it went into a file. */
  readonly kubeconfig?: string;
}

const TOKEN_BYTES = 24;

/**
 * Runs a local proxy to a cluster until the signal aborts, and takes away what it left on the disk.
 * @throws CliError `ERR_CLI_USAGE`, `ERR_CLI_CLUSTER_UNKNOWN`, `ERR_CLI_NOT_LOGGED_IN`, `ERR_CLI_LOCAL_PROXY_LISTEN`
 */
export async function runProxy(context: CliContext & { readonly clock: Clock }, options: ProxyOptions): Promise<void> {
  const { listen, signal } = options;
  refuseToExpose(options);
  const wanted = options.cluster === undefined ? 'only' : { name: options.cluster };
  const { profile, cluster } = await withSession(context, options, async ({ api, profile }) => {
    const [found] = chooseClusters(await listReachable(api, profile.organization), wanted);
    return { profile, cluster: found };
  });
  if (cluster === undefined) return;
  const credentials = pluginCredentials(context, { profile: profile.name, cluster: cluster.name });
  // What stands against a credential is told now rather than to the first request.
  await credentials.current();

  const token = options.needsToken ? randomBytes(TOKEN_BYTES).toString('base64url') : undefined;
  const proxy = createLocalProxy({
    kubeUrl: cluster.kubeUrl,
    ...(profile.caPem !== undefined && { caPem: profile.caPem }),
    credentials,
    access: { acceptHosts: [...LOOPBACK_HOSTS, ...options.acceptHosts], ...(token !== undefined && { token }) },
    onFailure: options.onFailure,
  });
  const cleanUps: (() => Promise<unknown>)[] = [() => proxy.close()];
  try {
    const ready = { cluster: cluster.name, userName: profile.userName };
    if ('socket' in listen) {
      await listenOnSocket(proxy.server, listen.socket);
      cleanUps.push(() => removeFile(listen.socket));
      options.onReady({ ...ready, at: listen.socket });
    } else {
      const at = await listenOnPort(proxy.server, listen.host, listen.port);
      const server = token === undefined ? at : `${at}/${token}`;
      const kubeconfig = formatProxyKubeconfig({ server, name: `${cluster.name}-proxy` });
      if (options.kubeconfig !== undefined) cleanUps.push(await writeProxyKubeconfig(options.kubeconfig, kubeconfig));
      options.onReady({ ...ready, at, ...(options.kubeconfig === undefined && { kubeconfig }) });
    }
    await aborted(signal);
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
}

function refuseToExpose({ listen, isExposed, needsToken }: ProxyOptions): void {
  if ('socket' in listen || isLoopback(listen.host)) return;
  if (isExposed && needsToken) return;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `other machines may reach ${listen.host}, and would act as you${needsToken ? '' : ' without any token'}`,
    nextStep: 'Listen on 127.0.0.1. If you must, pass --allow-remote, keep the token, and put TLS in front.',
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
