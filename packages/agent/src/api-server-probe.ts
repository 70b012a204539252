import { type Clock, isCodedError, type Logger, type Timer } from '@sallyport/core';
import type { AgentHealth } from '@sallyport/tunnel/grpc';
import type { KubeUpstream } from './upstream/contract.ts';

/** Options of {@link createApiServerProbe}. */
export interface ApiServerProbeOptions {
  readonly upstream: Pick<KubeUpstream, 'sendAsAgent'>;
  /**
   * Finds out why nobody can act through the agent although the API server answers; empty when they can. Asked when the API server
   * begins to answer, and then until all is well. Default: nothing is tried.
   */
  readonly tryMode?: () => Promise<string>;
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
   * Calls `report` as soon as it is known how the API server is found, and whenever that changes. Once a report is rejected there is
   * no other to it.
   */
  follow(report: (health: AgentHealth) => Promise<void>): void;
  close(): void;
}

/** Starts to look at the API server. The look is a request for its version, which every authenticated client may make. */
export function createApiServerProbe(options: ApiServerProbeOptions): ApiServerProbe {
  const { upstream, tryMode, clock, logger, intervalMs = 10_000, timeoutMs = 5_000 } = options;
  const followers = new Set<(health: AgentHealth) => Promise<void>>();
  let known: AgentHealth | undefined;
  let timer: Timer | undefined;
  let isClosed = false;

  async function look(): Promise<void> {
    const health = await examine();
    if (isClosed) return;
    const { apiServerFailure, modeFailure } = health;
    if (apiServerFailure !== known?.apiServerFailure || modeFailure !== known.modeFailure) {
      if (apiServerFailure !== '') logger.warn({ failure: apiServerFailure }, 'the API server can not be used');
      else if (modeFailure !== '') logger.warn({ failure: modeFailure }, 'nobody can act through the agent');
      else if (known !== undefined) logger.info({}, 'the API server can be used again');
      known = health;
      for (const follower of followers) tell(follower, health);
    }
    timer = clock.setTimeout(() => void look(), intervalMs);
  }

  async function examine(): Promise<AgentHealth> {
    const apiServerFailure = await ask();
    const isWell = known?.apiServerFailure === '' && known.modeFailure === '';
    // What worked goes on working as long as the same API server answers.
    if (apiServerFailure !== '' || isWell || tryMode === undefined) return { apiServerFailure, modeFailure: '' };
    const modeFailure = await tryMode().catch((error: unknown) => describe(error));
    return { apiServerFailure, modeFailure };
  }

  async function ask(): Promise<string> {
    try {
      const { status } = await upstream.sendAsAgent({ method: 'GET', path: '/version', timeoutMs });
      return status === 200 ? '' : `it answers the agent with status ${status}`;
    } catch (error) {
      return describe(error);
    }
  }

  function tell(follower: (health: AgentHealth) => Promise<void>, health: AgentHealth): void {
    follower(health).catch((err: unknown) => {
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

function describe(error: unknown): string {
  return isCodedError(error) ? error.message : 'the request failed';
}
