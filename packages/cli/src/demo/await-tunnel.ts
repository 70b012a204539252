import type { Clock, ClusterId } from '@sallyport/core';
import type { SallyportServer } from '@sallyport/server';
import { CliError } from '../errors.ts';

/** How {@link awaitTunnel} waits. */
export interface AwaitTunnelOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 60_000;

/**
 * Resolves once the cluster has a tunnel at this server; rejects with the signal's reason.
 * @throws CliError `ERR_DEMO_START` after a minute
 */
export function awaitTunnel(
  server: Pick<SallyportServer, 'health' | 'onHealthChange'>,
  clusterId: ClusterId,
  { clock, signal }: AwaitTunnelOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void) => {
      stopListening();
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const look = () => {
      if (server.health(clusterId).tunnelCount > 0) finish(resolve);
    };
    const onAbort = () => finish(() => reject(signal.reason as Error));
    const timer = clock.setTimeout(() => finish(() => reject(noTunnel())), TIMEOUT_MS);
    const stopListening = server.onHealthChange(look);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else look();
  });
}

function noTunnel(): CliError {
  return new CliError({
    code: 'ERR_DEMO_START',
    message: `the agent opened no tunnel within ${TIMEOUT_MS} ms`,
    nextStep: 'Run the demo with --json, which prints the logs of all its parts.',
  });
}
