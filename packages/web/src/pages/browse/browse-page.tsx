import { useQuery } from '@tanstack/react-query';
import { Plus, SquareTerminal } from 'lucide-react';
import { useMemo } from 'react';
import type { KubeKind } from '../../api/kube/discovery.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressParts } from '../../app/use-address-parts.ts';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { clusterQuery } from '../../parts/clusters/queries.ts';
import { YourAccess } from '../../parts/clusters/your-access.tsx';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { useLetterKey } from '../../ui/use-letter-key.ts';
import { useNow } from '../../ui/use-now.ts';
import { BottomPanel } from './bottom-panel.tsx';
import { CreateDrawer } from './create-drawer.tsx';
import { KindsRail } from './kinds-rail.tsx';
import { NamespaceSwitch } from './namespace-switch.tsx';
import { CLOSED, ObjectDrawer } from './object-drawer.tsx';
import { ObjectTable } from './object-table.tsx';
import { BrowsedProvider, useBrowsed, useKinds, useKubeClient, useMayCreate } from './use-kube.ts';

const FIRST_KIND = 'v1.pods';

/** What is in a cluster, by the reader's own access: kinds at the left, objects, the open one at the right, logs and shell below. */
export function BrowsePage() {
  const { api, organization } = useSignedIn();
  const { cluster: name = '', kind = FIRST_KIND } = useAddressParts();
  const [{ ns }] = useSearch();
  const now = useNow();
  const query = useQuery(clusterQuery(api, organization, name));
  const crumbs = [
    { label: 'Clusters', href: paths.clusters() },
    { label: name, href: paths.cluster(name) },
  ];
  if (query.data === undefined) {
    return (
      <Page title="Browse" crumbs={crumbs}>
        <Answered query={query} label="Reading the cluster">
          {() => null}
        </Answered>
      </Page>
    );
  }
  const cluster = query.data;
  return (
    <InCluster name={name} id={cluster.metadata.id}>
      <Page
        title="Browse"
        heading={<NamespaceSwitch kindId={kind} namespace={ns} />}
        crumbs={crumbs}
        layout="fill"
        actions={
          <>
            <span className="text-second text-ink-2 max-lg:hidden">
              <YourAccess cluster={cluster} now={now} />
            </span>
            <CreateButton namespace={ns} />
            <LinkButton
              href={paths.terminal({ cluster: name })}
              icon={<SquareTerminal size={14} strokeWidth={1.6} aria-hidden="true" />}
            >
              Terminal here
            </LinkButton>
          </>
        }
      >
        <Kinds kindId={kind} />
      </Page>
    </InCluster>
  );
}

function InCluster({
  name,
  id,
  children,
}: {
  readonly name: string;
  readonly id: string;
  readonly children: React.ReactNode;
}) {
  const client = useKubeClient(id);
  const browsed = useMemo(() => ({ name, client }), [name, client]);
  return <BrowsedProvider value={browsed}>{children}</BrowsedProvider>;
}

/** Offered to whoever may make anything at the place; what exactly is decided object by object. */
function CreateButton({ namespace }: { readonly namespace: string | undefined }) {
  const { client } = useBrowsed();
  const [, setSearch] = useSearch();
  const mayCreate = useMayCreate(client, namespace) !== 'no';
  const open = () => setSearch({ ...CLOSED, create: 'yaml' }, 'push');
  useLetterKey('n', mayCreate ? open : undefined);
  if (!mayCreate) return null;
  return (
    <Button icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />} keyCap="N" onClick={open}>
      Create
    </Button>
  );
}

function Kinds({ kindId }: { readonly kindId: string }) {
  const { client } = useBrowsed();
  const query = useKinds(client);
  return (
    <Answered query={query} label="Asking the cluster what it serves">
      {(kinds) => <Objects kinds={kinds} kindId={kindId} />}
    </Answered>
  );
}

function Objects({ kinds, kindId }: { readonly kinds: readonly KubeKind[]; readonly kindId: string }) {
  const [{ ns, name, panel, create }, setSearch] = useSearch();
  const kind = kinds.find(({ id }) => id === kindId);
  const isPod = kind?.id === 'v1.pods';
  return (
    <div className="flex min-h-0 flex-1 max-md:flex-col">
      <KindsRail kinds={kinds} current={kindId} namespace={ns} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        {kind === undefined ? (
          <Empty title={`This cluster serves no ${kindId}`}>
            It may be gone, or served in another version. Choose a kind.
          </Empty>
        ) : (
          <div className="flex min-h-0 flex-1">
            <div className="flex min-h-0 min-w-0 flex-1 flex-col">
              <ObjectTable kind={kind} kinds={kinds} namespace={kind.isNamespaced ? ns : undefined} />
            </div>
            {create !== undefined ? (
              <CreateDrawer namespace={ns} onClose={() => setSearch({ create: undefined })} />
            ) : (
              name !== undefined && <ObjectDrawer key={`${kind.id}/${name}`} kind={kind} />
            )}
          </div>
        )}
        {isPod && kind !== undefined && name !== undefined && panel !== undefined && <BottomPanel kind={kind} />}
      </div>
    </div>
  );
}
