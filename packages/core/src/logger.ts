/**
 * Where libraries write what an operator may want to read. The shape is the one of pino, so a pino logger fits as it
 * is. Fields never hold secrets, tokens or bodies; wrap what is secret in `Secret`.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Structured part of a log line. `err` holds an error with its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A logger that drops everything; the default of every library. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
