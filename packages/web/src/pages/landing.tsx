import type { Discovery } from '@sallyport/core/api';
import { stepsFor } from '../api/commands.ts';
import { CommandLine } from '../components/command-line.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { ServerState } from '../components/server-state.tsx';
import { useDiscovery } from '../hooks/use-discovery.ts';
import { Mark } from '../ui/mark.tsx';
import { Wall } from '../ui/wall.tsx';

/** The first page: how to get from here to kubectl, and how the server is. */
export function LandingPage() {
  const { answer, reload } = useDiscovery();
  return (
    <div className="landing">
      <div className="landing-column">
        <header className="landing-head">
          <Mark size={24} />
          <span className="landing-name">Sallyport</span>
        </header>
        <main className="landing-main">
          <h1>Sign in from your terminal</h1>
          <p className="landing-lead">
            Clusters behind this server take plain <code>kubectl</code>. Three commands, once on each machine.
          </p>
          {answer.phase === 'loading' && <Skeleton />}
          {answer.phase === 'failed' && <ProblemNotice problem={answer.problem} onRetry={reload} />}
          {answer.phase === 'ready' && <Steps discovery={answer.value} />}
        </main>
        <footer className="landing-foot">
          <ServerState answer={answer} />
          <p>Every request to a cluster is decided by policy and recorded in the audit.</p>
        </footer>
      </div>
      <Wall />
    </div>
  );
}

function Steps({ discovery }: { readonly discovery: Discovery }) {
  return (
    <>
      <ol className="steps">
        {stepsFor(discovery).map(({ title, explanation, command }) => (
          <li key={command}>
            <h2>{title}</h2>
            <p>{explanation}</p>
            <CommandLine command={command} />
          </li>
        ))}
      </ol>
      {discovery.docs !== undefined && (
        <p className="landing-docs">
          <a href={discovery.docs} rel="noreferrer">
            Read the documentation
          </a>
        </p>
      )}
    </>
  );
}

/** The shape of the steps, shown only when the answer takes longer than a blink. */
function Skeleton() {
  return (
    <div className="skeleton" aria-busy="true">
      {['sign-in', 'clusters', 'work'].map((key) => (
        <div key={key}>
          <span className="skeleton-line" />
          <span className="skeleton-box" />
        </div>
      ))}
    </div>
  );
}
