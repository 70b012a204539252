import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock.ts';
import type { TerminalSize } from '../../streaming/remote-command.ts';
import type { ByteReader, ByteWriter } from './byte-pipe.ts';
import type { FileSystem } from './file-system.ts';

/** Serves one connection to a container's port. */
export type PortHandler = (connection: Duplex) => void;

/** The terminal of a process, when it has one. */
export interface Terminal {
  readonly size: TerminalSize | undefined;
  onResize(listener: (size: TerminalSize) => void): () => void;
}

/** What a process of the scripted shell lives in. */
export interface ProcessContext {
  readonly stdin: ByteReader;
  readonly stdout: ByteWriter;
  readonly stderr: ByteWriter;
  readonly terminal: Terminal | undefined;
  readonly files: FileSystem;
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly hostname: string;
  readonly clock: Clock;
  /** Aborted when the container is stopped or the session has gone. */
  readonly signal: AbortSignal;
  /** Serves a port of the pod until the process ends. */
  listen(port: number, handler: PortHandler): void;
}

/** Runs a command and resolves with its exit code. Never rejects. */
export type RunProcess = (command: readonly string[], context: ProcessContext) => Promise<number>;

/** A terminal whose size is set from outside. */
export interface ResizableTerminal extends Terminal {
  resize(size: TerminalSize): void;
}

/** Creates a terminal of unknown size. */
export function createTerminal(): ResizableTerminal {
  const listeners = new Set<(size: TerminalSize) => void>();
  let size: TerminalSize | undefined;
  return {
    get size() {
      return size;
    },
    resize(next) {
      size = next;
      for (const listener of [...listeners]) listener(next);
    },
    onResize(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
