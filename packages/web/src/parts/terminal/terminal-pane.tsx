import { lazy, Suspense, useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { usePartsHost } from '../host.ts';
import { ProblemNotice } from '../problem-notice.tsx';
import { howEnded } from './how-ended.ts';
import { StatusBar } from './status-bar.tsx';
import type { TerminalState } from './terminal-session.ts';

const TerminalView = lazy(() => import('./terminal-view.tsx'));

/** What {@link TerminalPane} shows. */
export interface TerminalPaneProps {
  /** Name of the cluster. */
  readonly cluster: string;
  /** A line that stands at the first prompt and waits for Enter. */
  readonly preset: string;
  /** Lines that were run; added to. */
  readonly history: string[];
  /** Hidden ones stay connected. */
  readonly isShown: boolean;
  readonly onState?: ((state: TerminalState) => void) | undefined;
}

/** One terminal on one cluster, with what holds for it below: the grant, its limits, the version of kubectl. */
export function TerminalPane({ cluster, preset, history, isShown, onState }: TerminalPaneProps) {
  const { api, organization, socketUrl } = usePartsHost();
  const [state, setState] = useState<TerminalState & { readonly size: string }>();
  const [failure, setFailure] = useState<unknown>();
  /** Counts the terminals that were opened here, one in the place of the other. */
  const [round, setRound] = useState(1);
  const [before, setBefore] = useState<string>();
  const current = useRef<string>(undefined);
  const isOver = state?.kind === 'ended' || failure !== undefined;

  async function create(signal: AbortSignal): Promise<URL> {
    const lost = state?.isLost === true ? current.current : undefined;
    const { id, path } = await api.createTerminal({ organization, name: cluster }, { signal });
    current.current = id;
    setBefore(lost && howEnded(await api.listMyTerminals({}, { signal }), lost));
    return socketUrl(path);
  }
  const again = () => {
    setFailure(undefined);
    setRound(round + 1);
  };
  return (
    <div className={isShown ? 'flex min-h-0 flex-1 flex-col' : 'hidden'}>
      <Suspense fallback={<Skeleton label="Opening the terminal" />}>
        <TerminalView
          key={round}
          cluster={cluster}
          preset={round === 1 ? preset : ''}
          history={history}
          isShown={isShown}
          create={create}
          onState={(next) => {
            setState(next);
            onState?.(next);
          }}
          onFailure={setFailure}
          onAgain={again}
        />
      </Suspense>
      {failure !== undefined && <ProblemNotice error={failure} className="m-3" />}
      {(isOver || before !== undefined) && (
        <p className="flex shrink-0 items-center gap-3 bg-terminal px-4 py-2 text-second text-terminal-ink">
          <span role="status" className="min-w-0 flex-1">
            {isOver ? '' : before}
          </span>
          {isOver && <Button onClick={again}>Open a new terminal</Button>}
        </p>
      )}
      <StatusBar cluster={cluster} state={state} />
    </div>
  );
}
