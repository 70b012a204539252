/** Helpers of the whole-stack tests: outside parts, programs, waiting, folders. */
export type { AwaitOptions } from './conditions.ts';
export { awaitCondition } from './conditions.ts';
export { freePort, repository, temporaryFolder } from './folders.ts';
export type { Part } from './parts.ts';
export { findPart, lacks, part } from './parts.ts';
export type { Outcome, Program, ProgramOptions } from './programs.ts';
export { awaitExit, run, start } from './programs.ts';
export type { Restartable, RestartableOptions, RestartableProgram } from './restartable.ts';
export { startRestartable } from './restartable.ts';
export type { TerminalOptions, TerminalProgram } from './terminals.ts';
export { startInTerminal } from './terminals.ts';
