import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { type KubeKind, objectPath } from '../../api/kube/discovery.ts';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { useSearch } from '../../app/use-search.ts';
import { IconButton } from '../../ui/button.tsx';
import { Segmented } from '../../ui/choice.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { LogsPanel } from './logs-panel.tsx';
import { objectQueryKey } from './object-drawer.tsx';
import { containersOf } from './pod-facts.ts';
import { useBrowsed } from './use-kube.ts';

const ShellPanel = lazy(() => import('./shell-panel.tsx'));
/** Stands for every container; no container has such a name. */
const ALL = '*';
const HEIGHT = { least: 120, first: 262, step: 24 };

/** Logs or a shell of the pod that is open, under the table; its upper edge can be drawn. */
export function BottomPanel({ kind }: { readonly kind: KubeKind }) {
  const { client } = useBrowsed();
  const [{ ns, name = '', in: place, panel, container }, setSearch] = useSearch();
  const [height, setHeight] = useState(HEIGHT.first);
  const path = objectPath(kind, place ?? ns, name);
  const { data } = useQuery({
    queryKey: objectQueryKey(client.clusterId, path),
    queryFn: ({ signal }) => client.get<KubeObject>(path, { signal }),
  });
  const containers = data === undefined ? [] : containersOf(data);
  const chosen = containers.find((each) => each.name === container) ?? containers[0];
  const areAll = container === ALL && panel !== 'shell';
  const resize = (to: number) => setHeight(Math.max(HEIGHT.least, Math.min(window.innerHeight - 200, to)));
  return (
    <section
      aria-label={`Logs and shell of ${name}`}
      style={{ '--panel': `${height}px` } as React.CSSProperties}
      className="relative flex h-(--panel) max-h-[75vh] shrink-0 flex-col border-t border-line bg-surface max-md:fixed max-md:inset-0 max-md:z-40 max-md:h-full max-md:max-h-none"
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a rule of the document has no value to change. */}
      <div
        role="separator"
        aria-orientation="horizontal"
        aria-label="Height of the panel"
        aria-valuenow={height}
        aria-valuemin={HEIGHT.least}
        tabIndex={0}
        className="absolute inset-x-0 -top-1 h-2 cursor-row-resize max-md:hidden"
        onKeyDown={({ key }) => {
          if (key === 'ArrowUp') resize(height + HEIGHT.step);
          if (key === 'ArrowDown') resize(height - HEIGHT.step);
        }}
        onPointerDown={(event) => {
          const start = event.clientY;
          const target = event.currentTarget;
          target.setPointerCapture(event.pointerId);
          const move = (at: PointerEvent) => resize(height + start - at.clientY);
          target.addEventListener('pointermove', move);
          target.addEventListener('lostpointercapture', () => target.removeEventListener('pointermove', move), {
            once: true,
          });
        }}
      />
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">
        <Segmented
          label="Panel"
          value={panel === 'shell' ? 'shell' : 'logs'}
          options={[
            { value: 'logs', label: 'Logs' },
            { value: 'shell', label: 'Shell' },
          ]}
          onChange={(next) => setSearch({ panel: next })}
        />
        {containers.length > 1 && chosen !== undefined && (
          <Select
            label="Container"
            value={areAll ? ALL : chosen.name}
            options={[
              ...(panel === 'shell' ? [] : [{ value: ALL, label: 'All containers' }]),
              ...containers.map((each) => ({ value: each.name, label: each.name })),
            ]}
            onChange={(next) => setSearch({ container: next })}
          />
        )}
        <bdi className="truncate font-mono text-mono text-ink-3">{name}</bdi>
        <span className="flex-1" />
        <IconButton
          label="Close the panel"
          icon={<X size={16} strokeWidth={1.6} aria-hidden="true" />}
          onClick={() => setSearch({ panel: undefined, container: undefined })}
        />
      </div>
      {data === undefined ? (
        <Skeleton label="Reading the pod" rows={2} />
      ) : panel === 'shell' ? (
        <Suspense fallback={<Skeleton label="Opening the terminal" rows={2} />}>
          <ShellPanel key={`${path}/${chosen?.name}`} podPath={path} container={chosen?.name} />
        </Suspense>
      ) : (
        <LogsPanel
          key={`${path}/${areAll ? ALL : chosen?.name}`}
          pod={data}
          podPath={path}
          containers={(areAll ? containers : [chosen]).flatMap((each) => (each === undefined ? [] : [each.name]))}
        />
      )}
    </section>
  );
}
