import { paths } from '../../app/paths.ts';
import { Tabs } from '../../ui/tabs.tsx';

/** Tabs of all that signs in. */
export function PeopleTabs({ current }: { readonly current: 'people' | 'groups' | 'machines' | 'workloads' }) {
  return (
    <Tabs
      label="Who"
      tabs={[
        { label: 'People', href: paths.people(), isCurrent: current === 'people' },
        { label: 'Groups', href: paths.groups(), isCurrent: current === 'groups' },
        { label: 'Service accounts', href: paths.serviceAccounts(), isCurrent: current === 'machines' },
        {
          label: 'Workload identities',
          href: paths.serviceAccounts({ kind: 'workload' }),
          isCurrent: current === 'workloads',
        },
      ]}
    />
  );
}
