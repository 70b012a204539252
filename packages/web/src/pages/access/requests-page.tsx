import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Page, type PageProps } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { LinkButton } from '../../ui/button.tsx';
import { Tabs } from '../../ui/tabs.tsx';

/** One of the pages around requests. */
export type RequestsTab = 'inbox' | 'mine' | 'grants' | 'calendar' | 'reviews';

const TITLES: Record<RequestsTab, string> = {
  inbox: 'Requests',
  mine: 'Requests',
  grants: 'Grants',
  calendar: 'Calendar of grants',
  reviews: 'Access reviews',
};

/** What stands around the pages of requests, grants and access reviews: one title, their tabs, the way to a new request. */
export function RequestsPage({
  tab,
  children,
  ...rest
}: { readonly tab: RequestsTab; readonly children: ReactNode } & Omit<PageProps, 'title' | 'tabs' | 'children'>) {
  const { me } = useSignedIn();
  const tabs = [
    { tab: 'inbox', href: paths.inbox(), label: 'Inbox', count: me?.pendingReviews },
    { tab: 'mine', href: paths.requests(), label: 'Mine' },
    { tab: 'grants', href: paths.grants(), label: 'Grants' },
    { tab: 'calendar', href: paths.calendar(), label: 'Calendar' },
    { tab: 'reviews', href: paths.reviews(), label: 'Access reviews' },
  ];
  return (
    <Page
      title={TITLES[tab]}
      actions={
        <LinkButton href={paths.newRequest()} keyCap="R" icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}>
          Request access
        </LinkButton>
      }
      {...rest}
      tabs={<Tabs label="Requests and grants" tabs={tabs.map((one) => ({ ...one, isCurrent: one.tab === tab }))} />}
    >
      {children}
    </Page>
  );
}
