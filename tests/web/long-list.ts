import { parseId } from '@sallyport/core';
import type { OperationOutput } from '@sallyport/core/api';
import { idOf } from '../../packages/web/src/mock/mock-id.ts';
import { mockSessions } from '../../packages/web/src/mock/mock-sessions.ts';

/** As many recorded sessions on one page of the API as asked for, which is more than a real one gives. */
export function longListOfSessions(count: number): OperationOutput<'listSessions'> {
  const ended = mockSessions(new Date(), idOf('prn', 1)).find(({ state }) => state === 'complete');
  if (ended === undefined) throw new Error('no session of the made-up ones has ended');
  const items = Array.from({ length: count }, (_, index) => ({
    ...ended,
    id: parseId('sessionRecording', idOf('rec', index)),
  }));
  return { items, metadata: { totalCount: count } };
}
