import type { ByteReader, ByteWriter } from './byte-pipe.ts';

/** A reader that can also be read line by line; what a line leaves over is read next. */
export interface BufferedReader extends ByteReader {
  /** Next line without its newline; `undefined` at the end. */
  readLine(): Promise<string | undefined>;
}

/** Adds line reading to a reader. */
export function createBufferedReader(source: ByteReader): BufferedReader {
  let left: Buffer = Buffer.alloc(0);
  return {
    async read() {
      if (left.length === 0) return source.read();
      const bytes = left;
      left = Buffer.alloc(0);
      return bytes;
    },
    async readLine() {
      for (;;) {
        const end = left.indexOf(0x0a);
        if (end !== -1) {
          const line = left.subarray(0, end).toString('utf8');
          left = left.subarray(end + 1);
          return line;
        }
        const chunk = await source.read();
        if (chunk === undefined) {
          if (left.length === 0) return undefined;
          const line = left.toString('utf8');
          left = Buffer.alloc(0);
          return line;
        }
        left = Buffer.concat([left, chunk]);
      }
    },
  };
}

/** Calls back with each chunk until the end. */
export async function forEachChunk(
  reader: ByteReader,
  handle: (chunk: Uint8Array) => Promise<unknown> | undefined,
): Promise<void> {
  for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) await handle(chunk);
}

/** Everything a reader holds. */
export async function readAll(reader: ByteReader): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await forEachChunk(reader, async (chunk) => chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** Writes text. */
export const print = (writer: ByteWriter, text: string): Promise<void> => writer.write(Buffer.from(text));

const END_OF_FILE = 0x04;
const INTERRUPT = 0x03;
const BACKSPACE = new Set([0x08, 0x7f]);

/**
 * The line discipline of a terminal: echoes what is typed, hands over whole lines, and knows Ctrl-C, Ctrl-D and
 * backspace.
 */
export function createLineDiscipline(keyboard: ByteReader, screen: ByteWriter, onInterrupt: () => void): ByteReader {
  let line: number[] = [];
  let queue: number[] = [];
  return {
    async read() {
      for (;;) {
        if (queue.length === 0) {
          const chunk = await keyboard.read();
          if (chunk === undefined) return undefined;
          queue = [...chunk];
        }
        const echo: number[] = [];
        while (queue.length > 0) {
          const byte = queue.shift() as number;
          if (byte === END_OF_FILE && line.length === 0) {
            await screen.write(Uint8Array.from(echo));
            return undefined;
          }
          if (byte === INTERRUPT) {
            line = [];
            await screen.write(Uint8Array.from([...echo, 0x5e, 0x43, 0x0d, 0x0a]));
            onInterrupt();
            return Uint8Array.from([0x0a]);
          }
          if (byte === 0x0d || byte === 0x0a) {
            await screen.write(Uint8Array.from([...echo, 0x0d, 0x0a]));
            const whole = Uint8Array.from([...line, 0x0a]);
            line = [];
            return whole;
          }
          if (BACKSPACE.has(byte)) {
            if (line.pop() !== undefined) echo.push(0x08, 0x20, 0x08);
          } else {
            line.push(byte);
            echo.push(byte);
          }
        }
        await screen.write(Uint8Array.from(echo));
      }
    },
  };
}

/** A terminal's output: newlines become carriage return and newline. */
export function createScreen(writer: ByteWriter): ByteWriter {
  return {
    write(bytes) {
      if (!bytes.includes(0x0a)) return writer.write(bytes);
      const out: number[] = [];
      let last = 0;
      for (const byte of bytes) {
        if (byte === 0x0a && last !== 0x0d) out.push(0x0d);
        out.push(byte);
        last = byte;
      }
      return writer.write(Uint8Array.from(out));
    },
  };
}
