import { isId, type PrincipalId } from '@sallyport/core';
import { type CredentialList, type endedSchema, MAX_PAGE_SIZE, type sessionQuerySchema } from '@sallyport/core/api';
import type { z } from 'zod';
import { ApiError } from '../errors.ts';
import type { CredentialSelection, MintedCredential } from '../stores/credential-contracts.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { assertPermitted, findUser } from './locate.ts';
import { notOfAListing } from './not-of-a-listing.ts';

type SessionQuery = z.output<typeof sessionQuerySchema>;
type Ended = z.output<typeof endedSchema>;

/** Lists the live kube credentials of the organization, or of one person in it. */
export const listCredentials: Handler = async (context, call): Promise<CredentialList> => {
  assertPermitted(context, call, 'credentials.read');
  const { user } = call.query as SessionQuery;
  const principalId = user === undefined ? undefined : findUser(context, call, user).id;
  return listSelected(context, call, principalId);
};

/** Lists the caller's own live kube credentials. */
export const listMyCredentials: Handler = (context, call): Promise<CredentialList> =>
  listSelected(context, call, call.caller.principal.id);

/** Revokes a kube credential of somebody in the organization. */
export const revokeCredential: Handler = async (context, call): Promise<void> => {
  assertPermitted(context, call, 'credentials.revoke');
  await revokeOne(context, call, {});
};

/** Revokes a kube credential of the caller. */
export const revokeMyCredential: Handler = (context, call): Promise<void> =>
  revokeOne(context, call, { principalId: call.caller.principal.id });

/** Revokes all kube credentials of a person. */
export const revokeCredentialsOfUser: Handler = async (context, call): Promise<Ended> => {
  assertPermitted(context, call, 'credentials.revoke');
  const { id } = findUser(context, call, call.parameters['name'] ?? '');
  return { endedCount: (await revoke(context, call, { principalId: id })).length };
};

/** Revokes all kube credentials of the caller. */
export const revokeMyCredentials: Handler = async (context, call): Promise<Ended> => ({
  endedCount: (await revoke(context, call, { principalId: call.caller.principal.id })).length,
});

async function listSelected(
  { store, snapshots, clock }: ApiContext,
  { caller, query }: Call,
  principalId: PrincipalId | undefined,
): Promise<CredentialList> {
  const { limit = MAX_PAGE_SIZE, continue: after } = (query ?? {}) as Partial<SessionQuery>;
  if (after !== undefined && !isId('credential', after)) throw notOfAListing();
  const { items, totalCount } = await store.credentials.list(
    { organizationId: caller.organization.id, ...(principalId !== undefined && { principalId }) },
    { at: new Date(clock.now()), limit: limit + 1, ...(after !== undefined && { after }) },
  );
  const snapshot = snapshots.current();
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ id, principalId: owner, clusterId, kind, certificateSerial, ...rest }) => ({
      id,
      user: snapshot.principals.get(owner)?.userName ?? owner,
      cluster: snapshot.clusters.get(clusterId)?.name ?? clusterId,
      kind,
      ...(certificateSerial !== undefined && { certificateSerial }),
      ...(rest.loginSessionId !== undefined && { loginSessionId: rest.loginSessionId }),
      createdAt: rest.createdAt,
      expiresAt: rest.expiresAt,
    })),
    metadata: {
      ...(items.length > limit && last !== undefined && { continue: last.id }),
      totalCount,
      resourceVersion: String(snapshot.version),
    },
  };
}

async function revokeOne(context: ApiContext, call: Call, of: { readonly principalId?: PrincipalId }): Promise<void> {
  const id = call.parameters['id'] ?? '';
  const revoked = isId('credential', id) ? await revoke(context, call, { ...of, id }) : [];
  if (revoked.length > 0) return;
  throw new ApiError({
    code: 'ERR_API_NOT_FOUND',
    message: `there is no live credential ${JSON.stringify(id.slice(0, 64))} for you`,
    nextStep: 'Run `sallyport credentials list` to see those that live.',
  });
}

/** Revokes at once: when this resolves, the snapshot refuses them, and streams under them are ended. */
async function revoke(
  context: ApiContext,
  call: Call,
  selection: Omit<CredentialSelection, 'organizationId'>,
): Promise<readonly MintedCredential[]> {
  const { store, snapshots } = context;
  const revoked = await store.transact(async (tx) => {
    const found = await tx.revokeCredentials({ organizationId: call.caller.organization.id, ...selection });
    for (const { id, principalId, clusterId } of found) {
      const details = { credentialId: id, principalId };
      await tx.appendAudit(callEvent(context, call, 'credential.revoked', { clusterId, details }));
    }
    return found;
  });
  await snapshots.refresh();
  return revoked;
}
