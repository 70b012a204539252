import { type Clock, type Logger, silentLogger, systemClock, type Timer } from '@sallyport/core';
import { loadCapabilityAuthority } from '../pki/capability-authority.ts';
import { advanceKeys } from '../pki/rotate-keys.ts';
import type { SignerConfig } from './config.ts';
import { listenAsSigner } from './listen.ts';
import { serveSigner } from './serve-signer.ts';
import { createSigner } from './signer.ts';
import { openSignerKeys } from './signer-keys.ts';

/** Options of {@link startSigner}. */
export interface StartSignerOptions {
  readonly config: SignerConfig;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** A signer that listens. */
export interface RunningSigner {
  /** The port that was bound; 0 for a Unix socket. */
  readonly port: number;
  close(): Promise<void>;
}

/** How often the key file is looked at, in milliseconds: commands change it too. */
const KEY_POLL_MS = 1_000;

/**
 * Starts a signer: loads its keys, or makes the first one, and listens.
 * @throws ServerError `ERR_LISTEN_PORT_TAKEN`, `ERR_LISTEN_FAILED`; SignerError `ERR_SIGNER_KEYS`, `ERR_SIGNER_LOG`;
 * StoreError `ERR_STORE_ENCRYPTION_KEY`
 */
export async function startSigner(options: StartSignerOptions): Promise<RunningSigner> {
  const { config, clock = systemClock, logger = silentLogger } = options;
  const { context, log } = openSignerKeys(config, clock);
  const { keys } = context.store;
  const authority = await loadCapabilityAuthority(keys, clock);
  const signer = createSigner({ authority, rules: config.rules, rate: config.rate, log, clock });
  const listener = await listenAsSigner(config.address, serveSigner(signer, logger));
  await log.append({ event: 'started', keyId: authority.keys.activeKeyId });
  let isClosed = false;
  let timer: Timer;

  async function followKeys(): Promise<void> {
    try {
      for (const step of await advanceKeys(context, 'capability')) logger.info({ step: step.kind }, 'a key changed');
      const set = await keys.list('capability');
      if (set.version !== authority.version) await authority.update(set);
    } catch (err) {
      logger.error({ err }, 'the keys of the signer could not be read');
    }
    if (!isClosed) timer = clock.setTimeout(follow, KEY_POLL_MS);
  }
  let following: Promise<void> = Promise.resolve();
  const follow = () => {
    following = followKeys();
  };
  timer = clock.setTimeout(follow, KEY_POLL_MS);
  logger.info({ port: listener.port, keyId: authority.keys.activeKeyId }, 'the signer is ready');

  let closing: Promise<void> | undefined;
  const close = async () => {
    isClosed = true;
    timer.cancel();
    await Promise.all([listener.close(), following]);
    await log.append({ event: 'stopped' });
    await log.close();
  };
  return {
    port: listener.port,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Runs a signer until `signal` is aborted. @throws what {@link startSigner} throws */
export async function runSigner(options: StartSignerOptions & { readonly signal: AbortSignal }): Promise<void> {
  const signer = await startSigner(options);
  await new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve();
    else options.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await signer.close();
}
