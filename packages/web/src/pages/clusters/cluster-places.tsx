import type { ClusterInventoryResource, KindResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useGo } from '../../app/use-go.ts';
import { Answered } from '../../parts/answer.tsx';
import { inventoryQuery } from '../../parts/clusters/queries.ts';
import { LabelChip } from '../../ui/chip.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

/** The namespaces of a cluster, each leading to what is in it. */
export function ClusterNamespaces({ cluster: { metadata } }: { readonly cluster: KindResource<'Cluster'> }) {
  const go = useGo();
  return (
    <Inventory name={metadata.name} label="Reading namespaces">
      {({ namespaces }) => (
        <Table
          label="Namespaces"
          rows={namespaces}
          rowId={({ name }) => name}
          onOpen={({ name }) => go(paths.browse(metadata.name, 'v1.pods', { ns: name }))}
          columns={[
            {
              id: 'name',
              header: 'Namespace',
              width: 260,
              sortBy: ({ name }) => name,
              cell: ({ name }) => <bdi className="font-medium">{name}</bdi>,
            },
            { id: 'labels', header: 'Labels', min: 200, cell: ({ labels }) => <Labels labels={labels} /> },
          ]}
          narrow={({ name, labels }) => ({ title: <bdi>{name}</bdi>, second: <Labels labels={labels} /> })}
        />
      )}
    </Inventory>
  );
}

/** The nodes of a cluster. */
export function ClusterNodes({ cluster: { metadata } }: { readonly cluster: KindResource<'Cluster'> }) {
  const go = useGo();
  return (
    <Inventory name={metadata.name} label="Reading nodes">
      {({ nodes }) => (
        <Table
          label="Nodes"
          rows={nodes}
          rowId={({ name }) => name}
          onOpen={({ name }) => go(paths.browse(metadata.name, 'v1.nodes', { name }))}
          columns={[
            {
              id: 'name',
              header: 'Node',
              width: 260,
              sortBy: ({ name }) => name,
              cell: (node) => <Node {...node} />,
            },
            {
              id: 'version',
              header: 'Kubelet',
              width: 130,
              sortBy: (node) => node.kubeletVersion,
              cell: (node) => node.kubeletVersion,
            },
            { id: 'labels', header: 'Labels', min: 200, priority: 1, cell: ({ labels }) => <Labels labels={labels} /> },
          ]}
          narrow={(node) => ({ title: <Node {...node} />, end: node.kubeletVersion })}
        />
      )}
    </Inventory>
  );
}

function Node({ name, isReady }: { readonly name: string; readonly isReady: boolean }) {
  return (
    <span className="flex items-baseline gap-2.5">
      <Gate state={isReady ? 'open' : 'barred'} />
      <bdi className="truncate font-mono text-mono">{name}</bdi>
      {!isReady && <span className="text-danger">not ready</span>}
    </span>
  );
}

function Labels({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  return (
    <span className="flex gap-1 overflow-hidden">
      {Object.entries(labels)
        .slice(0, 6)
        .map(([name, value]) => (
          <LabelChip key={name} name={name} value={value} />
        ))}
    </span>
  );
}

function Inventory({
  name,
  label,
  children,
}: {
  readonly name: string;
  readonly label: string;
  readonly children: (inventory: ClusterInventoryResource) => ReactNode;
}) {
  const { api, organization } = useSignedIn();
  const query = useQuery(inventoryQuery(api, organization, name));
  return (
    <Answered query={query} label={label}>
      {(inventory) =>
        inventory.observedAt === undefined ? (
          <Empty title="The server has not seen this cluster yet">
            It looks as soon as an agent is connected, and every few minutes then.
          </Empty>
        ) : (
          <>
            {children(inventory)}
            <p className="px-6 py-3 text-second text-ink-3 max-md:px-4">
              As seen at <Time at={inventory.observedAt} />.
            </p>
          </>
        )
      }
    </Answered>
  );
}
