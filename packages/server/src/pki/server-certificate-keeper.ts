import type { Clock, Logger } from '@sallyport/core';
import { type CertificateAuthorityRecord, issueServerCertificate } from './authority.ts';
import { type CertificateKeeper, keepCertificate } from './certificate-keeper.ts';

/** Options of {@link keepServerCertificate}. */
export interface ServerCertificateKeeperOptions {
  /** The authority that signs now; asked for each certificate. */
  readonly authority: () => CertificateAuthorityRecord;
  readonly hostNames: readonly string[];
  readonly clock: Clock;
  readonly logger?: Logger;
}

/** A third of the 90 days that a server's certificate lives. */
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60_000;

/** Issues a certificate for `hostNames` and replaces it 30 days before it ends. */
export function keepServerCertificate(options: ServerCertificateKeeperOptions): Promise<CertificateKeeper> {
  const { authority, hostNames, clock, logger } = options;
  return keepCertificate({
    issue: () => issueServerCertificate(authority(), { hostNames, at: new Date(clock.now()) }),
    renewBeforeMs: RENEW_BEFORE_MS,
    clock,
    ...(logger && { logger }),
  });
}
