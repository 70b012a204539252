import type { ClusterId } from '@sallyport/core';
import type { Refusal } from '../proxy/refusal.ts';

/** Whether what a person is bound to in a cluster is in force, asked of the replica whose agent keeps it. */
export interface AccessQuestion {
  /** As whom the person acts in the cluster. */
  readonly user: string;
  /** What the asking replica has decided by: the answer is of no older view. */
  readonly snapshotVersion: number;
}

/** What answers an {@link AccessQuestion}. */
export interface PeerAccess {
  /** `undefined` when it is in force; else the refusal that the person gets. */
  inForce(clusterId: ClusterId, question: AccessQuestion): Promise<Refusal | undefined>;
}

/** Bytes of a question. */
export function encodeAccessQuestion(question: AccessQuestion): Uint8Array {
  return Buffer.from(JSON.stringify(question));
}

/** Reads a question. @throws TypeError */
export function decodeAccessQuestion(payload: Uint8Array): AccessQuestion {
  const { user, snapshotVersion } = JSON.parse(Buffer.from(payload).toString()) as Partial<AccessQuestion>;
  if (typeof user !== 'string' || typeof snapshotVersion !== 'number') throw new TypeError('the question is malformed');
  return { user, snapshotVersion };
}

/** Bytes of an answer. */
export function encodeAccessAnswer(refusal: Refusal | undefined): Uint8Array {
  return Buffer.from(JSON.stringify(refusal ?? null));
}

/** Reads an answer of a replica, which is believed as one of our own. @throws SyntaxError */
export function decodeAccessAnswer(payload: Uint8Array): Refusal | undefined {
  return (JSON.parse(Buffer.from(payload).toString()) as Refusal | null) ?? undefined;
}
