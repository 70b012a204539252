import { join } from 'node:path';
import { type Clock, systemClock } from '@sallyport/core';
import { administerKeys, type KeyLife } from '../pki/key-administration.ts';
import { keyPolicies } from '../pki/key-policies.ts';
import type { RotationContext, RotationMode } from '../pki/rotate-keys.ts';
import type { SignerConfig } from './config.ts';
import { createKeyFile, type KeyFile } from './key-file.ts';
import { openSigningLog, type SigningLog } from './signing-log.ts';

/** What operators do with a signer's keys. A running signer follows within a second. */
export interface SignerKeyManagement {
  list(): Promise<readonly KeyLife[]>;
  rotate(mode: RotationMode): Promise<readonly KeyLife[]>;
  readonly adopt: KeyFile['adopt'];
  close(): Promise<void>;
}

/** Opens the key file of a signer's configuration for key management, also while the signer runs. */
export function openSignerKeyManagement(config: SignerConfig, clock: Clock = systemClock): SignerKeyManagement {
  const { context, file, log } = openSignerKeys(config, clock);
  const administration = administerKeys(context);
  return {
    list: administration.list,
    rotate: (mode) => administration.rotate('capability', mode),
    adopt: file.adopt,
    close: () => log.close(),
  };
}

/** What a signer's keys are kept and rotated with. The caller closes the log. */
export function openSignerKeys(
  config: SignerConfig,
  clock: Clock,
): { readonly context: RotationContext; readonly file: KeyFile; readonly log: SigningLog } {
  const { stateDir, encryptionKey, rotation, logSync } = config;
  const log = openSigningLog({ folder: join(stateDir, 'log'), sync: logSync, clock });
  const file = createKeyFile({ folder: join(stateDir, 'keys'), encryptionKey, log, clock });
  const policies = keyPolicies(rotation && { capability: rotation.lifetimeMs });
  return { context: { store: file, clock, policies, purposes: ['capability'] }, file, log };
}
