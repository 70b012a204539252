import { join } from 'node:path';
import { createAuditEvent } from '@sallyport/audit';
import { type Clock, type Logger, silentLogger, systemClock } from '@sallyport/core';
import type { ServerConfig } from './config.ts';
import { administerKeys, type KeyAdministration } from './pki/key-administration.ts';
import { keyPolicies } from './pki/key-policies.ts';
import type { RotationContext } from './pki/rotate-keys.ts';
import { PURPOSES_BESIDE_SIGNER } from './pki/trust-roots.ts';
import { openStore, type RewrapResult, type Store, type StoreLocation } from './stores/index.ts';
import type { KeySet } from './stores/key-contracts.ts';
import type { StoreOptions } from './stores/open-store.ts';

/** What operators do with a server's keys. Works on the database; running servers follow within a second or so. */
export interface KeyManagement extends KeyAdministration {
  /**
   * Hands the capability keys to `adopt`, and deletes them here once it resolved. From then on only a server with a `signer`
   * in its configuration serves requests; agents notice nothing. Yields how many keys moved.
   */
  moveCapabilityKeys(adopt: (set: KeySet) => Promise<void>): Promise<number>;
  /** Encrypts what is not under the first encryption key anew. */
  rewrap(): Promise<RewrapResult>;
  close(): Promise<void>;
}

/**
 * Opens the database of a server's configuration for key management.
 * @throws StoreError, among them `ERR_STORE_LOCKED` while a server runs on the embedded database
 */
export async function openKeyManagement(
  config: ServerConfig,
  options: { readonly clock?: Clock; readonly logger?: Logger } = {},
): Promise<KeyManagement> {
  const { clock = systemClock, logger = silentLogger } = options;
  return manageKeys(await openStore(storeLocationOf(config), storeOptionsOf(config, clock, logger)), config, clock);
}

/** Where the configuration keeps the state. */
export function storeLocationOf(config: ServerConfig): StoreLocation {
  return config.databaseUrl === undefined
    ? { kind: 'pglite', dataDir: join(config.stateDir, 'database') }
    : {
        kind: 'postgres',
        url: config.databaseUrl.reveal(),
        ...(config.databaseDirectUrl && { directUrl: config.databaseDirectUrl.reveal() }),
      };
}

/** What the configuration says of encryption at rest. */
export function storeOptionsOf(config: ServerConfig, clock: Clock, logger: Logger): StoreOptions {
  const { encryptionKey, formerEncryptionKeys = [] } = config;
  return { encryptionKey, formerEncryptionKeys, clock, logger };
}

function manageKeys(store: Store, config: ServerConfig, clock: Clock): KeyManagement {
  const policies = keyPolicies(config.keyRotation);
  const context: RotationContext = {
    store,
    clock,
    policies,
    ...(config.signer && { purposes: PURPOSES_BESIDE_SIGNER }),
  };
  return {
    ...administerKeys(context),
    async moveCapabilityKeys(adopt) {
      const set = await store.keys.list('capability');
      if (set.keys.length === 0) return 0;
      await adopt(set);
      await store.transact(async (tx) => {
        const { keys } = await tx.lockKeys('capability');
        const at = clock.now();
        for (const { purpose, keyId } of keys) {
          await tx.deleteKey(purpose, keyId);
          const details = { purpose, keyId, reason: 'moved to the signer' };
          await tx.appendAudit(createAuditEvent('key.removed', at, { severity: 'notice', details }));
        }
        await tx.nextKeyVersion('capability');
      });
      return set.keys.length;
    },
    async rewrap() {
      const result = await store.rewrap();
      await store.appendAudit([
        createAuditEvent('key.rewrapped', clock.now(), {
          details: { rewrapped: result.rewrapped, left: result.left },
        }),
      ]);
      return result;
    },
    close: () => store.close(),
  };
}
