import { X } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import type { TerminalState } from '../../parts/terminal/terminal-session.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { Gate } from '../../ui/gate.tsx';

/** A terminal as its tab shows it. */
export interface TabShown {
  readonly id: number;
  readonly cluster: string;
  readonly state: TerminalState | undefined;
}

/** What {@link TabStrip} shows. */
export interface TabStripProps {
  readonly tabs: readonly TabShown[];
  readonly shown: number;
  readonly onShow: (id: number) => void;
  readonly onClose: (id: number) => void;
}

/** Tabs of terminals. One of them takes the focus; arrows, Home and End go along them, Delete closes the one that is shown. */
export function TabStrip({ tabs, shown, onShow, onClose }: TabStripProps) {
  const at = tabs.findIndex(({ id }) => id === shown);

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const next = nextOf(event.key, at, tabs.length);
    const to = next === undefined ? undefined : tabs[next];
    if (to !== undefined) {
      onShow(to.id);
      document.getElementById(tabId(to.id))?.focus();
    } else if (event.key === 'Delete') onClose(shown);
    else return;
    event.preventDefault();
  }

  return (
    <div className="flex h-[38px] shrink-0 items-center overflow-x-auto bg-terminal px-3">
      <div role="tablist" aria-label="Terminals" className="flex h-full" onKeyDown={onKeyDown}>
        {tabs.map(({ id, cluster, state }) => (
          <button
            key={id}
            id={tabId(id)}
            type="button"
            role="tab"
            aria-selected={id === shown}
            tabIndex={id === shown ? 0 : -1}
            className={cx(
              'flex h-full items-center gap-2 border-b-2 px-3 text-body whitespace-nowrap text-terminal-ink',
              id === shown ? 'border-[var(--terminal-green)]' : 'border-transparent',
            )}
            onClick={() => onShow(id)}
          >
            <Gate
              state={state?.kind === 'ended' ? 'ended' : 'open'}
              className={state?.kind === 'ended' ? '' : 'text-[var(--terminal-green)]!'}
            />
            <bdi className="font-medium">{cluster}</bdi>
            <bdi className="text-terminal-dim">{state?.namespace ?? ''}</bdi>
          </button>
        ))}
      </div>
      <IconButton
        label={`Close ${tabs[at]?.cluster ?? ''}`}
        size="small"
        className="ml-auto text-terminal-dim"
        icon={<X size={12} strokeWidth={1.6} aria-hidden="true" />}
        onClick={() => onClose(shown)}
      />
    </div>
  );
}

const tabId = (id: number) => `terminal-tab-${id}`;

function nextOf(key: string, at: number, count: number): number | undefined {
  if (key === 'ArrowRight') return (at + 1) % count;
  if (key === 'ArrowLeft') return (at - 1 + count) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return undefined;
}
