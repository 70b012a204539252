// biome-ignore-all lint/a11y: a row of the grid that a table is.
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { Button } from './button.tsx';

/** What {@link ShowMore} shows. */
export interface ShowMoreProps {
  readonly query: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;
}

/** Reads the next page of a table, as its last row; nothing behind its last one. */
export function ShowMore({ query }: ShowMoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <div role="row" className="px-6 py-3">
      <div role="gridcell">
        <Button busy={query.isFetchingNextPage && 'Reading'} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      </div>
    </div>
  );
}
