import { PeopleTabs } from '../people/people-tabs.tsx';
import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';

/** Groups of the organization's own. */
export function GroupsPage() {
  return <ResourcePage page={KIND_PAGES.Group} tabs={<PeopleTabs current="groups" />} />;
}
