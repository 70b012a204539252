import { Agent } from 'undici';
import { createGuardedConnector, type ResolveAll } from './outbound-guard.ts';
import { trusting } from './trusting.ts';

/** What {@link createGuardedAgent} works with. */
export interface GuardedAgentOptions {
  /** Networks (CIDR) that may be called though they are not public, and without TLS. */
  readonly allowedAddresses: readonly string[];
  /** Further certificate authorities to trust, PEM. */
  readonly caPems?: readonly string[] | undefined;
  /** How names are resolved. Default: as the system does. */
  readonly resolveAll?: ResolveAll | undefined;
  /** Longest wait for a connection, and for each part of an answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest answer that is read, in bytes. */
  readonly maxAnswerBytes: number;
  /** Makes the error for a host whose address is not called. */
  readonly refuseAddress: (host: string) => Error;
  /** Makes the error for a host that may not be called without TLS. */
  readonly refusePlain: (host: string) => Error;
}

/** A dispatcher for requests to addresses that administrators of an organization named: plain ones to allowed networks only. */
export function createGuardedAgent(options: GuardedAgentOptions): Agent {
  const { allowedAddresses: allowed, caPems = [], resolveAll, timeoutMs, maxAnswerBytes } = options;
  const guard = { allowed, ...(resolveAll && { resolveAll }) };
  const build = { ...trusting(caPems), timeout: timeoutMs };
  const connectSecurely = createGuardedConnector(build, { ...guard, refuse: options.refuseAddress });
  const connectPlainly = createGuardedConnector(build, { ...guard, refuse: options.refusePlain, allowsPublic: false });
  return new Agent({
    connect: (target, done) => (target.protocol === 'https:' ? connectSecurely : connectPlainly)(target, done),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxAnswerBytes,
  });
}
