import { type Clock, type Logger, sleep } from '@sallyport/core';
import { createBackoff } from '@sallyport/tunnel';
import type { UninstallPlan } from './manifest-uninstall.ts';
import { deregistered } from './revocation.ts';
import { uninstall } from './uninstall.ts';
import type { KubeUpstream } from './upstream/contract.ts';

/** Options of {@link leaveCluster}. */
export interface LeaveClusterOptions {
  readonly upstream: Pick<KubeUpstream, 'sendAsAgent'>;
  /** Absent: the agent was not told what was installed for it. */
  readonly plan: UninstallPlan | undefined;
  /** Removes what is kept for people; before everything else, because the rights to do so go, too. */
  readonly removeAccess?: () => Promise<void>;
  /** Why it leaves. */
  readonly cause: unknown;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** How often a removal is tried before the agent gives up and leaves the rest to a person. */
const MAX_ATTEMPTS = 10;

/**
 * Removes what was installed for the agent of a cluster that was deregistered. A request that fails is tried again after a pause.
 * @throws AgentError `ERR_AGENT_DEREGISTERED` when there is no plan, `ERR_AGENT_UNINSTALL`, `ERR_AGENT_ACCESS` when it can't be carried out
 */
export async function leaveCluster(options: LeaveClusterOptions): Promise<void> {
  const { upstream, plan, removeAccess, cause, clock, logger, signal } = options;
  if (plan === undefined) throw deregistered(cause);
  logger.warn({}, 'the cluster was deregistered: what was installed for the agent is removed now');
  const backoff = createBackoff({ clock });
  for (let attempt = 1; ; attempt++) {
    try {
      await removeAccess?.();
      await uninstall({ upstream, plan, logger });
      return;
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || signal.aborted) throw error;
      logger.warn({ err: error, attempt }, 'something that was installed could not be removed yet');
      await sleep(clock, backoff.nextDelayMs(), signal);
    }
  }
}
