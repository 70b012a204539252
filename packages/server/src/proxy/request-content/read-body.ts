import type { Readable } from 'node:stream';
import type { Clock } from '@sallyport/core';
import type { Refusal } from '../refusal.ts';
import type { InspectionLimits } from './limits.ts';

/** Reads bodies whole, all of them together within one budget of memory. */
export interface BodyReader {
  /** Reads to the end, or says why not; what is left unread then is thrown away. Call `release` when the bytes are used. */
  read(body: Readable): Promise<HeldBody | Refusal>;
}

/** A body that is held in memory. */
export interface HeldBody {
  readonly bytes: Buffer;
  release(): void;
}

/** Makes a reader. `limits` hold for all bodies that it reads at one time. */
export function createBodyReader(limits: InspectionLimits, clock: Clock): BodyReader {
  let heldBytes = 0;

  return {
    read: (body) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = [];
        let length = 0;
        const release = () => {
          heldBytes -= length;
          length = 0;
        };
        const finish = (outcome: HeldBody | Refusal) => {
          deadline.cancel();
          body.off('data', onData);
          body.off('end', onEnd);
          body.off('close', onClose);
          if ('code' in outcome) {
            release();
            body.resume();
          }
          resolve(outcome);
        };
        const onData = (chunk: Buffer) => {
          length += chunk.length;
          heldBytes += chunk.length;
          if (length > limits.maxBodyBytes) return finish(tooLarge(length, limits.maxBodyBytes));
          if (heldBytes > limits.maxHeldBytes) return finish(BUSY);
          chunks.push(chunk);
        };
        const onEnd = () => finish({ bytes: Buffer.concat(chunks, length), release });
        const onClose = () => finish(BROKEN_OFF);
        const deadline = clock.setTimeout(() => finish(tooSlow(limits.readTimeoutMs)), limits.readTimeoutMs);
        body.on('data', onData);
        body.on('end', onEnd);
        // An error is always followed by it; without a listener of its own it would end the process.
        body.on('close', onClose);
        body.on('error', noop);
        if (body.readableEnded) onEnd();
        else if (body.destroyed) onClose();
      }),
  };
}

const BUSY: Refusal = {
  code: 'ERR_PROXY_BODIES_BUSY',
  message: 'the server holds as many bodies of requests as it has room for at this moment.',
  retryAfterSeconds: 1,
};

const BROKEN_OFF: Refusal = {
  code: 'ERR_PROXY_BODY_UNREADABLE',
  message: 'the body of the request broke off before its end.',
};

function tooLarge(length: number, limit: number): Refusal {
  return {
    code: 'ERR_PROXY_BODY_TOO_LARGE',
    message: `the body of the request is ${length} bytes or more, limit is ${limit}, which is what the API server takes.`,
  };
}

function tooSlow(limitMs: number): Refusal {
  return {
    code: 'ERR_PROXY_BODY_TIMEOUT',
    message: `the body of the request did not arrive within ${Math.round(limitMs / 1_000)} seconds.`,
  };
}

function noop(): void {}
