import { createId } from '@sallyport/core';
import type {
  createLegalHoldSchema,
  LegalHoldList,
  LegalHoldResource,
  legalHoldQuerySchema,
  releaseLegalHoldSchema,
} from '@sallyport/core/api';
import type { z } from 'zod';
import { ApiError } from '../errors.ts';
import type { Snapshot } from '../snapshot.ts';
import type { HoldSelection, LegalHold } from '../stores/retention-contracts.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertOwnOrganization, assertPermitted, findUser } from './locate.ts';

/** Lists the legal holds of the caller's organization. */
export const listLegalHolds: Handler = async (context, call): Promise<LegalHoldList> => {
  assertOwnOrganization(call);
  assertPermitted(context, call, 'audit.read');
  const { state } = call.query as z.output<typeof legalHoldQuerySchema>;
  const holds = await context.store.retention.holds(call.caller.organization.id, state === 'all');
  return { items: holds.map((hold) => describe(hold, context.snapshots.current())) };
};

/** Orders a legal hold. */
export const createLegalHold: Handler = async (context, call): Promise<LegalHoldResource> => {
  assertMayHold(context, call);
  const { name, reason, selection } = call.body as z.output<typeof createLegalHoldSchema>;
  const { organization, principal } = call.caller;
  const at = context.clock.now();
  const hold: LegalHold = {
    id: createId('legalHold', at),
    organizationId: organization.id,
    name,
    reason,
    selection: resolve(context, call, selection),
    createdBy: principal.userName,
    createdAt: new Date(at),
  };
  await context.store.transact(async (tx) => {
    if (!(await tx.retention.hold(hold))) {
      throw new ApiError({
        code: 'ERR_API_CONFLICT',
        message: `there is a legal hold ${JSON.stringify(name)} already, or there was one`,
        nextStep: 'Choose another name: those of released holds stay taken, so that the log names one hold each.',
      });
    }
    const details = { legalHoldId: hold.id, name, reason, selection: JSON.stringify(selection) };
    await tx.appendAudit(callEvent(context, call, 'legal_hold.created', { details }));
  });
  return describe(hold, context.snapshots.current());
};

/** Releases a legal hold. */
export const releaseLegalHold: Handler = async (context, call): Promise<LegalHoldResource> => {
  assertMayHold(context, call);
  const { reason } = call.body as z.output<typeof releaseLegalHoldSchema>;
  const { organization, principal } = call.caller;
  const name = call.parameters['name'] ?? '';
  const released = { at: new Date(context.clock.now()), by: principal.userName, reason };
  return context.store.transact(async (tx) => {
    const hold = await tx.retention.release(organization.id, name, released);
    if (hold === undefined) {
      throw new ApiError({
        code: 'ERR_API_NOT_FOUND',
        message: `there is no legal hold ${JSON.stringify(name)} in force`,
        nextStep: 'Run `sallyport audit holds list` to see those that there are.',
      });
    }
    const details = { legalHoldId: hold.id, name, reason };
    await tx.appendAudit(callEvent(context, call, 'legal_hold.released', { details }));
    return describe(hold, context.snapshots.current());
  });
};

function assertMayHold(context: ApiContext, call: Call): void {
  assertOwnOrganization(call);
  assertPermitted(context, call, 'audit.retain');
}

/** What is named is kept by its id: it may be renamed or removed later. */
function resolve(
  context: ApiContext,
  call: Call,
  { principal, cluster: clusterName, since, until, ...ids }: z.output<typeof createLegalHoldSchema>['selection'],
): HoldSelection {
  const { organization } = call.caller;
  const user = principal === undefined ? undefined : findUser(context, call, principal);
  const cluster =
    clusterName === undefined ? undefined : context.snapshots.current().findCluster(organization.name, clusterName);
  if (clusterName !== undefined && cluster === undefined) {
    throw new ApiError({
      code: 'ERR_API_NOT_FOUND',
      message: `there is no cluster ${JSON.stringify(clusterName)} in ${organization.name}`,
      nextStep: 'Run `sallyport clusters list` to see your clusters.',
    });
  }
  return {
    ...(user && { principalId: user.id }),
    ...(cluster && { clusterId: cluster.id }),
    ...(since && { since }),
    ...(until && { until }),
    ...(ids.accessRequest && { accessRequestId: ids.accessRequest }),
    ...(ids.recording && { recordingId: ids.recording }),
  };
}

function describe(hold: LegalHold, snapshot: Snapshot): LegalHoldResource {
  const { principalId, clusterId, since, until, accessRequestId, recordingId } = hold.selection;
  const principal = principalId === undefined ? undefined : snapshot.principals.get(principalId)?.userName;
  const cluster = clusterId === undefined ? undefined : snapshot.clusters.get(clusterId)?.name;
  return {
    id: hold.id,
    name: hold.name,
    reason: hold.reason,
    selection: {
      ...(principalId && { principalId }),
      ...(principal !== undefined && { principal }),
      ...(clusterId && { clusterId }),
      ...(cluster !== undefined && { cluster }),
      ...(since && { since }),
      ...(until && { until }),
      ...(accessRequestId && { accessRequest: accessRequestId }),
      ...(recordingId && { recording: recordingId }),
    },
    createdBy: hold.createdBy,
    createdAt: hold.createdAt,
    ...(hold.released && { released: hold.released }),
  };
}
