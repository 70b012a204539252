import { paths } from '../../app/paths.ts';
import { useGo } from '../../app/use-go.ts';
import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';

/** Roles; each opens on a page of its own. */
export function RolesPage() {
  const go = useGo();
  return <ResourcePage page={KIND_PAGES.Role} onOpen={({ metadata }) => go(paths.role(metadata.name))} />;
}
