import { FlaskConical } from 'lucide-react';
import { paths } from '../../app/paths.ts';
import { useSearch } from '../../app/use-search.ts';
import { LinkButton } from '../../ui/button.tsx';
import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';
import { PolicyTabs } from './policy-tabs.tsx';

/** Access policies, and request policies. */
export function PoliciesPage() {
  const [{ kind }] = useSearch();
  const actions = (
    <LinkButton href={paths.playground()} icon={<FlaskConical size={14} strokeWidth={1.6} aria-hidden="true" />}>
      Playground
    </LinkButton>
  );
  if (kind === 'request') {
    return (
      <ResourcePage
        key="request"
        page={KIND_PAGES.RequestPolicy}
        tabs={<PolicyTabs current="request" />}
        actions={actions}
      />
    );
  }
  return (
    <ResourcePage
      key="access"
      page={KIND_PAGES.AccessPolicy}
      tabs={<PolicyTabs current="access" />}
      actions={actions}
    />
  );
}
