import { type Clock, isCodedError, type Logger, type Secret, type StandingResponse, sleep } from '@sallyport/core';
import { createBackoff } from '@sallyport/tunnel';
import { AgentError } from '../errors.ts';
import { deregistered } from '../revocation.ts';
import type { AgentIdentity, IdentityStore } from './identity.ts';

/** Options of {@link obtainIdentity}. */
export interface ObtainIdentityOptions {
  readonly store: IdentityStore;
  /** The join token as it is now, when there is one: an operator may put a new one in its place at any time. */
  readonly joinToken: () => Secret | undefined;
  readonly enrol: (joinToken: Secret) => Promise<AgentIdentity>;
  /** Asks the server about an identity that has expired, or that {@link isRefused} is said of. */
  readonly askStanding?: (identity: AgentIdentity) => Promise<StandingResponse['standing']>;
  /** Whether the gateway refused the stored identity: then the server is asked whether it trusts it still. Default no. */
  readonly isRefused?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** How often a wait looks for a newer stored identity or another join token, in milliseconds. */
const POLL_MS = 5_000;
/** How long a refused join token may mean that another replica is just storing what it got for it. */
const REPLICA_GRACE_MS = 30_000;
/** How often an agent with an expired identity asks whether its cluster was deregistered, in milliseconds. */
const STANDING_POLL_MS = 300_000;
/** The same for one whose authority is not trusted: another server may not have known that authority yet. */
const UNTRUSTED_POLL_MS = 30_000;

/**
 * The identity to run with: the stored one while it lives, so a join token that is still set is not used again; else a
 * new one for the join token. With an identity that expired, or whose authority the server trusts no more, it waits, and says
 * how to join again, until a new token or another replica's identity turns up: the pod neither crashes nor loses its cluster.
 * @throws AgentError `ERR_AGENT_DEREGISTERED`, `ERR_AGENT_IDENTITY_MISSING`, `ERR_AGENT_ENROLMENT_REFUSED`, `ERR_AGENT_SERVER_UNTRUSTED`,
 *   `ERR_AGENT_ENROLMENT_ANSWER`, `ERR_AGENT_IDENTITY_STORE`
 */
export async function obtainIdentity(options: ObtainIdentityOptions): Promise<AgentIdentity> {
  const { store, clock, logger, signal } = options;
  const backoff = createBackoff({ clock });
  let refusedToken: string | undefined;
  let refusedAt = 0;
  let reported: string | undefined;
  let asked: { readonly certificatePem: string; readonly at: number; readonly standing: string } | undefined;
  const standingOf = async (identity: AgentIdentity, pollMs: number): Promise<string> => {
    const { certificatePem } = identity;
    const at = clock.monotonicMs();
    if (options.askStanding === undefined) return 'unknown';
    if (asked?.certificatePem !== certificatePem || at - asked.at >= pollMs) {
      asked = { certificatePem, at, standing: await options.askStanding(identity) };
    }
    return asked.standing;
  };
  const isUsable = async (identity: AgentIdentity): Promise<boolean> =>
    identity.notAfter.getTime() > clock.now() &&
    (options.isRefused !== true || (await standingOf(identity, UNTRUSTED_POLL_MS)) !== 'untrusted');
  const report = (error: AgentError) => {
    if (reported !== error.message) logger.error({ code: error.code, nextStep: error.nextStep }, error.message);
    reported = error.message;
  };

  for (;;) {
    signal.throwIfAborted();
    const stored = await store.load();
    if (stored !== undefined && (await isUsable(stored))) return stored;
    const token = options.joinToken();
    if (token !== undefined && token.reveal() !== refusedToken) {
      try {
        return await store.save(withLearned(await options.enrol(token), stored));
      } catch (error) {
        if (!isCodedError(error)) throw error;
        if (error.code === 'ERR_AGENT_ENROLMENT_REFUSED') {
          refusedToken = token.reveal();
          refusedAt = clock.monotonicMs();
          logger.warn({ err: error }, 'the join token was refused');
        } else if (error.code === 'ERR_AGENT_SERVER_UNREACHABLE' || error.code === 'ERR_AGENT_EGRESS_PROXY') {
          const delayMs = backoff.nextDelayMs();
          logger.warn({ err: error, delayMs: Math.round(delayMs) }, 'enrolment failed, trying again');
          await sleep(clock, delayMs, signal);
        } else {
          throw error;
        }
        continue;
      }
    }
    if (stored !== undefined) {
      const isExpired = stored.notAfter.getTime() <= clock.now();
      report(isExpired ? expired(stored) : untrusted(stored));
      if (isExpired && (await standingOf(stored, STANDING_POLL_MS)) === 'deregistered') throw deregistered();
    }
    if (stored === undefined && token === undefined) throw missing();
    if (stored === undefined && clock.monotonicMs() - refusedAt >= REPLICA_GRACE_MS) throw refused();
    await sleep(clock, POLL_MS, signal);
  }
}

/** What was learned of capability keys stays with the cluster: its pinned keys may have been replaced long ago. */
function withLearned(identity: AgentIdentity, stored: AgentIdentity | undefined): AgentIdentity {
  if (stored?.capabilityKeys === undefined || stored.clusterId !== identity.clusterId) return identity;
  return { ...identity, capabilityKeys: stored.capabilityKeys };
}

function untrusted(identity: AgentIdentity): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_IDENTITY_UNTRUSTED',
    message: `the server no longer trusts the authority that issued the certificate of cluster ${identity.clusterName} (${identity.clusterId})`,
    nextStep: 'Make a new join token for this cluster and put it where the agent reads it; nothing else is lost.',
  });
}

function expired(identity: AgentIdentity): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_IDENTITY_EXPIRED',
    message: `the certificate of cluster ${identity.clusterName} (${identity.clusterId}) expired at ${identity.notAfter.toISOString()}`,
    nextStep: 'Make a new join token for this cluster and put it where the agent reads it; nothing else is lost.',
  });
}

function missing(): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_IDENTITY_MISSING',
    message: 'there is neither a stored identity nor a join token',
    nextStep: 'Register the cluster and give the agent the join token.',
  });
}

function refused(): AgentError {
  return new AgentError({
    code: 'ERR_AGENT_ENROLMENT_REFUSED',
    message: 'the server refused the join token, and no other replica stored an identity',
    nextStep: 'Make a new join token for the cluster and put it into the configuration of the agent.',
  });
}
