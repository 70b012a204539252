import { may } from '../../app/capabilities.ts';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Tabs } from '../../ui/tabs.tsx';

/** Tabs of what decides beside roles. */
export function PolicyTabs({ current }: { readonly current: 'access' | 'request' | 'playground' | 'suggest' }) {
  const { me } = useSignedIn();
  const suggest = { label: 'Suggest a role', href: paths.suggestRole(), isCurrent: current === 'suggest' };
  return (
    <Tabs
      label="Policy"
      tabs={[
        { label: 'Access policies', href: paths.policies(), isCurrent: current === 'access' },
        { label: 'Request policies', href: paths.policies({ kind: 'request' }), isCurrent: current === 'request' },
        { label: 'Playground', href: paths.playground(), isCurrent: current === 'playground' },
        // What was done is shown to those who may read it.
        ...(may(me, 'audit.read') ? [suggest] : []),
      ]}
    />
  );
}
