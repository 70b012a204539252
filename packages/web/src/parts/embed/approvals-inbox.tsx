import type { AccessRequestResource } from '@sallyport/core/api';
import { ArrowLeft } from 'lucide-react';
import { useCallback, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { useIsBelowWide, useIsNarrow } from '../../ui/use-is-narrow.ts';
import { Gains } from '../inbox/gains.tsx';
import { InboxBody } from '../inbox/inbox-body.tsx';
import { useInbox } from '../inbox/use-inbox.ts';
import { PartFrame, type PartProps } from './part-frame.tsx';

/** What {@link ApprovalsInbox} takes. */
export interface ApprovalsInboxProps extends PartProps {
  /** Id of the request that is open. Absent: the part keeps it itself, and begins with the first. */
  readonly requestId?: string;
  /** Told when another request is opened; `undefined` is the list alone. */
  readonly onSelect?: (requestId: string | undefined) => void;
  /** Gets a request as it is after the reader’s own verdict. */
  readonly onDecided?: (request: AccessRequestResource) => void;
  /** Whether single letters act wherever the focus is: J and K walk, A approves, D denies. Default false. */
  readonly hasKeys?: boolean;
}

/**
 * The reviewer's inbox: what waits for the reader, one request as a decision with what to weigh, and what the role would give.
 * Approving binds to the content that was shown; a request that has changed meanwhile is shown anew.
 */
export function ApprovalsInbox({ label = 'Access requests', className, ...rest }: ApprovalsInboxProps) {
  return (
    <PartFrame label={label} {...(className !== undefined && { className })}>
      <InboxWithin {...rest} />
    </PartFrame>
  );
}

function InboxWithin({ requestId, onSelect, onDecided, hasKeys = false }: Omit<ApprovalsInboxProps, keyof PartProps>) {
  const [own, setOwn] = useState<string>();
  const [isNarrow, isBelowWide] = [useIsNarrow(), useIsBelowWide()];
  const select = useCallback(
    (id: string | undefined) => {
      setOwn(id);
      onSelect?.(id);
    },
    [onSelect],
  );
  const inbox = useInbox({ id: requestId ?? own, onSelect: select, hasKeys });
  const gains = inbox.open && <Gains request={inbox.open} />;
  return (
    <>
      {isNarrow && inbox.chosen !== undefined && (
        <p className="border-b border-line px-4 py-2">
          <Button icon={<ArrowLeft size={14} strokeWidth={1.6} aria-hidden="true" />} onClick={() => select(undefined)}>
            All requests
          </Button>
        </p>
      )}
      <div className="flex min-h-0 flex-1">
        <InboxBody inbox={inbox} onDecided={onDecided} below={isBelowWide && gains} />
        {!isBelowWide && gains !== undefined && (
          <aside
            aria-label="What it gives"
            className="w-[320px] shrink-0 overflow-y-auto border-l border-line bg-well px-5 py-5"
          >
            {gains}
          </aside>
        )}
      </div>
    </>
  );
}
