import type { ChangeSide } from '@sallyport/audit';
import type { Clock } from '@sallyport/core';
import type { Tunnel } from '@sallyport/tunnel';
import { openExchange, type RequestHead } from '@sallyport/tunnel/http';
import { type ByteBudget, createHeldBytes } from './held-bytes.ts';
import type { ChangeTapLimits } from './limits.ts';
import { readAnsweredObject } from './read-object.ts';

/** What the read of an object before a write is called in the logs of the cluster, beside the id of the write's decision. */
export const BEFORE_USER_AGENT = 'sallyport-audit-before';

/**
 * The id that the read of an object before a write goes upstream under. It is not that of the decision, so that in the API
 * server's own log the write alone is the request that was decided on.
 */
export function beforeDecisionId(decisionId: string): string {
  return `${decisionId}-before`;
}

/** Reads an object as it is. `unknown` when that takes too long, is refused or fails; never rejects. */
export function readBefore(
  tunnel: Pick<Tunnel, 'open'>,
  head: Pick<RequestHead, 'capability' | 'decisionId' | 'target'>,
  clock: Clock,
  limits: ChangeTapLimits,
  budget: ByteBudget,
): Promise<ChangeSide> {
  const held = createHeldBytes(limits.maxObjectBytes, budget);
  return new Promise<ChangeSide>((resolve) => {
    let status = 0;
    let headers: readonly string[] = [];
    const deadline = clock.setTimeout(() => {
      resolve('unknown');
      exchange?.reset('cancelled');
    }, limits.beforeTimeoutMs);
    const finish = (side: ChangeSide) => {
      deadline.cancel();
      held.release();
      resolve(side);
    };
    let exchange: ReturnType<typeof openExchange> | undefined;
    try {
      exchange = openExchange(
        tunnel,
        {
          ...head,
          method: 'GET',
          headers: ['Accept', 'application/json', 'Accept-Encoding', 'identity', 'User-Agent', BEFORE_USER_AGENT],
          upgrade: false,
        },
        {
          onHead(answered) {
            ({ status, headers } = answered);
          },
          onData(chunk) {
            if (status === 200) held.add(chunk);
            exchange?.consumed(chunk.length);
          },
          onEnd() {
            if (status === 404) return finish('none');
            finish(status === 200 ? readAnsweredObject(headers, held.taken(), limits.maxObjectBytes) : 'unknown');
          },
          onReset: () => finish('unknown'),
        },
      );
      exchange.end();
    } catch {
      // A tunnel that just closed: the write will say so.
      finish('unknown');
    }
  });
}
