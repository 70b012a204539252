import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';
import { ProviderTools } from './provider-tools.tsx';

/** What people sign in with. */
export function IdentityProvidersPage() {
  return (
    <ResourcePage page={KIND_PAGES.IdentityProvider} extras={(provider) => <ProviderTools provider={provider} />} />
  );
}
