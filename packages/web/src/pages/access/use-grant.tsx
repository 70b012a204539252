import type { AccessRequestResource } from '@sallyport/core/api';
import { FolderTree, SquareTerminal } from 'lucide-react';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { LinkButton } from '../../ui/button.tsx';
import { terminalsOf } from './terminals-of.ts';

/** Where whoever asked goes on once the grant is open: to a terminal on its clusters, and into them. */
export function UseGrant({ request }: { readonly request: AccessRequestResource }) {
  const { me } = useSignedIn();
  if (request.grant?.state !== 'active' || request.requester !== me?.principal.userName) return null;
  const terminals = terminalsOf(request.scope);
  return (
    <section aria-label="Use it" className="flex flex-wrap gap-2">
      {terminals.map(({ cluster, href }) => (
        <LinkButton key={cluster} kind="primary" href={href} icon={<SquareTerminal {...ICON} />}>
          Open a terminal{terminals.length > 1 && ` on ${cluster}`}
        </LinkButton>
      ))}
      {terminals.map(({ cluster }) => (
        <LinkButton key={cluster} href={paths.browse(cluster)} icon={<FolderTree {...ICON} />}>
          Browse{terminals.length > 1 && ` ${cluster}`}
        </LinkButton>
      ))}
      {terminals.length === 0 && <LinkButton href={paths.clusters()}>See the clusters</LinkButton>}
    </section>
  );
}

const ICON = { size: 14, strokeWidth: 1.6, 'aria-hidden': true } as const;
