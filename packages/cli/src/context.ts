import type { Clock } from '@sallyport/core';

/** Where a command writes. `process.stdout` and `process.stderr` fit. */
export interface OutputStream {
  /** `false`: the reader is behind, and `once('drain')` tells when it has caught up. */
  write(text: string): unknown;
  once?(event: 'drain' | 'close', listener: () => void): unknown;
  readonly isTTY?: boolean;
}

/** What a command reads. `process.stdin` fits. */
export interface InputStream extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean;
  /** What a terminal has: keys come as they are pressed, one by one, and are not shown. */
  setRawMode?(isRaw: boolean): unknown;
  on?(event: 'data', listener: (data: Uint8Array | string) => void): unknown;
  off?(event: 'data', listener: (data: Uint8Array | string) => void): unknown;
  /** Takes no more, so that the process can end. */
  pause?(): unknown;
}

/**
 * Everything of the process that commands touch, handed in so that they run in a test as they run in a terminal. Only
 * `main.ts` builds one from the real process.
 */
export interface CliContext {
  /** The package's own version. */
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Home folder of the person, where {@link CliContext.env} names no state folder or kubeconfig. */
  readonly userHome: string;
  readonly platform: NodeJS.Platform;
  /** Read only by commands that are told to. */
  readonly stdin: InputStream;
  /** Data only. */
  readonly stdout: OutputStream;
  /** Everything else. */
  readonly stderr: OutputStream;
  readonly clock: Clock;
  /** How the CLI is called from outside, as the credential shim must call it: program and leading arguments. */
  readonly selfCommand: readonly string[];
  /** Opens `url` in the person's browser. Resolves `false` when there is none. */
  openBrowser(url: URL): Promise<boolean>;
  /**
   * Lets the person edit a file with `editor`, a command line as VISUAL and EDITOR hold it. Resolves with its exit code once
   * it is closed.
   */
  openEditor(editor: string, file: string): Promise<number>;
  /**
   * Runs this program with other arguments in a process of its own, without a terminal, that outlives this one. Resolves
   * when it ends, should this one still be there.
   */
  runDetached(args: readonly string[]): Promise<void>;
  /** A signal that SIGINT and SIGTERM abort. Until the first call they end the process as usual. */
  interruptSignal(): AbortSignal;
}
