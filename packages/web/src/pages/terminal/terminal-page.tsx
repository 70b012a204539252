import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { lazy, Suspense, useCallback, useRef, useState } from 'react';
import { Page } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { clustersQuery } from '../../parts/clusters/queries.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { StatusBar } from '../../parts/terminal/status-bar.tsx';
import type { TerminalState } from '../../parts/terminal/terminal-session.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { MenuLater } from '../../ui/menu-later.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

const TerminalView = lazy(() => import('../../parts/terminal/terminal-view.tsx'));

/** A terminal of this page. */
interface TerminalTab {
  readonly id: number;
  readonly cluster: string;
  readonly preset: string;
  readonly state: (TerminalState & { readonly size: string }) | undefined;
  readonly failure: unknown;
}

/** Lines that were run, of all tabs. In memory alone: they may hold what nobody else should read. */
const history: string[] = [];

/** kubectl in the browser: one tab is one terminal on one cluster. */
export function TerminalPage() {
  const { api, organization, socketUrl } = useSignedIn();
  const [search] = useSearch();
  const clusters = useQuery(clustersQuery(api, organization));
  const asked = search['cluster'] ?? '';
  const nextId = useRef(2);
  const [tabs, setTabs] = useState<readonly TerminalTab[]>(() =>
    asked === ''
      ? []
      : [{ id: 1, cluster: asked, preset: search['command'] ?? '', state: undefined, failure: undefined }],
  );
  const [shown, setShown] = useState(1);
  const change = useCallback((id: number, changes: Partial<TerminalTab>) => {
    setTabs((before) => before.map((tab) => (tab.id === id ? { ...tab, ...changes } : tab)));
  }, []);
  const open = (cluster: string) => {
    const id = nextId.current++;
    setTabs((before) => [...before, { id, cluster, preset: '', state: undefined, failure: undefined }]);
    setShown(id);
  };
  const close = (id: number) => {
    const rest = tabs.filter((tab) => tab.id !== id);
    setTabs(rest);
    if (shown === id) setShown(rest.at(-1)?.id ?? 0);
  };
  const current = tabs.find(({ id }) => id === shown);
  const names = (clusters.data ?? []).map(({ metadata }) => metadata.name);
  return (
    <Page
      title="Terminal"
      layout="fill"
      actions={
        <>
          <span className="text-note text-ink-2">Commands are audited; shells are recorded</span>
          <MenuLater
            items={names.map((name) => ({ label: name, onSelect: () => open(name) }))}
            trigger={<Button icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}>New tab</Button>}
          />
        </>
      }
    >
      {tabs.length === 0 ? (
        <Answered query={clusters} label="Reading your clusters">
          {() => <ChooseCluster names={names} onChoose={open} />}
        </Answered>
      ) : (
        <>
          <div
            role="tablist"
            aria-label="Terminals"
            className="flex h-[38px] shrink-0 overflow-x-auto bg-terminal px-3"
          >
            {tabs.map(({ id, cluster, state }) => (
              <div
                key={id}
                className={cx(
                  'flex items-center border-b-2 border-transparent',
                  id === shown && 'border-[var(--terminal-green)]',
                )}
              >
                <button
                  type="button"
                  role="tab"
                  aria-selected={id === shown}
                  className="flex items-center gap-2 px-3 text-body text-terminal-ink"
                  onClick={() => setShown(id)}
                >
                  <Gate
                    state={state?.kind === 'ended' ? 'ended' : 'open'}
                    className={state?.kind === 'ended' ? '' : 'text-[var(--terminal-green)]!'}
                  />
                  <bdi className="font-medium">{cluster}</bdi>
                  <bdi className="text-terminal-dim">{state?.namespace ?? ''}</bdi>
                </button>
                <IconButton
                  label={`Close ${cluster}`}
                  size="small"
                  className="text-terminal-dim"
                  icon={<X size={12} strokeWidth={1.6} aria-hidden="true" />}
                  onClick={() => close(id)}
                />
              </div>
            ))}
          </div>
          {tabs.map(({ id, cluster, preset }) => (
            <Suspense key={id} fallback={<Skeleton label="Opening the terminal" />}>
              <TerminalView
                cluster={cluster}
                preset={preset}
                history={history}
                isShown={id === shown}
                create={async (signal) =>
                  socketUrl((await api.createTerminal({ organization, name: cluster }, { signal })).path)
                }
                onState={(state) => change(id, { state })}
                onFailure={(failure) => change(id, { failure })}
              />
            </Suspense>
          ))}
          {current?.failure !== undefined && <ProblemNotice error={current.failure} className="m-3" />}
          <StatusBar cluster={current?.cluster ?? ''} state={current?.state} />
        </>
      )}
    </Page>
  );
}

function ChooseCluster({
  names,
  onChoose,
}: {
  readonly names: readonly string[];
  readonly onChoose: (name: string) => void;
}) {
  if (names.length === 0) return <Empty title="No cluster to open a terminal on">Ask for access to one first.</Empty>;
  return (
    <section className="px-6 py-5 max-md:px-4">
      <h2 className="pb-2 text-body font-semibold">Open a terminal on</h2>
      <ul className="flex flex-wrap gap-2">
        {names.map((name) => (
          <li key={name}>
            <Button onClick={() => onChoose(name)}>{name}</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
