import type { AccessRequestResource } from '@sallyport/core/api';
import type { ReactNode } from 'react';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { Answered } from '../answer.tsx';
import { Decision, nextOf } from './decision.tsx';
import { InboxList } from './inbox-list.tsx';
import type { Inbox } from './use-inbox.ts';

/** What waits at the left, one request as a decision beside it; one of them at a time where there is little room. */
export function InboxBody({
  inbox,
  below,
  onDecided,
}: {
  readonly inbox: Inbox;
  /** Under the request that is open. */
  readonly below?: ReactNode;
  /** Gets the request as it is after the reader’s own act. */
  readonly onDecided?: ((request: AccessRequestResource) => void) | undefined;
}) {
  const { waiting, all, chosen, onSelect, hasKeys } = inbox;
  const isNarrow = useIsNarrow();
  return (
    <Answered query={waiting} label="Reading what waits for you">
      {() => (
        <div className="flex min-h-0 flex-1">
          {(!isNarrow || chosen === undefined) && <InboxList inbox={inbox} />}
          {chosen !== undefined && (
            <Decision
              key={chosen}
              id={chosen}
              next={nextOf(all, chosen)}
              hasKeys={hasKeys}
              onGo={onSelect}
              onDecided={onDecided}
            >
              {below}
            </Decision>
          )}
        </div>
      )}
    </Answered>
  );
}
