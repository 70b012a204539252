import {
  type AuditChange,
  type AuditOutcome,
  type ChangeSide,
  describeChange,
  type WrittenBody,
} from '@sallyport/audit';
import type { RawHeaders } from '@sallyport/core';
import type { ResponseHead } from '@sallyport/tunnel/http';
import { decodeBody } from '../request-content/decode-body.ts';
import { INSPECTION_LIMITS } from '../request-content/limits.ts';
import { type ByteBudget, createHeldBytes } from './held-bytes.ts';
import type { ChangeTapLimits } from './limits.ts';
import type { PlannedWrite } from './observed-write.ts';
import { readAnsweredObject } from './read-object.ts';

/** Sees what a write sends and is answered, and tells at its end what it changed. */
export interface ChangeTap {
  /** Bytes of the request's body, as they go upstream. */
  sent(chunk: Uint8Array): void;
  head(head: ResponseHead): void;
  /** Bytes of the answer, as they come from upstream. */
  received(chunk: Uint8Array): void;
  /** What changed; `undefined` for a write that was refused or failed. Lets go of what was held. */
  finish(ended: AuditOutcome['ended']): AuditChange | undefined;
}

/** Makes the tap of one write. `before` is the object as it was. */
export function createChangeTap(
  write: PlannedWrite,
  before: ChangeSide,
  request: { readonly method: string; readonly headers: RawHeaders },
  limits: ChangeTapLimits,
  budget: ByteBudget,
): ChangeTap {
  const isDeletion = write.attributes.verb === 'delete';
  const holdsBody = isDeletion || write.kept === 'patchAndBody';
  const body = holdsBody ? createHeldBytes(limits.maxObjectBytes, budget) : undefined;
  const answer = createHeldBytes(limits.maxObjectBytes, budget);
  let answered: ResponseHead | undefined;

  function sides(isWhole: boolean): { readonly before: ChangeSide; readonly after: ChangeSide } {
    const object = isWhole
      ? readAnsweredObject(answered?.headers ?? [], answer.taken(), limits.maxObjectBytes)
      : 'unknown';
    if (!isDeletion) return { before: write.attributes.verb === 'create' ? 'none' : before, after: object };
    // Some kinds answer with what was deleted.
    return { before: before === 'unknown' && typeof object === 'object' ? object : before, after: 'none' };
  }

  /** What was sent, where it can be read by its headers; a DELETE sends options, which are no part of the object. */
  function written(): WrittenBody | undefined {
    const bytes = body?.taken();
    if (isDeletion || bytes === undefined || bytes === 'tooLarge' || bytes.length === 0) return undefined;
    const decoded = decodeBody(request.method, request.headers, bytes, INSPECTION_LIMITS);
    // Of protobuf only a few fields are read.
    return 'code' in decoded || decoded.raw !== undefined ? undefined : decoded;
  }

  /** Whether the options of a DELETE say that it is a try. In every form of them that is the word `All` of `dryRun`. */
  function isTry(): boolean {
    const bytes = isDeletion ? body?.taken() : undefined;
    return bytes !== undefined && bytes !== 'tooLarge' && bytes.includes('All');
  }

  return {
    sent: (chunk) => body?.add(chunk),
    head(head) {
      answered = head;
    },
    received: (chunk) => answer.add(chunk),
    finish(ended) {
      try {
        const status = answered?.status ?? 0;
        const mayHaveActed = status === 0 ? ended !== 'refused' : status >= 200 && status < 300;
        if (!mayHaveActed || isTry()) return undefined;
        const sent = written();
        return describeChange({
          resource: write.attributes,
          ...sides(ended === 'completed' && status !== 0),
          ...(sent && { body: sent }),
        });
      } finally {
        body?.release();
        answer.release();
      }
    },
  };
}
