import { paths } from '../../app/paths.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';

/** Where there is no cluster: the way to the first. */
export function NoClusters({ mayRegister }: { readonly mayRegister: boolean }) {
  return mayRegister ? (
    <Empty
      title="No cluster is registered yet"
      action={
        <LinkButton kind="primary" href={paths.newCluster}>
          Register cluster
        </LinkButton>
      }
    >
      An agent inside the cluster dials out to this server; the cluster needs no open port.
    </Empty>
  ) : (
    <Empty title="You see no cluster" action={<LinkButton href={paths.newRequest()}>Request access</LinkButton>}>
      Clusters stand here once a role of yours reaches them.
    </Empty>
  );
}
