import { useCallback } from 'react';
import { paths } from '../../app/paths.ts';
import { useSearch } from '../../app/use-search.ts';
import { Gains } from '../../parts/inbox/gains.tsx';
import { InboxBody } from '../../parts/inbox/inbox-body.tsx';
import { useInbox } from '../../parts/inbox/use-inbox.ts';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { RequestsPage } from './requests-page.tsx';

/** The reviewer's inbox: what waits at the left, one request as a decision in the middle, what it gives at the right. */
export function InboxPage() {
  const [search, change] = useSearch();
  const isNarrow = useIsNarrow();
  const onSelect = useCallback((id: string) => change({ id }), [change]);
  const inbox = useInbox({ id: search['id'], onSelect, hasKeys: true });
  const { chosen, open } = inbox;
  return (
    <RequestsPage
      tab="inbox"
      layout="fill"
      {...(isNarrow && chosen !== undefined && { crumbs: [{ label: 'Requests', href: paths.inbox() }] })}
      {...(open !== undefined && !isNarrow && { rail: <Gains request={open} />, railLabel: 'What it gives' })}
    >
      <InboxBody inbox={inbox} />
    </RequestsPage>
  );
}
