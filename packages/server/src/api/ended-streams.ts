import type { AuditEvent } from '@sallyport/audit';
import type { EndedStream, EndedStreamList } from '@sallyport/core/api';
import type { Handler } from './context.ts';

const WITHIN_MS = 3_600_000;
const MAX_TOLD = 100;

/**
 * Lists the caller's streams that ended before their time within the last hour, whichever replica carried them: kubectl can't
 * show why a port-forward ended, nor all of a log.
 */
export const listMyEndedStreams: Handler = async ({ store, clock }, { caller }): Promise<EndedStreamList> => {
  const since = new Date(clock.now() - WITHIN_MS);
  const events = await store.listEndedStreams({ principalId: caller.principal.id, since, limit: MAX_TOLD });
  return { items: events.flatMap((event) => describeStream(event) ?? []) };
};

function describeStream({ at, clusterId, clusterName, request, outcome }: AuditEvent): EndedStream | undefined {
  if (clusterId === undefined || request?.attributes === undefined || outcome === undefined) return undefined;
  const { attributes } = request;
  const { verb } = attributes;
  return {
    at,
    clusterId,
    cluster: clusterName ?? clusterId,
    verb,
    ...(attributes.kind === 'resource' && {
      resource:
        attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`,
      ...(attributes.namespace !== '' && { namespace: attributes.namespace }),
      ...(attributes.name !== '' && { name: attributes.name }),
    }),
    cause: outcome.ended === 'tunnelLost' ? 'tunnelLost' : 'accessEnded',
    reason: outcome.reason ?? outcome.errorCode ?? 'the reason was not recorded',
  };
}
