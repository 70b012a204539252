import { type Clock, type Logger, sleep } from '@sallyport/core';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import { type AgentIdentity, type IdentityStore, makeIdentity } from './identity.ts';

/** Options of {@link keepIdentityFresh}. */
export interface KeepIdentityFreshOptions {
  /** The identity that is in use, with what was learned since it was issued. */
  readonly current: () => AgentIdentity;
  readonly store: IdentityStore;
  /** Asks the server, over a live tunnel, for a certificate over the key of the request. */
  readonly renew: (csrPem: string) => Promise<{ readonly certificatePem: string }>;
  /** Takes the identity to use from now on. */
  readonly onIdentity: (identity: AgentIdentity) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Uniform in [0, 1). Default `Math.random`: spreads replicas apart. */
  readonly random?: () => number;
}

/** Pause after a renewal that failed, in milliseconds. */
const RETRY_MS = 60_000;

/**
 * Renews the identity when about half of its life is over, until `signal` is aborted. Of several replicas the first one
 * to wake renews; the others find the newer identity in the store and adopt it.
 */
export async function keepIdentityFresh(options: KeepIdentityFreshOptions): Promise<void> {
  const { store, clock, logger, signal, random = Math.random } = options;
  let dueInMs = renewalDelayMs(options.current(), clock.now(), random());
  while (!signal.aborted) {
    try {
      await sleep(clock, dueInMs, signal);
    } catch {
      return;
    }
    const identity = options.current();
    try {
      const next = (await newerStored(store, identity)) ?? (await renewed(options));
      if (next.certificatePem !== identity.certificatePem) {
        logger.info({ notAfter: next.notAfter.toISOString() }, 'the certificate of the agent was renewed');
        options.onIdentity(next);
      }
      dueInMs = Math.max(RETRY_MS, renewalDelayMs(next, clock.now(), random()));
    } catch (error) {
      logger.warn(
        { err: error, notAfter: identity.notAfter.toISOString() },
        'the certificate of the agent was not renewed',
      );
      dueInMs = RETRY_MS;
    }
  }
}

/** Milliseconds until a renewal is due: half of the life, give or take a tenth of it. */
export function renewalDelayMs(identity: AgentIdentity, nowMs: number, random: number): number {
  const lifeMs = identity.notAfter.getTime() - identity.notBefore.getTime();
  return Math.max(0, identity.notBefore.getTime() + lifeMs * (0.4 + 0.2 * random) - nowMs);
}

async function newerStored(store: IdentityStore, identity: AgentIdentity): Promise<AgentIdentity | undefined> {
  const stored = await store.load();
  if (stored === undefined || stored.clusterId !== identity.clusterId) return undefined;
  return stored.notAfter > identity.notAfter ? stored : undefined;
}

async function renewed(options: KeepIdentityFreshOptions): Promise<AgentIdentity> {
  const { privateKeyPem, csrPem } = createKeyAndRequest('sallyport-agent');
  const { certificatePem } = await options.renew(csrPem);
  // Asked only now: what is trusted may have changed while the certificate was on its way.
  const { notBefore: _, notAfter: __, ...kept } = options.current();
  return options.store.save(makeIdentity({ ...kept, certificatePem, privateKeyPem }));
}
