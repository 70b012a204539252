import type { AccessRequestResource } from '@sallyport/core/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Answered } from '../answer.tsx';
import { SameAs } from '../command-line.tsx';
import { usePartsHost } from '../host.ts';
import { requestQuery } from './queries.ts';
import { RequestDetails } from './request-details.tsx';
import { Verdict } from './verdict.tsx';
import { Weigh } from './weigh.tsx';

/** One request as a decision: what is asked, what to weigh, and the verdict. */
export function Decision({
  id,
  next,
  hasKeys,
  onGo,
  onDecided,
  children,
}: {
  readonly id: string;
  readonly next: string | undefined;
  /** Whether A approves and D denies, wherever the focus is. */
  readonly hasKeys: boolean;
  readonly onGo: (id: string) => void;
  /** Gets the request as it is after the reader’s own act. */
  readonly onDecided?: ((request: AccessRequestResource) => void) | undefined;
  /** Under the verdict. */
  readonly children?: ReactNode;
}) {
  const { api, organization } = usePartsHost();
  const queries = useQueryClient();
  // Read once: what a reviewer decides on never changes under their eyes.
  const options = {
    ...requestQuery(api, organization, id),
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  };
  const query = useQuery(options);
  return (
    <div className="min-w-0 flex-1 overflow-y-auto">
      <Answered query={query} label="Reading the request">
        {(request) => (
          <div className="flex max-w-[760px] flex-col gap-5 px-6 py-5 max-md:px-4">
            <RequestDetails request={request} />
            {(request.may.review || request.may.followUp) && <Weigh request={request} />}
            <Verdict
              api={api}
              organization={organization}
              request={request}
              hasKeys={hasKeys}
              onDecided={(decided) => {
                queries.setQueryData(options.queryKey, decided);
                void queries.invalidateQueries({ queryKey: ['access', 'requests'] });
                void queries.invalidateQueries({ queryKey: ['access', 'grants'] });
                void queries.invalidateQueries({ queryKey: ['me'] });
                onDecided?.(decided);
              }}
              onStale={() => void query.refetch()}
            />
            {!request.may.review && next !== undefined && (
              <p>
                <button type="button" className="link" onClick={() => onGo(next)}>
                  Next request
                </button>
              </p>
            )}
            {request.may.review && <SameAs command={`sallyport access approve ${request.id}`} />}
            {children}
          </div>
        )}
      </Answered>
    </div>
  );
}

/** The next request on which the reader has something to do. */
export const nextOf = (all: readonly AccessRequestResource[], id: string) =>
  all.find((request) => request.id !== id && (request.may.review || request.may.followUp))?.id;
