import type { Secret } from '../secret.ts';
import { EXEC_API_VERSION } from './mint.ts';

/** What {@link formatExecCredential} takes. */
export interface ExecCredentialOptions {
  readonly token: Secret;
  readonly expiresAt: Date;
  /**
   * How long before its end kubectl is told that the token has ended, in milliseconds. kubectl renews only what is past and
   * never repeats a request that got 401, so a token must not end on its way. Defaults to 45 000.
   */
  readonly earlyMs?: number;
}

/** When kubectl is told that a credential ends, to the second below. */
function announcedEnd({ expiresAt, earlyMs = 45_000 }: ExecCredentialOptions): number {
  return Math.floor((expiresAt.getTime() - earlyMs) / 1_000);
}

/**
 * The `ExecCredential` that kubectl reads from an exec credential plugin's stdout: one line of JSON, without a newline. Holds
 * the token in clear: write it to stdout or to a file of mode 0600, nowhere else.
 */
export function formatExecCredential(options: ExecCredentialOptions): string {
  const expirationTimestamp = new Date(announcedEnd(options) * 1_000).toISOString().replace('.000Z', 'Z');
  return JSON.stringify({
    apiVersion: EXEC_API_VERSION,
    kind: 'ExecCredential',
    status: { expirationTimestamp, token: options.token.reveal() },
  });
}

/** The file that the shim reads: the announced end in epoch seconds, then the `ExecCredential`, one line each. Mode 0600. */
export function formatCredentialCache(options: ExecCredentialOptions): string {
  return `${announcedEnd(options)}\n${formatExecCredential(options)}\n`;
}
