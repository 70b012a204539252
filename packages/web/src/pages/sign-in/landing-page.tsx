import { useQuery } from '@tanstack/react-query';
import { discoveryQuery } from '../../api/discovery.ts';
import { paths } from '../../app/paths.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { buttonClass } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Front } from './front.tsx';
import { ServerState } from './server-state.tsx';
import { stepsFor } from './steps.ts';
import { useFrontTitle } from './use-public-branding.ts';

/** The first page of whoever is not signed in: signing in here, the way to kubectl, and how the server is. */
export function LandingPage() {
  useFrontTitle('');
  const discovery = useQuery({ ...discoveryQuery, retry: false });
  const { data, error, isFetching, refetch } = discovery;
  return (
    <Front
      foot={
        <>
          <ServerState query={discovery} />
          <p>Every request to a cluster is decided by policy and recorded in the audit.</p>
        </>
      }
    >
      <a className={`${buttonClass('primary')} h-10 w-full max-w-[376px]`} href={paths.signIn(paths.home)}>
        Sign in
      </a>
      <div className="flex flex-col gap-2">
        <h1 className="text-heading font-semibold tracking-[-0.018em]">Sign in from your terminal</h1>
        <p className="text-ink-2">
          Clusters behind this server take plain <code>kubectl</code>. Three commands, once on each machine.
        </p>
      </div>
      {data === undefined && isFetching && <Skeleton label="Reading the steps" rows={3} />}
      {data === undefined && !isFetching && error !== null && (
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      )}
      {data !== undefined && (
        <>
          <ol className="flex flex-col gap-4">
            {stepsFor(data).map(({ title, explanation, command }) => (
              <li key={command} className="flex flex-col gap-1">
                <h2 className="text-body font-semibold">{title}</h2>
                <p className="pb-1 text-note text-ink-2">{explanation}</p>
                <CommandLine command={command} />
              </li>
            ))}
          </ol>
          {data.docs !== undefined && (
            <p>
              <a className="link" href={data.docs} rel="noreferrer">
                Read the documentation
              </a>
            </p>
          )}
        </>
      )}
    </Front>
  );
}
