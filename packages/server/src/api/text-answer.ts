import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** What an operation with `formats` yields: text, piece by piece. */
export interface TextAnswer {
  readonly mediaType: string;
  /** What browsers keep it as. Letters, digits, dots and hyphens. */
  readonly fileName: string;
  readonly chunks: AsyncIterable<string>;
}

/**
 * Sends it no faster than it is taken. A fault in the middle cuts the connection, so that nobody takes half of it for the whole;
 * a reader who went away is no fault.
 */
export async function sendText(response: Response, { mediaType, fileName, chunks }: TextAnswer): Promise<void> {
  response.set('content-type', `${mediaType}; charset=utf-8`);
  response.set('content-disposition', `attachment; filename="${fileName}"`);
  try {
    await pipeline(Readable.from(chunks), response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
