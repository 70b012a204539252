import type { ByteSource, Reading } from './byte-source.ts';

/** Turns the body of an answer into what may be seen of it, chunk by chunk. */
export interface AnswerTransform {
  /** Takes bytes and yields those that go on, maybe none. @throws ServerError when the answer can't go on */
  push(chunk: Uint8Array): Uint8Array;
  /** The answer is over; yields what is left. @throws ServerError when it ended in the middle */
  end(): Uint8Array;
}

/** Takes a piece of what goes on. Pieces are copied before more bytes come. */
export type Emit = (piece: Uint8Array) => void;

/** Runs a reading over the bytes of `source`. */
export function createTransform(source: ByteSource, read: (emit: Emit) => Reading): AnswerTransform {
  let pieces: Uint8Array[] = [];
  const reading = read((piece) => void pieces.push(piece));

  function advance(): Uint8Array {
    reading.next();
    const shown = Buffer.concat(pieces);
    pieces = [];
    return shown;
  }

  return {
    push(chunk) {
      source.push(chunk);
      return advance();
    },
    end() {
      source.close();
      return advance();
    },
  };
}
