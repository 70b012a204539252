import type { KubeRow } from '../../api/kube/table.ts';
import { useSearch } from '../../app/use-search.ts';
import { Offered } from './locked.tsx';
import { mayShell, SHELL, useBrowsed, useMay } from './use-kube.ts';

/** Logs and shell of a pod, right in its row. */
export function PodRowActions({ metadata: { name, namespace } }: { readonly metadata: KubeRow['object']['metadata'] }) {
  const { client } = useBrowsed();
  const may = useMay(client, namespace);
  const [{ ns }, setSearch] = useSearch();
  const open = (panel: string) =>
    setSearch({ name, in: namespace === ns ? undefined : namespace, panel, tab: undefined }, 'push');
  const pods = { group: '', resource: 'pods' } as const;
  return (
    <>
      <Offered
        allowed={may({ ...pods, name, verb: 'get', subresource: 'log' })}
        action={{ ...pods, verb: 'get', subresource: 'log' }}
        namespace={namespace}
        what="read logs"
        onClick={() => open('logs')}
      >
        Logs
      </Offered>
      <Offered
        allowed={mayShell(may, name)}
        action={SHELL}
        namespace={namespace}
        what="open a shell"
        onClick={() => open('shell')}
      >
        Shell
      </Offered>
    </>
  );
}
