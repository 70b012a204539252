import { type Clock, type Logger, silentLogger, type Timer } from '@sallyport/core';
import type { ServerCertificate } from './authority.ts';

/** A certificate that is replaced in time. */
export interface CertificateKeeper {
  current(): ServerCertificate;
  /** Calls `listener` with each replacement. Returns the way to stop. */
  onRenewed(listener: (certificate: ServerCertificate) => void): () => void;
  /** Issues another certificate now, for example because the authority changed. */
  renew(): Promise<void>;
  close(): void;
}

/** Options of {@link keepCertificate}. */
export interface CertificateKeeperOptions {
  /** Makes a key, and a certificate over it that lives from now on. */
  readonly issue: () => Promise<ServerCertificate>;
  /** How long before its end a certificate is replaced, in milliseconds. */
  readonly renewBeforeMs: number;
  readonly clock: Clock;
  readonly logger?: Logger;
}

/** How often it is looked, so that a suspended machine catches up, in milliseconds. */
const CHECK_EVERY_MS = 60 * 60_000;

/**
 * Issues a certificate and replaces it before it ends. The key lives in memory only: a restart issues another under the same root,
 * which is what peers trust.
 */
export async function keepCertificate(options: CertificateKeeperOptions): Promise<CertificateKeeper> {
  const { issue, renewBeforeMs, clock, logger = silentLogger } = options;
  const listeners = new Set<(certificate: ServerCertificate) => void>();
  let current = await issue();
  let closed = false;
  let timer: Timer;

  async function renew(): Promise<void> {
    current = await issue();
    if (closed) return;
    logger.info({ notAfter: current.notAfter.toISOString() }, 'renewed a certificate of the server');
    for (const listener of listeners) listener(current);
  }

  async function check(): Promise<void> {
    try {
      if (current.notAfter.getTime() - clock.now() < renewBeforeMs) await renew();
    } catch (err) {
      logger.error({ err }, 'a certificate of the server could not be renewed');
    }
    if (!closed) schedule();
  }

  function schedule(): void {
    timer = clock.setTimeout(() => void check(), CHECK_EVERY_MS);
  }

  schedule();
  return {
    current: () => current,
    renew,
    onRenewed(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      timer.cancel();
    },
  };
}
