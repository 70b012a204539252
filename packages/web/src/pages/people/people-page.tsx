import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';
import { PeopleTabs } from './people-tabs.tsx';
import { PersonActions } from './person-actions.tsx';

/** People. */
export function PeoplePage() {
  return (
    <ResourcePage
      page={KIND_PAGES.User}
      tabs={<PeopleTabs current="people" />}
      extras={(person) => <PersonActions person={person} />}
    />
  );
}
