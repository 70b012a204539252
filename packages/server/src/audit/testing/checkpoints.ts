import { generateKeyPairSync } from 'node:crypto';
import { Secret } from '@sallyport/core';
import type { Store } from '../../stores/contracts.ts';
import { type CheckpointSigner, createCheckpointSigner } from '../checkpoint-signer.ts';

/** Makes a signer with a fresh key that stays the only one. */
export function createTestSigner(publicUrl = 'https://access.example.com'): CheckpointSigner {
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
  const now = new Date();
  const rest = { phase: 'current', createdAt: now, signsFrom: now } as const;
  return createCheckpointSigner({
    publicUrl,
    keys: () => [{ purpose: 'auditCheckpoint', keyId: 'k1', secret: new Secret(privateKey), ...rest }],
  });
}

/** Gives everything that was appended its index and signs what the logs are then, once, as the leader does. */
export function indexAndSign(store: Pick<Store, 'transact'>, signer: CheckpointSigner): Promise<void> {
  return store.transact(async (tx) => {
    const { grown } = await tx.auditLog.index(10_000);
    for (const { log, size, root } of grown) await tx.auditProof.putCheckpoint(signer.sign(log, size, root));
  });
}
