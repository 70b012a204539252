import { useSearch } from '../../app/use-search.ts';
import { PeopleTabs } from '../people/people-tabs.tsx';
import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';
import { ApiKeys } from './api-keys.tsx';

/** Machines that sign in: by API keys, or with a token of their platform. */
export function ServiceAccountsPage() {
  const [{ kind }] = useSearch();
  if (kind === 'workload') {
    return <ResourcePage key="workload" page={KIND_PAGES.WorkloadIdentity} tabs={<PeopleTabs current="workloads" />} />;
  }
  return (
    <ResourcePage
      key="account"
      page={KIND_PAGES.ServiceAccount}
      tabs={<PeopleTabs current="machines" />}
      extras={(account) => <ApiKeys account={account} />}
    />
  );
}
