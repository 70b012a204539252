import { paths } from '../../app/paths.ts';
import { Tabs } from '../../ui/tabs.tsx';

/** Tabs of what decides beside roles. */
export function PolicyTabs({ current }: { readonly current: 'access' | 'request' | 'playground' | 'suggest' }) {
  return (
    <Tabs
      label="Policy"
      tabs={[
        { label: 'Access policies', href: paths.policies(), isCurrent: current === 'access' },
        { label: 'Request policies', href: paths.policies({ kind: 'request' }), isCurrent: current === 'request' },
        { label: 'Playground', href: paths.playground(), isCurrent: current === 'playground' },
        { label: 'Suggest a role', href: paths.suggestRole(), isCurrent: current === 'suggest' },
      ]}
    />
  );
}
