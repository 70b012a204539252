import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { describeServerProblem } from '../api/server-problem.ts';
import { Notice } from '../ui/notice.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Time } from '../ui/time.tsx';
import { Denied } from './denied.tsx';
import { ProblemNotice } from './problem-notice.tsx';

/** What {@link Answered} shows. */
export interface AnsweredProps<Value> {
  readonly query: UseQueryResult<Value>;
  /** What is being read, for whom can't see the grey rows: "Reading clusters". */
  readonly label: string;
  readonly skeleton?: ReactNode;
  readonly children: (value: Value) => ReactNode;
}

/**
 * What the server said, in each of its states: grey rows until it has, the answer, why there is none. An answer that can't be
 * renewed stays in view and says since when.
 */
export function Answered<Value>({ query, label, skeleton, children }: AnsweredProps<Value>) {
  const { data, error, isPending, dataUpdatedAt, refetch } = query;
  const retry = () => void refetch();
  if (data !== undefined) {
    return (
      <>
        {error !== null && (
          <Notice
            kind="warn"
            role="status"
            className="mx-6 my-3 max-md:mx-4"
            title={
              <>
                As it was at <Time at={new Date(dataUpdatedAt)} />.
              </>
            }
          >
            {describeServerProblem(error).sentence}
          </Notice>
        )}
        {children(data)}
      </>
    );
  }
  if (isPending) return skeleton ?? <Skeleton label={label} />;
  const { code } = describeServerProblem(error);
  if (code === 'ERR_API_FORBIDDEN') return <Denied error={error} />;
  return <ProblemNotice error={error} onRetry={retry} className="mx-6 my-4 max-md:mx-4" />;
}
