import { useState } from 'react';
import { Inventory, InventoryFilter, useClusters } from '../clusters/cluster-inventory.tsx';
import { PartFrame, type PartProps } from './part-frame.tsx';

/** What {@link ClusterList} takes. */
export interface ClusterListProps extends PartProps {
  /** Words that a cluster must have in its name, labels, project or place. Absent: the part keeps them itself. */
  readonly filter?: string;
  readonly onFilter?: (filter: string) => void;
  /** Opens a cluster by its name. Absent: its name is a link to its page. */
  readonly onOpen?: (cluster: string) => void;
}

/** Every cluster that the reader sees: health, version, tunnels and the reader's access, with what is wrong and what to do about it. */
export function ClusterList({ label = 'Clusters', className, ...rest }: ClusterListProps) {
  return (
    <PartFrame label={label} {...(className !== undefined && { className })}>
      <ListWithin {...rest} />
    </PartFrame>
  );
}

function ListWithin({ filter, onFilter, onOpen }: Omit<ClusterListProps, keyof PartProps>) {
  const [own, setOwn] = useState('');
  const query = useClusters();
  const shown = filter ?? own;
  return (
    <>
      <InventoryFilter
        filter={shown}
        query={query}
        onFilter={(text) => {
          setOwn(text);
          onFilter?.(text);
        }}
      />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Inventory filter={shown} query={query} onOpen={onOpen} />
      </div>
    </>
  );
}
