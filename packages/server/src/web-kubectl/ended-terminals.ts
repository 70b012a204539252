import type { Clock, PrincipalId } from '@sallyport/core';
import type { EndedTerminal } from '@sallyport/core/api';

/** How long it is told how a terminal ended, in milliseconds. */
const TOLD_MS = 60 * 60_000;
/** How many of one person's are told of. */
const TOLD_COUNT = 20;
/** How many of all people's are remembered. The audit log has all of them. */
const KEPT_COUNT = 2_000;

/** How terminals of this server ended lately, for the pages that had them and lost the connection. */
export interface EndedTerminals {
  add(principalId: PrincipalId, ended: EndedTerminal): void;
  /** Those of one person, the last one first. */
  of(principalId: PrincipalId): EndedTerminal[];
}

/** Creates a memory of terminals that ended. */
export function createEndedTerminals(clock: Clock): EndedTerminals {
  const kept: { readonly principalId: PrincipalId; readonly ended: EndedTerminal }[] = [];
  return {
    add(principalId, ended) {
      kept.push({ principalId, ended });
      if (kept.length > KEPT_COUNT) kept.shift();
    },
    of(principalId) {
      const since = clock.now() - TOLD_MS;
      return kept
        .filter((each) => each.principalId === principalId && each.ended.endedAt.getTime() > since)
        .map(({ ended }) => ended)
        .slice(-TOLD_COUNT)
        .reverse();
    },
  };
}
