/**
 * Exit codes of the command line. Scripts may rely on them; a code is never given a second meaning. The README lists
 * them for people.
 */
export const EXIT_CODES = {
  /** Done. */
  ok: 0,
  /** Refused or failed; the error's own code says why. */
  failed: 1,
  /** The command line can't be understood: unknown command, unknown flag, missing or malformed argument. */
  usage: 2,
  /** There is no live login session for the server. */
  notLoggedIn: 3,
  /** The server can't be reached, or its certificate is not trusted. */
  unreachable: 4,
  /** What was waited for was denied. */
  denied: 5,
  /** What was waited for expired before anybody decided it. */
  expired: 6,
  /** What was waited for was cancelled, or is over already. */
  cancelled: 7,
  /** The time for waiting is over; what was waited for is still open. */
  waitTimeout: 8,
  /** The audit log was tampered with. */
  tampered: 9,
  /** Ended by SIGINT, as shells count it. */
  interrupted: 130,
} as const;

/** One of {@link EXIT_CODES}. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

const NOT_LOGGED_IN: ReadonlySet<string> = new Set([
  'ERR_CLI_NOT_LOGGED_IN',
  'ERR_CLI_SESSION_ENDED',
  'ERR_API_UNAUTHENTICATED',
]);
const UNREACHABLE: ReadonlySet<string> = new Set([
  'ERR_API_UNREACHABLE',
  'ERR_CLI_SERVER_UNREACHABLE',
  'ERR_CLI_CERTIFICATE_UNTRUSTED',
  'ERR_CLI_PLAIN_HTTP',
]);

const WAITED: ReadonlyMap<string, ExitCode> = new Map([
  ['ERR_CLI_ACCESS_DENIED', EXIT_CODES.denied],
  ['ERR_CLI_ACCESS_EXPIRED', EXIT_CODES.expired],
  ['ERR_CLI_ACCESS_CANCELLED', EXIT_CODES.cancelled],
  ['ERR_CLI_WAIT_TIMEOUT', EXIT_CODES.waitTimeout],
]);

/** The exit code that belongs to an error code. */
export function exitCodeOf(code: string): ExitCode {
  if (code === 'ERR_CLI_USAGE') return EXIT_CODES.usage;
  if (code === 'ERR_CLI_AUDIT_TAMPERED') return EXIT_CODES.tampered;
  if (code === 'ERR_CLI_INTERRUPTED') return EXIT_CODES.interrupted;
  if (NOT_LOGGED_IN.has(code)) return EXIT_CODES.notLoggedIn;
  if (UNREACHABLE.has(code)) return EXIT_CODES.unreachable;
  return WAITED.get(code) ?? EXIT_CODES.failed;
}
