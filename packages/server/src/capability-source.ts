import type { Clock, Logger } from '@sallyport/core';
import { type CapabilitySigner, createCapabilitySigner } from '@sallyport/core/credentials';
import type { ServerConfig } from './config.ts';
import {
  type CapabilityKeys,
  loadTrustRoots,
  loadTrustRootsBesideSigner,
  type TrustRootsBesideSigner,
} from './pki/index.ts';
import { createSignerClient } from './signer/signer-client.ts';
import type { Store } from './stores/index.ts';

/** What signs capabilities for a server, and what agents are told of its keys. */
export interface CapabilitySource extends CapabilityKeys {
  readonly signer: CapabilitySigner;
  /** Calls `listener` when the keys changed. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** The keys of a server, and what signs its capabilities: a key of the database, or the signer of the configuration. */
export async function loadKeys(
  config: Pick<ServerConfig, 'signer'>,
  { store, clock, logger }: { readonly store: Store; readonly clock: Clock; readonly logger: Logger },
): Promise<{ readonly roots: TrustRootsBesideSigner; readonly capabilities: CapabilitySource }> {
  if (config.signer !== undefined) {
    const roots = await loadTrustRootsBesideSigner(store, clock);
    const client = createSignerClient({ target: config.signer, clock, logger });
    await client.asked;
    return { roots, capabilities: client };
  }
  const roots = await loadTrustRoots(store, clock);
  const capabilities: CapabilitySource = {
    signer: createCapabilitySigner({ keys: roots.capabilityKeys, clock }),
    jwks: () => roots.capabilityKeys.jwks(),
    statements: () => roots.agentTrust().capabilityKeys,
    onChange: (listener) => roots.onChange((purposes) => purposes.has('capability') && listener()),
    close() {},
  };
  return { roots, capabilities };
}
