/**
 * The `sallyport` command line as a library: run a command line in your own process with {@link runCli}, given the
 * streams, environment and clock it may use. Logging in, sessions and the state folder are not offered for use on their
 * own; programs talk to a server through `@sallyport/core/api`.
 *
 * @packageDocumentation
 */
export type { CliContext, InputStream, OutputStream } from './context.ts';
export type { CliErrorCode } from './errors.ts';
export { CliError } from './errors.ts';
export type { ExitCode } from './exit-codes.ts';
export { EXIT_CODES } from './exit-codes.ts';
export { runCli } from './run.ts';
