import { describeServerProblem } from '../api/server-problem.ts';
import { paths } from '../app/paths.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

/** What went wrong, what to do next, the code; with a way to ask again where that can help. */
export function ProblemNotice({
  error,
  onRetry,
  className,
}: {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
  readonly className?: string;
}) {
  const { sentence, nextStep, code } = describeServerProblem(error);
  return (
    <Notice
      kind="danger"
      role="alert"
      {...(className !== undefined && { className })}
      title={<bdi>{sentence}</bdi>}
      action={
        <>
          {code === 'ERR_API_UNAUTHENTICATED' && (
            <a className={buttonClass()} href={paths.signIn(`${window.location.pathname}${window.location.search}`)}>
              Sign in
            </a>
          )}
          {onRetry !== undefined && <Button onClick={onRetry}>Ask again</Button>}
        </>
      }
    >
      <bdi>{nextStep}</bdi> {code !== undefined && <code className="text-ink-3">{code}</code>}
    </Notice>
  );
}
