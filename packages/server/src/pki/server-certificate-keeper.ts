import { type Clock, type Logger, silentLogger, type Timer } from '@sallyport/core';
import { type CertificateAuthorityRecord, issueServerCertificate, type ServerCertificate } from './authority.ts';

/** A server certificate that is replaced in time. */
export interface ServerCertificateKeeper {
  current(): ServerCertificate;
  /** Calls `listener` with each replacement. Returns the way to stop. */
  onRenewed(listener: (certificate: ServerCertificate) => void): () => void;
  /** Issues another certificate now, for example because the authority changed. */
  renew(): Promise<void>;
  close(): void;
}

/** Options of {@link keepServerCertificate}. */
export interface ServerCertificateKeeperOptions {
  /** The authority that signs now; asked for each certificate. */
  readonly authority: () => CertificateAuthorityRecord;
  readonly hostNames: readonly string[];
  readonly clock: Clock;
  readonly logger?: Logger;
}

// A third of 90 days before the end, looked at often enough that a suspended machine catches up.
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60_000;
const CHECK_EVERY_MS = 60 * 60_000;

/**
 * Issues a certificate for `hostNames` and replaces it 30 days before it ends. The key lives in memory only: a restart issues
 * another under the same root, which is what peers trust.
 */
export async function keepServerCertificate(options: ServerCertificateKeeperOptions): Promise<ServerCertificateKeeper> {
  const { authority, hostNames, clock, logger = silentLogger } = options;
  const listeners = new Set<(certificate: ServerCertificate) => void>();
  const issue = () => issueServerCertificate(authority(), { hostNames, at: new Date(clock.now()) });
  let current = await issue();
  let closed = false;
  let timer: Timer;

  async function renew(): Promise<void> {
    current = await issue();
    if (closed) return;
    logger.info({ notAfter: current.notAfter.toISOString() }, 'renewed the server certificate');
    for (const listener of listeners) listener(current);
  }

  async function check(): Promise<void> {
    try {
      if (current.notAfter.getTime() - clock.now() < RENEW_BEFORE_MS) await renew();
    } catch (err) {
      logger.error({ err }, 'the server certificate could not be renewed');
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
