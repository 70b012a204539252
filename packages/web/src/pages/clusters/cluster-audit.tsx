import type { KindResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useSignedIn } from '../../app/signed-in.tsx';
import { commandsQuery } from '../../parts/clusters/queries.ts';
import { Denied } from '../../parts/denied.tsx';
import { LastCommands } from './last-commands.tsx';

/** What was done in the cluster, and the way into the audit log. */
export function ClusterAudit({ cluster: { metadata } }: { readonly cluster: KindResource<'Cluster'> }) {
  const { api, organization } = useSignedIn();
  const { error, data } = useQuery(commandsQuery(api, organization, metadata.name));
  if (error !== null && data === undefined) return <Denied error={error} place={{ cluster: metadata.name }} />;
  return <LastCommands cluster={metadata.name} />;
}
