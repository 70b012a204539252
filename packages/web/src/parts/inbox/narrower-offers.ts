import { formatDuration, parseDuration } from '@sallyport/core';
import type { AccessRequestResource, GrantResource } from '@sallyport/core/api';
import { shortDuration } from '../../ui/time-words.ts';
import { usualUpTo } from '../../ui/usual-lengths.ts';
import { placeOf } from '../place-words.ts';
import { shellWord } from '../shell-word.ts';
import { similarGrants } from './risk-hints.ts';

const MINUTE_MS = 60_000;

/** Less than what was asked for, which would likely do. */
export interface NarrowerOffer {
  /** What a button that makes it says: "30 min". */
  readonly label: string;
  /** Why it would likely do. */
  readonly why: string;
  /** A shorter time to approve, in milliseconds. */
  readonly ms?: number;
  /** Words for a denial that name what to ask for instead. */
  readonly words?: string;
}

/**
 * What a reviewer may offer in place of what was asked for, as earlier grants tell: the time that such grants lasted, the namespace that
 * they reached, and the role that the requester worked with there. A shorter time is approved; for the rest a request is denied, with
 * words that name the other one.
 */
export function narrowerOffers(
  request: AccessRequestResource,
  { theirs, ofRole }: { readonly theirs: readonly GrantResource[]; readonly ofRole: readonly GrantResource[] },
): readonly NarrowerOffer[] {
  const similar = similarGrants(request, ofRole).filter(({ state }) => state !== 'scheduled');
  const { on, in: namespaces } = placeOf(request.scope);
  const offers: NarrowerOffer[] = [];

  const askedMs = parseDuration(request.duration);
  const lasted = median(
    similar.map(({ startsAt, endsAt, endedAt }) => (endedAt ?? endsAt).getTime() - startsAt.getTime()),
  );
  const ms = lasted === undefined ? undefined : usualUpTo(askedMs).find((usual) => usual >= lasted);
  if (lasted !== undefined && lasted >= MINUTE_MS && ms !== undefined && ms < askedMs) {
    offers.push({ label: shortDuration(ms), why: `Such grants were held for ${shortDuration(lasted)}`, ms });
  }

  const isOneCluster = request.scope.kind === 'clusters' && on.length === 1;
  const [cluster = ''] = on;
  const insteadOf = (namespace: string | undefined, role: string) =>
    `sallyport access request --cluster ${cluster}${namespace === undefined ? '' : ` --namespace ${shellWord(namespace)}`} --role ${shellWord(role)} --duration ${formatDuration(askedMs)}`;

  const [usual] = similar.flatMap(({ scope }) => placeOf(scope).in.slice(0, 1));
  if (isOneCluster && namespaces.length === 0 && request.objects === undefined && usual !== undefined) {
    offers.push({
      label: `${usual} only`,
      why: `Such grants reached ${usual}, not every namespace`,
      words: `${usual} alone should do. Ask with: ${insteadOf(usual, request.role)}`,
    });
  }

  const held = theirs.find(
    ({ role, scope }) => role !== request.role && placeOf(scope).on.some((place) => on.includes(place)),
  );
  if (isOneCluster && held !== undefined && !theirs.some(({ role }) => role === request.role)) {
    offers.push({
      label: `${held.role} instead`,
      why: `They worked there as ${held.role} before`,
      words: `${held.role} should do. Ask with: ${insteadOf(namespaces[0], held.role)}`,
    });
  }
  return offers;
}

/** The middle one, the longer of two. `undefined` of nothing. */
function median(lengths: readonly number[]): number | undefined {
  return lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)];
}
