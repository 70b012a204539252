import { requestableOn } from '@sallyport/authz';
import { formatDuration } from '@sallyport/core';
import type { RequestableList, requestableQuerySchema } from '@sallyport/core/api';
import type { z } from 'zod';
import { describeScope } from '../resources/definitions/describe-reach.ts';
import type { AccessGround } from './ground.ts';

type Query = z.output<typeof requestableQuerySchema>;

/** What the caller may ask for: anywhere, or on a cluster, or in a namespace there. */
export function requestableBy(ground: AccessGround, { cluster: name, namespace }: Query): RequestableList {
  const { context, snapshot, caller, actor, at } = ground;
  const cluster = name === undefined ? undefined : snapshot.find('Cluster', name, caller.organizationId);
  // A cluster that there is not is one where nothing can be asked for.
  if (name !== undefined && cluster === undefined) return { items: [] };
  const labels =
    cluster === undefined || namespace === undefined ? undefined : context.namespaceLabels?.of(cluster.id, namespace);
  const found = requestableOn(snapshot.policy, caller, {
    at,
    ...(cluster !== undefined && { cluster }),
    ...(namespace !== undefined && { namespace }),
    ...(labels !== undefined && { namespaceLabels: labels }),
    ...(actor.authentication !== undefined && { authentication: actor.authentication }),
  });
  return {
    items: found.map(({ role, policy, approvals }) => {
      const { maxDurationMs, maxTotalDurationMs, ticketPattern, autoApprove, breakGlass } = policy;
      const description = snapshot.get('Role', role.id)?.description;
      return {
        role: role.name,
        policy: policy.name,
        ...(description !== undefined && { description }),
        scope: describeScope(policy.scope, snapshot),
        maxDuration: formatDuration(maxDurationMs),
        maxTotalDuration: formatDuration(maxTotalDurationMs),
        ...(ticketPattern !== undefined && { ticketPattern }),
        approvals,
        mayAutoApprove: autoApprove !== undefined,
        ...(breakGlass !== undefined && { breakGlass: { maxDuration: formatDuration(breakGlass.maxDurationMs) } }),
      };
    }),
  };
}
