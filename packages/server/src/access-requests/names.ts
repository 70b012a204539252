import type { PrincipalId } from '@sallyport/core';
import type { Snapshot } from '../snapshot.ts';

/** User name of a principal; the one that was kept, or its id, when it is gone. */
export function nameOf(snapshot: Snapshot, id: PrincipalId, kept?: string): string {
  return snapshot.principals.get(id)?.userName ?? kept ?? id;
}
