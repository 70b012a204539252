import type { BuiltInRoleName } from '@sallyport/authz';
import { createId, LOCAL_ISSUER, type OrganizationId, type Principal, type Secret } from '@sallyport/core';
import { assertLocalUser } from './authn/local/local-principals.ts';
import { resetLocalUser } from './authn/local/setup.ts';
import { putBindingOnce, putBuiltInAccess } from './built-in-access.ts';
import type { Snapshot } from './snapshot.ts';
import type { Transaction } from './stores/contracts.ts';

/** Whom to let in, and as what. */
export interface LetIn {
  readonly organizationId: OrganizationId;
  /** User name of a local user; one of that name is set up anew. */
  readonly name: string;
  /** Bound on the whole organization. */
  readonly role: BuiltInRoleName;
  readonly at: Date;
}

/**
 * Lets somebody into an organization on the authority of whoever stands above it: a local user with a role, and the secret
 * of a link by which they set up how they sign in. Sessions that they had end.
 * @throws LoginError `ERR_LOGIN_NOT_LOCAL` when the name is a person's of an identity provider
 */
export async function letIn(
  tx: Transaction,
  snapshot: Snapshot,
  { organizationId, name, role, at }: LetIn,
): Promise<{ readonly token: Secret; readonly expiresAt: Date; readonly endedCount: number }> {
  const known = snapshot.find('Principal', name, organizationId);
  if (known !== undefined) assertLocalUser(known);
  const id = known?.id ?? createId('principal', at.getTime());
  const person: Principal = known ?? {
    id,
    organizationId,
    kind: 'user',
    issuer: LOCAL_ISSUER,
    subjectClaim: id,
    userName: name,
    displayName: name,
    groups: [],
  };
  if (known === undefined) await tx.putPrincipal(person);
  const roleId = (await putBuiltInAccess(tx, snapshot, organizationId)).get(role);
  if (roleId === undefined) throw new Error(`the built-in role ${role} is missing`);
  await putBindingOnce(tx, snapshot, {
    organizationId,
    roleId,
    subjects: [{ kind: 'principal', id }],
    scope: { kind: 'organization' },
  });
  const { token, expiresAt } = await resetLocalUser(tx, person, at);
  const ended = await tx.endLoginSessionsOf({ principalId: id });
  return { token, expiresAt, endedCount: ended.length };
}
