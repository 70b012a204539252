import { type Clock, isCodedError, type Logger, type Timer } from '@sallyport/core';
import type { KubeUpstream } from './upstream/contract.ts';

/** Options of {@link createApiServerProbe}. */
export interface ApiServerProbeOptions {
  readonly upstream: Pick<KubeUpstream, 'sendAsAgent'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time from one look to the next. Default 10,000. */
  readonly intervalMs?: number;
  /** Longest wait for an answer. Default 5,000. */
  readonly timeoutMs?: number;
}

/** Looks at the API server now and then, and says how it is found. */
export interface ApiServerProbe {
  /**
   * Calls `report` as soon as it is known how the API server is found, and whenever that changes: with an empty text while it can
   * be used, else with the reason. Once a report is rejected there is no other to it.
   */
  follow(report: (failure: string) => Promise<void>): void;
  close(): void;
}

/** Starts to look at the API server. The look is a request for its version, which every authenticated client may make. */
export function createApiServerProbe(options: ApiServerProbeOptions): ApiServerProbe {
  const { upstream, clock, logger, intervalMs = 10_000, timeoutMs = 5_000 } = options;
  const followers = new Set<(failure: string) => Promise<void>>();
  let known: string | undefined;
  let timer: Timer | undefined;
  let isClosed = false;

  async function look(): Promise<void> {
    const failure = await ask();
    if (isClosed) return;
    if (failure !== known) {
      if (failure !== '') logger.warn({ failure }, 'the API server can not be used');
      else if (known !== undefined) logger.info({}, 'the API server can be used again');
      known = failure;
      for (const follower of followers) tell(follower, failure);
    }
    timer = clock.setTimeout(() => void look(), intervalMs);
  }

  async function ask(): Promise<string> {
    try {
      const { status } = await upstream.sendAsAgent({ method: 'GET', path: '/version', timeoutMs });
      return status === 200 ? '' : `it answers the agent with status ${status}`;
    } catch (error) {
      return isCodedError(error) ? error.message : 'the request failed';
    }
  }

  function tell(follower: (failure: string) => Promise<void>, failure: string): void {
    follower(failure).catch((err: unknown) => {
      followers.delete(follower);
      logger.debug({ err }, 'the server was not told how the API server is found');
    });
  }

  void look();
  return {
    follow(report) {
      followers.add(report);
      if (known !== undefined) tell(report, known);
    },
    close() {
      isClosed = true;
      timer?.cancel();
      followers.clear();
    },
  };
}
