import { History } from 'lucide-react';
import { may } from '../../app/capabilities.ts';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useGo } from '../../app/use-go.ts';
import { LinkButton } from '../../ui/button.tsx';
import { KIND_PAGES } from '../resources/kind-pages.tsx';
import { ResourcePage } from '../resources/resource-page.tsx';

/** Roles; each opens on a page of its own. */
export function RolesPage() {
  const { me } = useSignedIn();
  const go = useGo();
  const suggest = may(me, 'audit.read') && (
    <LinkButton href={paths.suggestRole()} icon={<History size={14} strokeWidth={1.6} aria-hidden="true" />}>
      Suggest from use
    </LinkButton>
  );
  return (
    <ResourcePage page={KIND_PAGES.Role} actions={suggest} onOpen={({ metadata }) => go(paths.role(metadata.name))} />
  );
}
