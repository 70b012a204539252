import { describeServerProblem } from '../api/server-problem.ts';
import { paths } from '../app/paths.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { useNavigation } from '../ui/navigation.ts';
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
  const { resolve, go } = useNavigation();
  const isOwnSite = go !== undefined;
  return (
    <Notice
      kind="danger"
      role="alert"
      {...(className !== undefined && { className })}
      title={<bdi>{sentence}</bdi>}
      action={
        <>
          {code === 'ERR_API_UNAUTHENTICATED' && (
            <a
              className={buttonClass()}
              // Signing in leads back to pages of the site alone; pages of others stay open meanwhile.
              {...(!isOwnSite && { target: '_blank', rel: 'noreferrer' })}
              href={resolve(
                paths.signIn(isOwnSite ? `${window.location.pathname}${window.location.search}` : paths.home),
              )}
            >
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
