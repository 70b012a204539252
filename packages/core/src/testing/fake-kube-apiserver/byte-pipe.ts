/** Where a process reads its input. */
export interface ByteReader {
  /** Next bytes; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
}

/** Where a process writes its output. Resolves when more may be written. */
export interface ByteWriter {
  write(bytes: Uint8Array): Promise<void>;
}

/** A pipe between a writer and one reader, with backpressure. */
export interface BytePipe extends ByteReader, ByteWriter {
  /** No more bytes come; those written can still be read. */
  close(): void;
  readonly isClosed: boolean;
}

/** Bytes that may wait in a pipe before its writer has to. */
const HIGH_WATER_BYTES = 262_144;

/** Creates an empty pipe. */
export function createBytePipe(): BytePipe {
  const queue: Uint8Array[] = [];
  let bytes = 0;
  let isClosed = false;
  let reading: ((value: Uint8Array | undefined) => void) | undefined;
  let writers: (() => void)[] = [];

  return {
    get isClosed() {
      return isClosed;
    },
    async write(chunk) {
      if (isClosed || chunk.length === 0) return;
      if (reading) {
        const resolve = reading;
        reading = undefined;
        resolve(chunk);
        return;
      }
      queue.push(chunk);
      bytes += chunk.length;
      if (bytes > HIGH_WATER_BYTES) await new Promise<void>((resolve) => writers.push(resolve));
    },
    read() {
      const chunk = queue.shift();
      if (chunk !== undefined) {
        bytes -= chunk.length;
        if (bytes <= HIGH_WATER_BYTES) {
          for (const resolve of writers) resolve();
          writers = [];
        }
        return Promise.resolve(chunk);
      }
      if (isClosed) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        reading = resolve;
      });
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      reading?.(undefined);
      reading = undefined;
      for (const resolve of writers) resolve();
      writers = [];
    },
  };
}

/** A reader that is at its end. */
export const EMPTY_READER: ByteReader = { read: () => Promise.resolve(undefined) };

/** A writer that drops everything. */
export const NULL_WRITER: ByteWriter = { write: () => Promise.resolve() };
