import type { DiscoveryState } from '../hooks/use-discovery.ts';
import { Gate } from '../ui/gate.tsx';

/** One line at the foot of the page: how the server is, which one, which version. */
export function ServerState({ state }: { readonly state: DiscoveryState }) {
  return (
    <p className="server-state" role="status">
      {state.phase === 'loading' && (
        <>
          <Gate state="waiting" /> Asking the server
        </>
      )}
      {state.phase === 'failed' && (
        <>
          <Gate state="barred" /> <strong>Not serving</strong>
        </>
      )}
      {state.phase === 'ready' && (
        <>
          <Gate state="open" /> Serving
          <span className="server-fact">
            <bdi>{new URL(state.discovery.publicUrl).host}</bdi>
          </span>
          <span className="server-fact">
            version <bdi>{state.discovery.version}</bdi>
          </span>
        </>
      )}
    </p>
  );
}
