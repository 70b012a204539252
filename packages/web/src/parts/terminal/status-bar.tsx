import { Gate } from '../../ui/gate.tsx';
import { shortDuration } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { WindowTrack } from '../../ui/window-track.tsx';
import { usePartsHost } from '../host.ts';
import type { TerminalState } from './terminal-session.ts';

/** What holds for a terminal: the grant under which it works, how long it lives, what it runs. */
export function StatusBar({
  cluster,
  state,
}: {
  readonly cluster: string;
  readonly state: (TerminalState & { readonly size: string }) | undefined;
}) {
  const { me } = usePartsHost();
  const now = useNow();
  const grant = me?.grants.find(
    ({ scope, startsAt, endsAt }) => startsAt <= now && endsAt > now && JSON.stringify(scope).includes(`"${cluster}"`),
  );
  return (
    <footer className="flex min-h-[30px] shrink-0 flex-wrap items-center gap-x-4 border-t border-[#3a3b36] bg-terminal px-4 text-second text-terminal-dim">
      {grant !== undefined && (
        // On dark ground in both themes.
        <span className="inline-flex items-center gap-x-4 scheme-dark">
          <span className="inline-flex items-center gap-1.5">
            <Gate state="open" />
            <bdi className="font-medium text-terminal-ink">{grant.role}</bdi>
          </span>
          <WindowTrack startsAt={grant.startsAt} endsAt={grant.endsAt} className="w-24" />
          <span>{shortDuration(grant.endsAt.getTime() - now.getTime())} left</span>
        </span>
      )}
      <span role="status" className="min-w-0 flex-1 truncate">
        <bdi>{state?.note ?? (state === undefined || state.kind === 'opening' ? 'Opening' : '')}</bdi>
      </span>
      {state?.idleMs !== undefined && <span>Idle limit {shortDuration(state.idleMs)}</span>}
      {state?.expiresAt !== undefined && (
        <span>ends in {shortDuration(state.expiresAt.getTime() - now.getTime())}</span>
      )}
      {state?.kubectlVersion !== undefined && <span>kubectl {state.kubectlVersion.replace(/^v/, '')}</span>}
      {state !== undefined && <span>{state.size}</span>}
    </footer>
  );
}
