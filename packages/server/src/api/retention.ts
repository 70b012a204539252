import type { AuditRetention, AuditRetentionSpec } from '@sallyport/core/api';
import { effectiveRetention } from '../audit/retention/effective-retention.ts';
import { ApiError } from '../errors.ts';
import { conflict } from '../resources/plan-change.ts';
import type { StoredRetention } from '../stores/retention-contracts.ts';
import { callEvent, type Handler } from './context.ts';
import { assertOwnOrganization, assertPermitted } from './locate.ts';

/** Shows how long the caller's organization keeps what. */
export const getAuditRetention: Handler = async (context, call): Promise<AuditRetention> => {
  assertOwnOrganization(call);
  assertPermitted(context, call, 'audit.read');
  return describe(await context.store.retention.find(call.caller.organization.id));
};

/** Replaces how long the caller's organization keeps what. */
export const setAuditRetention: Handler = async (context, call): Promise<AuditRetention> => {
  assertOwnOrganization(call);
  assertPermitted(context, call, 'audit.retain');
  const { id } = call.caller.organization;
  const spec = definedOf(call.body as AuditRetentionSpec);
  const before = await context.store.retention.find(id);
  const version = String(before.resourceVersion);
  if (call.ifMatch !== undefined && call.ifMatch !== version) {
    throw new ApiError({
      code: 'ERR_API_PRECONDITION',
      message: `the audit retention has version ${version}, not ${JSON.stringify(call.ifMatch)}`,
      nextStep: 'Read it again, and repeat the change on what it is now.',
    });
  }
  await context.store.transact(async (tx) => {
    if (!(await tx.retention.set(id, spec, before.resourceVersion))) throw conflict('the audit retention');
    const [from, to] = [before.spec, spec].map((one) => JSON.stringify(effectiveRetention(one)));
    await tx.appendAudit(
      callEvent(context, call, 'audit.retention.changed', { details: { before: from ?? '', after: to ?? '' } }),
    );
  });
  return describe(await context.store.retention.find(id));
};

function describe({ spec, resourceVersion, updatedAt }: StoredRetention): AuditRetention {
  return {
    metadata: { resourceVersion: String(resourceVersion), ...(updatedAt && { updatedAt }) },
    spec,
    status: { effective: effectiveRetention(spec) },
  };
}

function definedOf(spec: AuditRetentionSpec): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(spec).flatMap(([name, kept]): [string, string][] => (kept === undefined ? [] : [[name, kept]])),
  );
}
