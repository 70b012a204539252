import { useSearch } from '../../app/use-search.ts';
import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';
import { SettingsTabs } from '../settings/settings-tabs.tsx';

/** Organizations that the reader sees, and projects of the current one. */
export function OrganizationPage() {
  const [{ kind }] = useSearch();
  if (kind === 'project') {
    return <ResourcePage key="project" page={KIND_PAGES.Project} tabs={<SettingsTabs current="projects" />} />;
  }
  return (
    <ResourcePage key="organization" page={KIND_PAGES.Organization} tabs={<SettingsTabs current="organizations" />} />
  );
}
