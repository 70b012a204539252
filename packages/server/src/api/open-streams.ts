import type { PrincipalId } from '@sallyport/core';
import { ApiError } from '../errors.ts';
import type { ApiContext } from './context.ts';

/** Counts event streams that principals have open on one server. */
export interface OpenStreams {
  /** @throws ApiError `ERR_API_LIMIT` when the principal has as many open as there may be */
  assertRoom(context: Pick<ApiContext, 'store'>, id: PrincipalId, most: number): void;
  /** Counts one more. Returns what to call once it is over. */
  enter(context: Pick<ApiContext, 'store'>, id: PrincipalId): () => void;
}

/** Makes the count of one sort of streams, which its errors call by `name`. */
export function createOpenStreams(name: string): OpenStreams {
  const servers = new WeakMap<ApiContext['store'], Map<PrincipalId, number>>();
  const openOf = ({ store }: Pick<ApiContext, 'store'>) => {
    const open = servers.get(store) ?? new Map<PrincipalId, number>();
    servers.set(store, open);
    return open;
  };
  return {
    assertRoom(context, id, most) {
      if ((openOf(context).get(id) ?? 0) < most) return;
      throw new ApiError({
        code: 'ERR_API_LIMIT',
        message: `${most} ${name} are open already, limit is ${most}`,
        nextStep: 'Close one of them.',
      });
    },
    enter(context, id) {
      const open = openOf(context);
      open.set(id, (open.get(id) ?? 0) + 1);
      return () => {
        const left = (open.get(id) ?? 1) - 1;
        if (left > 0) open.set(id, left);
        else open.delete(id);
      };
    },
  };
}
