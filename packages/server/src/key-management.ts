import { join } from 'node:path';
import { type Clock, createId, type Logger, silentLogger, systemClock } from '@sallyport/core';
import type { ServerConfig } from './config.ts';
import { keyPolicies } from './pki/key-policies.ts';
import { listKeyLives, type RotationContext, type RotationMode, rotateKey } from './pki/rotate-keys.ts';
import {
  type KeyFacts,
  type KeyPurpose,
  openStore,
  type RewrapResult,
  type Store,
  type StoreLocation,
} from './stores/index.ts';
import type { StoreOptions } from './stores/open-store.ts';

/** A key, and when its purpose rotates next on schedule. */
export interface KeyLife extends KeyFacts {
  /** When its successor is meant to sign; absent for retired keys, and where keys rotate by command only. */
  readonly rotatesAt?: Date;
}

/** What operators do with a server's keys. Works on the database; running servers follow within a second or so. */
export interface KeyManagement {
  list(): Promise<readonly KeyLife[]>;
  /** Rotates one purpose, and yields its keys. */
  rotate(purpose: KeyPurpose, mode: RotationMode): Promise<readonly KeyLife[]>;
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
    : { kind: 'postgres', url: config.databaseUrl.reveal() };
}

/** What the configuration says of encryption at rest. */
export function storeOptionsOf(config: ServerConfig, clock: Clock, logger: Logger): StoreOptions {
  const { encryptionKey, formerEncryptionKeys = [] } = config;
  return { encryptionKey, formerEncryptionKeys, clock, logger };
}

function manageKeys(store: Store, config: ServerConfig, clock: Clock): KeyManagement {
  const policies = keyPolicies(config.keyRotation);
  const context: RotationContext = { store, clock, policies };
  const withSchedule = (keys: readonly KeyFacts[]): KeyLife[] =>
    keys.map((key) => {
      const { lifetimeMs } = policies[key.purpose];
      if (lifetimeMs === undefined || key.phase === 'retired') return key;
      const next = keys.find(({ purpose, phase }) => purpose === key.purpose && phase === 'next');
      const onSchedule = new Date(key.signsFrom.getTime() + lifetimeMs);
      return { ...key, rotatesAt: key.phase === 'current' && next !== undefined ? next.signsFrom : onSchedule };
    });
  return {
    list: async () => withSchedule(await listKeyLives(store)),
    async rotate(purpose, mode) {
      await rotateKey(context, purpose, mode);
      return withSchedule((await listKeyLives(store)).filter((key) => key.purpose === purpose));
    },
    async rewrap() {
      const result = await store.rewrap();
      const at = clock.now();
      await store.appendAudit([
        {
          id: createId('auditEvent', at),
          code: 'key.rewrapped',
          at: new Date(at),
          severity: 'notice',
          details: { rewrapped: result.rewrapped, left: result.left },
        },
      ]);
      return result;
    },
    close: () => store.close(),
  };
}
