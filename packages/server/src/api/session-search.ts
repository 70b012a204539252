import type { RecordedEvent } from '@sallyport/audit/recording';
import { isId } from '@sallyport/core';
import type { SessionHitList, SessionSearchQuery } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { findMatches, type SessionMatch } from '../sessions/find-matches.ts';
import { isDamaged } from '../sessions/read-recording.ts';
import { parseSearch } from '../sessions/words.ts';
import type { Phrase, SessionRecording } from '../stores/contracts.ts';
import type { ApiContext, Handler } from './context.ts';
import { notOfAListing } from './not-of-a-listing.ts';
import { auditReading, describeSession, selectionOf } from './sessions.ts';

/** Most places of one session that are shown, and most chunks that are opened for them. */
const MAX_MATCHES = 3;

/** Finds sessions by what was printed in them. */
export const searchSessions: Handler = async (context, call): Promise<SessionHitList> => {
  const { q, limit, continue: after, ...filter } = call.query as SessionSearchQuery;
  if (after !== undefined && !isId('sessionRecording', after)) throw notOfAListing();
  const phrases = parseSearch(q);
  if (phrases.length === 0) {
    throw new ApiError({
      code: 'ERR_API_REQUEST_INVALID',
      message: 'the search has no word in it',
      problems: [{ path: 'query.q', message: 'has no word in it' }],
      nextStep: 'Words are letters, digits and underscores.',
    });
  }
  const page = { limit, ...(after !== undefined && { after }) };
  const found = await context.store.sessionSearch.search(selectionOf(context, call, filter), phrases, page);
  await auditReading(context, call, { operation: 'searchSessions', query: q, count: found.length });
  const items: SessionHitList['items'] = [];
  for (const session of found) {
    items.push({ session: describeSession(session), matches: [...(await matchesIn(context, session, phrases))] });
  }
  const last = found.length === limit ? found.at(-1) : undefined;
  return { items, metadata: last === undefined ? {} : { continue: last.id } };
};

async function matchesIn(
  { store, recordings }: ApiContext,
  { id, organizationId }: SessionRecording,
  phrases: readonly Phrase[],
): Promise<readonly SessionMatch[]> {
  const numbers = await store.sessionSearch.chunksWith(organizationId, id, phrases, MAX_MATCHES);
  const open = await recordings.open(id);
  // What is damaged is told to whoever reads the recording; here it has no matches.
  const readChunk = (number: number) =>
    open(number).catch((error: unknown): readonly RecordedEvent[] => {
      if (isDamaged(error)) return [];
      throw error;
    });
  const matches: SessionMatch[] = [];
  for (const number of numbers) {
    const lead = number === 0 ? [] : await readChunk(number - 1);
    const chunk = await readChunk(number);
    matches.push(...findMatches(chunk, lead, phrases, MAX_MATCHES - matches.length));
    if (matches.length === MAX_MATCHES) break;
  }
  return matches;
}
