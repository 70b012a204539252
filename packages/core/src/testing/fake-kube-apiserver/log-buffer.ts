import type { Clock } from '../../clock.ts';

/** Options of reading a log, as the query of `pods/log` has them. */
export interface LogReadOptions {
  readonly tailLines?: number;
  readonly sinceMs?: number;
  readonly limitBytes?: number;
  readonly timestamps?: boolean;
}

/** Output of one container, in lines with the time of their first byte. */
export interface LogBuffer {
  append(bytes: Uint8Array): void;
  read(options: LogReadOptions): Buffer;
  /** Calls back with output from now on. Whole lines when timestamps are wanted. */
  follow(options: LogReadOptions, listener: (bytes: Buffer) => void): () => void;
  /** No more output comes: followers are told. */
  close(): void;
  readonly isClosed: boolean;
  onClose(listener: () => void): () => void;
}

interface Line {
  readonly at: number;
  text: Buffer;
}

/** Output kept per container, in bytes; older lines are dropped, as log rotation does. */
const MAX_LOG_BYTES = 10 * 1_024 * 1_024;

const stamp = (line: Line): Buffer =>
  Buffer.concat([Buffer.from(`${new Date(line.at).toISOString().replace('Z', '000000Z')} `), line.text]);

/** Creates an empty log. */
export function createLogBuffer(clock: Clock): LogBuffer {
  let lines: Line[] = [];
  let bytes = 0;
  let isClosed = false;
  const followers = new Set<(line: Buffer, at: number, isLineStart: boolean) => void>();
  const closers = new Set<() => void>();

  function appendLine(text: Buffer): void {
    const last = lines.at(-1);
    const continues = last !== undefined && last.text.at(-1) !== 0x0a;
    if (continues) last.text = Buffer.concat([last.text, text]);
    else lines.push({ at: clock.now(), text });
    bytes += text.length;
    if (bytes > MAX_LOG_BYTES) {
      const drop = Math.ceil(lines.length / 4);
      for (const line of lines.slice(0, drop)) bytes -= line.text.length;
      lines = lines.slice(drop);
    }
    for (const follower of [...followers]) follower(text, clock.now(), !continues);
  }

  return {
    get isClosed() {
      return isClosed;
    },
    append(chunk) {
      const text = Buffer.from(chunk);
      let from = 0;
      while (from < text.length) {
        const end = text.indexOf(0x0a, from);
        const to = end === -1 ? text.length : end + 1;
        appendLine(text.subarray(from, to));
        from = to;
      }
    },
    read({ tailLines, sinceMs, limitBytes, timestamps }) {
      let wanted = sinceMs === undefined ? lines : lines.filter((line) => line.at >= sinceMs);
      if (tailLines !== undefined) wanted = tailLines === 0 ? [] : wanted.slice(-tailLines);
      const all = Buffer.concat(wanted.map((line) => (timestamps ? stamp(line) : line.text)));
      return limitBytes === undefined ? all : all.subarray(0, limitBytes);
    },
    follow({ timestamps }, listener) {
      const follower = (text: Buffer, at: number, isLineStart: boolean): void =>
        listener(timestamps && isLineStart ? stamp({ at, text }) : text);
      followers.add(follower);
      return () => followers.delete(follower);
    },
    close() {
      isClosed = true;
      for (const closer of [...closers]) closer();
    },
    onClose(listener) {
      closers.add(listener);
      return () => closers.delete(listener);
    },
  };
}
