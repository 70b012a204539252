import type { CustomFetch } from 'openid-client';
import { Agent, fetch } from 'undici';
import { createGuardedConnector, type ResolveAll } from '../network/outbound-guard.ts';
import { trusting } from '../network/trusting.ts';

/** What {@link createProviderFetch} needs. */
export interface ProviderFetchOptions {
  /** Further certificate authorities to trust, PEM, besides those of the runtime. */
  readonly caPems?: readonly string[];
  /** Networks (CIDR) that may be called though they are not public. Default none. */
  readonly allowedAddresses?: readonly string[];
  /** How names are resolved. Default: as the system does. */
  readonly resolveAll?: ResolveAll;
}

/** A `fetch` towards identity providers, with its connections. */
export interface ProviderFetch {
  readonly fetch: CustomFetch;
  /** Trusts other further authorities from the next request on. */
  updateCas(caPems: readonly string[]): void;
  close(): Promise<void>;
}

// A discovery document or key set is a few kilobytes; a provider with more is broken or hostile.
const MAX_RESPONSE_BYTES = 1_048_576;
const TIMEOUT_MS = 10_000;

/**
 * Creates the `fetch` that identity providers are spoken to with, at addresses that an administrator named: bounded in size and
 * time, no redirects followed, and nothing of this machine or a private network called that is not allowed.
 */
export function createProviderFetch(options: ProviderFetchOptions = {}): ProviderFetch {
  const { allowedAddresses: allowed = [], resolveAll } = options;
  const createDispatcher = (caPems: readonly string[]) =>
    new Agent({
      connect: createGuardedConnector(
        { ...trusting(caPems), timeout: TIMEOUT_MS },
        { allowed, ...(resolveAll && { resolveAll }) },
      ),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      maxResponseSize: MAX_RESPONSE_BYTES,
    });
  let dispatcher = createDispatcher(options.caPems ?? []);
  return {
    // undici's own types and the runtime's differ in name only.
    fetch: (url, init) =>
      fetch(url, {
        ...(init as Parameters<typeof fetch>[1]),
        redirect: 'manual',
        dispatcher,
      }),
    updateCas(caPems) {
      // Requests under way end on the connections that they have.
      void dispatcher.close();
      dispatcher = createDispatcher(caPems);
    },
    close: () => dispatcher.close(),
  };
}
