import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';

/** Who holds which role where, standing. */
export function BindingsPage() {
  return <ResourcePage page={KIND_PAGES.Binding} />;
}
