import { CodedError } from '@sallyport/core';

/** Codes of web kubectl: why there is no terminal, or a line was not run. */
export type TerminalErrorCode =
  /** The server has no kubectl, or was told to offer no terminals. */
  | 'ERR_TERMINAL_UNAVAILABLE'
  /** Terminals can't be kept apart on this machine, and in production mode there are none without that. */
  | 'ERR_TERMINAL_UNISOLATED'
  /** The sandbox of a terminal could not be opened. */
  | 'ERR_TERMINAL_SANDBOX'
  /** The line is longer than a line may be. */
  | 'ERR_TERMINAL_LINE_TOO_LONG'
  /** The line uses something of a shell, which there is none of. */
  | 'ERR_TERMINAL_NO_SHELL'
  /** A quote of the line is not closed. */
  | 'ERR_TERMINAL_QUOTE'
  /** The first word is none of kubectl's commands, and none of the terminal's own. */
  | 'ERR_TERMINAL_COMMAND'
  /** The command is one of kubectl's that a terminal in the browser has no use for; what to do instead is said. */
  | 'ERR_TERMINAL_COMMAND_REFUSED'
  /** The command has no such flag. */
  | 'ERR_TERMINAL_FLAG_UNKNOWN'
  /** The flag would name another server, another identity or another place. */
  | 'ERR_TERMINAL_FLAG_REFUSED'
  /** The file is none of those of the terminal. */
  | 'ERR_TERMINAL_FILE'
  /** What stands behind `|` is not among the filters, or has options that its filter has not. */
  | 'ERR_TERMINAL_FILTER';

/** Error of web kubectl. */
export class TerminalError extends CodedError<TerminalErrorCode> {}
