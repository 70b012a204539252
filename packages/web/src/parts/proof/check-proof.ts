import { type EventFailure, verifyEvent } from '@sallyport/audit/proof';
import type { AuditInclusion, AuditKeyList } from '@sallyport/core/api';

/** What checking the proof of an event came to. */
export type ProofCheck =
  | { readonly isProved: true; readonly signedBy: string; readonly path: readonly PathStep[] }
  | { readonly isProved: false; readonly failure: EventFailure | 'otherEvent'; readonly message: string };

/** One hash on the way from the leaf to the root, and the side on which it stands. */
export interface PathStep {
  readonly side: 'left' | 'right';
  readonly hash: string;
}

/**
 * Checks that the event of this id is in its log, here and not at the server: from the event the leaf, from the leaf and its path
 * the root, and whether the root is signed. With keys that the same server lists, it shows that the server agrees with itself;
 * `sallyport audit verify` takes keys that were kept elsewhere.
 */
export function checkProof(eventId: string, inclusion: AuditInclusion, { items }: AuditKeyList): ProofCheck {
  // A proof of something else says nothing about this event, however sound it is.
  if (inclusion.event['id'] !== eventId) {
    return { isProved: false, failure: 'otherEvent', message: 'the proof is about another event' };
  }
  const { checkpoint, ...rest } = inclusion;
  const keys = items.map(({ key, signsUntil }) => ({ key, ...(signsUntil !== undefined && { signsUntil }) }));
  const verdict = verifyEvent({ ...rest, ...(checkpoint !== undefined && { checkpoint }) }, keys);
  if (!verdict.isProved) return verdict;
  const signedBy = /\n\u2014 (\S+)/.exec(checkpoint ?? '')?.[1] ?? '';
  return { isProved: true, signedBy, path: pathOf(inclusion) };
}

/** The way from the leaf to the root (RFC 9162, section 2.1.3.2). */
export function pathOf({ index, size, proof }: Pick<AuditInclusion, 'index' | 'size' | 'proof'>): readonly PathStep[] {
  let [at, last] = [index, size - 1];
  return proof.map((hash) => {
    const isLeft = at % 2 === 1 || at === last;
    // Levels on which the node has no sibling, being the last of an odd count.
    if (isLeft) while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    return { side: isLeft ? 'left' : 'right', hash };
  });
}
