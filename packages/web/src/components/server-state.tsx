import type { Discovery } from '@sallyport/core/api';
import type { Answer } from '../hooks/use-answer.ts';
import { Gate } from '../ui/gate.tsx';

/** One line at the foot of the page: how the server is, which one, which version. */
export function ServerState({ answer }: { readonly answer: Answer<Discovery> }) {
  return (
    <p className="server-state" role="status">
      {answer.phase === 'loading' && (
        <>
          <Gate state="waiting" /> Asking the server
        </>
      )}
      {answer.phase === 'failed' && (
        <>
          <Gate state="barred" /> <strong>Not serving</strong>
        </>
      )}
      {answer.phase === 'ready' && (
        <>
          <Gate state="open" /> Serving
          <span className="server-fact">
            <bdi>{new URL(answer.value.publicUrl).host}</bdi>
          </span>
          <span className="server-fact">
            version <bdi>{answer.value.version}</bdi>
          </span>
        </>
      )}
    </p>
  );
}
