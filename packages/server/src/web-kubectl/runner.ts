import type { Server } from 'node:net';
import type { SandboxEvent, SandboxOrder } from './sandbox/messages.ts';

/**
 * Opens a place in which the commands of one terminal run. The one that there is starts processes of this machine
 * (`createProcessRunner`); a runner that starts pods elsewhere has to keep what is said here, too.
 */
export interface Runner {
  /**
   * What keeps a terminal from others and from the server: `namespaces`: files, processes, network and credentials are out of
   * its sight; `none`: nothing but file permissions, for development.
   */
  readonly isolation: 'namespaces' | 'none';
  /**
   * Opens one. Rejects when that takes longer than ten seconds.
   * @throws TerminalError `ERR_TERMINAL_SANDBOX`
   */
  open(options: OpenSandboxOptions): Promise<Sandbox>;
  /** Removes what an earlier server left behind when it was killed. */
  sweep(): Promise<void>;
}

/** What a sandbox is opened with. */
export interface OpenSandboxOptions {
  /** Names the folder, where there is one on disk. */
  readonly id: string;
  /** Text of the kubeconfig, once it is known at which port of its loopback requests go out. */
  readonly kubeconfig: (port: number) => string;
}

/** Where the commands of one terminal run. */
export interface Sandbox {
  /** Accepts what connects from inside: the one way out. */
  readonly listener: Server;
  /** Hands an order over. `false` when more are waiting than should. */
  send(order: SandboxOrder, body?: Uint8Array): boolean;
  /** Sets the one listener. What it is told is checked in form; its content is a stranger's word. */
  onEvent(listener: (event: SandboxEvent, body: Buffer) => void): void;
  /** Takes no more events until `resume`: what makes them waits. */
  pause(): void;
  resume(): void;
  /** Resolves once everything inside has ended and its files are gone; with a reason when nobody asked for it. */
  readonly ended: Promise<string | undefined>;
  /** Ends it at once. Idempotent. */
  close(): Promise<void>;
}
