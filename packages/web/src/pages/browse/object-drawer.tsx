import { useQuery } from '@tanstack/react-query';
import { type KubeKind, objectPath } from '../../api/kube/discovery.ts';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { describeServerProblem } from '../../api/server-problem.ts';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { Denied } from '../../parts/denied.tsx';
import { Segmented } from '../../ui/choice.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { ObjectActions } from './object-actions.tsx';
import { ObjectEvents } from './object-events.tsx';
import { ObjectOverview } from './object-overview.tsx';
import { ObjectYaml } from './object-yaml.tsx';
import { useBrowsed } from './use-kube.ts';

const REFRESH_MS = 10_000;
const TABS = [
  { value: 'overview', label: 'Overview' },
  { value: 'yaml', label: 'YAML' },
  { value: 'events', label: 'Events' },
] as const;

/** What of the address names the object that is open, taken out. */
export const CLOSED = {
  name: undefined,
  in: undefined,
  tab: undefined,
  panel: undefined,
  container: undefined,
} as const;

/** Query of one object. */
export const objectQueryKey = (clusterId: string, path: string) => ['kube', clusterId, 'object', path];

/** The object that is open, beside the table that it was opened from. */
export function ObjectDrawer({ kind }: { readonly kind: KubeKind }) {
  const { name: cluster, client } = useBrowsed();
  const [{ ns, name = '', in: place, tab = 'overview' }, setSearch] = useSearch();
  const namespace = kind.isNamespaced ? (place ?? ns) : undefined;
  const path = objectPath(kind, namespace, name);
  const query = useQuery({
    queryKey: objectQueryKey(client.clusterId, path),
    queryFn: ({ signal }) => client.get<KubeObject>(path, { signal }),
    refetchInterval: REFRESH_MS,
  });
  const current = TABS.find(({ value }) => value === tab)?.value ?? 'overview';
  const code = query.data === undefined && query.error !== null ? describeServerProblem(query.error).code : undefined;
  return (
    <Drawer title={<bdi className="font-mono">{name}</bdi>} onClose={() => setSearch(CLOSED)}>
      <div className="flex flex-col gap-4">
        {query.data !== undefined && <ObjectActions kind={kind} object={query.data} path={path} />}
        <div>
          <Segmented
            label="Views of the object"
            value={current}
            options={TABS}
            onChange={(next) => setSearch({ tab: next })}
          />
        </div>
        {code === 'ERR_PROXY_DENIED' || code === 'KUBERNETES_FORBIDDEN' ? (
          <div className="-mx-6">
            <Denied error={query.error} place={{ cluster, ...(namespace !== undefined && { namespace }) }} />
          </div>
        ) : (
          <Answered query={query} label="Reading the object">
            {(object) =>
              current === 'yaml' ? (
                <ObjectYaml kind={kind} object={object} path={path} />
              ) : current === 'events' ? (
                <ObjectEvents object={object} />
              ) : (
                <ObjectOverview kind={kind} object={object} />
              )
            }
          </Answered>
        )}
      </div>
    </Drawer>
  );
}
