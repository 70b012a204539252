import type { Discovery } from '@sallyport/core/api';
import type { UseQueryResult } from '@tanstack/react-query';
import { Gate } from '../../ui/gate.tsx';

/** One line at the foot of the page: how the server is, which one, which version. */
export function ServerState({ query: { data, isFetching } }: { readonly query: UseQueryResult<Discovery> }) {
  return (
    <p role="status" className="flex flex-wrap items-center gap-x-2">
      {data !== undefined ? (
        <>
          <Gate state="open" /> Serving
          <span>
            <bdi>{new URL(data.publicUrl).host}</bdi>
          </span>
          <span>
            version <bdi>{data.version}</bdi>
          </span>
        </>
      ) : isFetching ? (
        <>
          <Gate state="waiting" /> Asking the server
        </>
      ) : (
        <>
          <Gate state="barred" /> <strong>Not serving</strong>
        </>
      )}
    </p>
  );
}
