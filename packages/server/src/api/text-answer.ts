import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** What an operation with `formats` yields: text, piece by piece. */
export interface TextAnswer {
  readonly mediaType: string;
  /** What browsers keep it as. Letters, digits, dots and hyphens. Absent: it is not for keeping. */
  readonly fileName?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<string>;
}

/**
 * Sends it no faster than it is taken. A fault in the middle cuts the connection, so that nobody takes half of it for the whole;
 * a reader who went away is no fault.
 */
export async function sendText(
  response: Response,
  { mediaType, fileName, headers, chunks }: TextAnswer,
): Promise<void> {
  response.set('content-type', `${mediaType}; charset=utf-8`);
  if (fileName !== undefined) response.set('content-disposition', `attachment; filename="${fileName}"`);
  response.set({ ...headers });
  // What is not for keeping is watched: its head goes at once, since its first piece may take its time.
  if (fileName === undefined) response.flushHeaders();
  try {
    await pipeline(Readable.from(chunks), response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
