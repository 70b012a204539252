import type { AccessRequest, IssuedGrant } from '@sallyport/authz';
import type { PrincipalId, RequestPolicyId } from '@sallyport/core';
import { sql, type Transaction } from 'kysely';
import { StoreError } from './errors.ts';
import type { Database } from './schema.ts';

/** A request or a grant, as far as it refers to something. */
type Referring = Pick<AccessRequest | IssuedGrant, 'id' | 'organizationId' | 'roleId' | 'scope'>;

/**
 * Holds on to what a new request or grant refers to until the transaction ends: a deletion waits, and then finds what rests on it;
 * one that was faster is noticed here. There are no foreign keys for that, because history stays when these are gone.
 * @throws StoreError `ERR_STORE_REFERENCE`
 */
export async function holdReferences(
  db: Transaction<Database>,
  referring: Referring,
  principalId: PrincipalId,
  policyId?: RequestPolicyId,
): Promise<void> {
  const { id, organizationId, roleId, scope } = referring;
  const references: readonly (readonly [table: string, ids: readonly string[], what: string])[] = [
    ['roles', [roleId], 'its role'],
    ['request_policies', policyId === undefined ? [] : [policyId], 'its request policy'],
    ['clusters', scope.kind === 'clusters' ? scope.clusterIds : [], 'a cluster of its scope'],
    ['projects', scope.kind === 'projects' ? scope.projectIds : [], 'a project of its scope'],
  ];
  for (const [table, ids, what] of references) {
    if (ids.length === 0) continue;
    const { rows } = await sql`
      select id from ${sql.table(table)} where id = any(${ids}::text[]) and organization_id = ${organizationId}
      order by id for key share`.execute(db);
    if (rows.length < new Set(ids).size) throw gone(id, what);
  }
  // Stronger than a reference, because somebody is disabled without being deleted.
  const { rows } = await sql`
    select id from principals where id = ${principalId} and organization_id = ${organizationId} and not is_disabled
    for share`.execute(db);
  if (rows.length === 0) throw gone(id, 'its principal');
}

function gone(id: string, what: string): StoreError {
  return new StoreError({
    code: 'ERR_STORE_REFERENCE',
    message: `${what}, which ${id} refers to, is gone`,
    nextStep: 'Read again what there is.',
  });
}
