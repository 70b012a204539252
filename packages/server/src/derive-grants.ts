import type { IssuedGrant } from '@sallyport/authz';
import type { RecordPart } from './record-part.ts';
import { ENDED_GRANT_MEMORY_MS } from './stores/snapshot-topics.ts';

/** Grants as of one instant, with what the next derivation starts from. */
export interface DerivedGrants {
  /** As they were read, less those that ended long ago. */
  readonly stored: RecordPart<IssuedGrant>;
  /** Those that have not ended; those that have not started are among them. */
  readonly live: RecordPart<IssuedGrant>;
  /** Those that ended a short while ago, for whoever has to say why something went. */
  readonly ended: ReadonlyMap<string, IssuedGrant>;
  /** When the next one of the live ones starts or ends, in milliseconds since the epoch; `undefined` without any. */
  readonly nextAtMs: number | undefined;
}

/**
 * Tells at an instant which of the grants are live. One that was found ended stays so until its record changes, also when the
 * clock is set back. When nothing started, ended or changed since `before`, its maps are the same objects.
 */
export function deriveGrants(stored: RecordPart<IssuedGrant>, at: Date, before?: DerivedGrants): DerivedGrants {
  const atMs = at.getTime();
  const isSame = before !== undefined && stored.map === before.stored.map;
  if (isSame && !(before.nextAtMs !== undefined && before.nextAtMs <= atMs)) {
    return { ...before, stored, live: { map: before.live.map, changed: [] } };
  }
  const live = new Map<string, IssuedGrant>();
  const ended = new Map<string, IssuedGrant>();
  let nextAtMs = Number.POSITIVE_INFINITY;
  for (const [id, grant] of stored.map) {
    const wasEnded = before?.stored.map.get(id) === grant && !before.live.map.has(id);
    if (isEnded(grant, atMs) || wasEnded) {
      if (endOf(grant) > atMs - ENDED_GRANT_MEMORY_MS) ended.set(id, grant);
      continue;
    }
    live.set(id, grant);
    const startsAtMs = grant.startsAt.getTime();
    nextAtMs = Math.min(nextAtMs, startsAtMs > atMs ? startsAtMs : grant.endsAt.getTime());
  }
  const isForgotten = live.size + ended.size < stored.map.size;
  return {
    stored: isForgotten ? { map: new Map([...live, ...ended]), changed: stored.changed } : stored,
    live: changedSince(before?.live.map, live),
    ended,
    nextAtMs: Number.isFinite(nextAtMs) ? nextAtMs : undefined,
  };
}

function isEnded({ end, endsAt }: IssuedGrant, atMs: number): boolean {
  return end !== undefined || endsAt.getTime() <= atMs;
}

function endOf({ end, endsAt }: IssuedGrant): number {
  return (end?.at ?? endsAt).getTime();
}

/** A part with the keys in which it differs from the map of before, whose object is kept when there are none. */
function changedSince(
  before: ReadonlyMap<string, IssuedGrant> | undefined,
  map: ReadonlyMap<string, IssuedGrant>,
): RecordPart<IssuedGrant> {
  if (before === undefined) return { map, changed: 'all' };
  const changed = [...map.keys()].filter((id) => before.get(id) !== map.get(id));
  for (const id of before.keys()) if (!map.has(id)) changed.push(id);
  return changed.length === 0 ? { map: before, changed } : { map, changed };
}
