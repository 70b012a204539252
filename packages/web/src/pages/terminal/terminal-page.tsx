import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useCallback, useRef, useState } from 'react';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { clustersQuery } from '../../parts/clusters/queries.ts';
import { TerminalPane } from '../../parts/terminal/terminal-pane.tsx';
import type { TerminalState } from '../../parts/terminal/terminal-session.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Link } from '../../ui/link.tsx';
import { MenuLater } from '../../ui/menu-later.tsx';
import { TabStrip } from './tab-strip.tsx';

/** A terminal of this page. */
interface TerminalTab {
  readonly id: number;
  readonly cluster: string;
  readonly preset: string;
  readonly state: TerminalState | undefined;
}

/** Lines that were run, of all tabs. In memory alone: they may hold what nobody else should read. */
const history: string[] = [];

/** kubectl in the browser: one tab is one terminal on one cluster. */
export function TerminalPage() {
  const { api, organization, me } = useSignedIn();
  const [search] = useSearch();
  const clusters = useQuery(clustersQuery(api, organization));
  const asked = search['cluster'] ?? '';
  const nextId = useRef(2);
  const [tabs, setTabs] = useState<readonly TerminalTab[]>(() =>
    asked === '' ? [] : [{ id: 1, cluster: asked, preset: search['command'] ?? '', state: undefined }],
  );
  const [shown, setShown] = useState(1);
  const change = useCallback((id: number, changes: Partial<TerminalTab>) => {
    setTabs((before) => before.map((tab) => (tab.id === id ? { ...tab, ...changes } : tab)));
  }, []);
  const open = (cluster: string) => {
    const id = nextId.current++;
    setTabs((before) => [...before, { id, cluster, preset: '', state: undefined }]);
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
          <span className="text-note text-ink-2">
            Commands are audited; shells are{' '}
            <Link
              className="underline"
              href={paths.recordings({
                ...(me !== undefined && { user: me.principal.userName }),
                ...(current !== undefined && { cluster: current.cluster }),
              })}
            >
              recorded
            </Link>
          </span>
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
          <TabStrip tabs={tabs} shown={shown} onShow={setShown} onClose={close} />
          {tabs.map(({ id, cluster, preset }) => (
            <TerminalPane
              key={id}
              cluster={cluster}
              preset={preset}
              history={history}
              isShown={id === shown}
              onState={(state) => change(id, { state })}
            />
          ))}
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
