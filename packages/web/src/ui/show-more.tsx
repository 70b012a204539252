import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { Button } from './button.tsx';

/** What {@link ShowMore} shows. */
export interface ShowMoreProps {
  readonly query: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;
}

/** Reads the next page of a list; nothing behind its last one. */
export function ShowMore({ query }: ShowMoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <div className="px-6 py-3">
      <Button busy={query.isFetchingNextPage && 'Reading'} onClick={() => void query.fetchNextPage()}>
        Show more
      </Button>
    </div>
  );
}
