import type { ServerProblem } from '../api/server-problem.ts';
import { paths } from '../route.ts';

/** What went wrong, what to do next, the code; with a way to ask again where that can help. */
export function ProblemNotice({
  problem,
  onRetry,
}: {
  readonly problem: ServerProblem;
  readonly onRetry?: (() => void) | undefined;
}) {
  return (
    <section className="notice notice-danger" role="alert">
      <p>
        <strong>
          <bdi>{problem.sentence}</bdi>
        </strong>{' '}
        <bdi>{problem.nextStep}</bdi>
      </p>
      {problem.code !== undefined && <code>{problem.code}</code>}
      {problem.code === 'ERR_API_UNAUTHENTICATED' && (
        <a className="button" href={paths.signIn(`${window.location.pathname}${window.location.search}`)}>
          Sign in
        </a>
      )}
      {onRetry !== undefined && (
        <button type="button" className="button" onClick={onRetry}>
          Ask again
        </button>
      )}
    </section>
  );
}
