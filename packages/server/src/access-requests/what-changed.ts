import type { KeptAccessRequest } from '../stores/access-contracts.ts';
import type { AccessGround } from './ground.ts';

/** Says what of a request is another than when it was made, for a reviewer who saw something else. */
export function describeChange(
  { snapshot }: AccessGround,
  { roleId, policyId, createdAt, reviews }: KeptAccessRequest,
): string {
  const role = snapshot.get('Role', roleId);
  const policy = snapshot.requestPolicies.get(policyId);
  const since = (record: { readonly updatedAt: Date } | undefined) =>
    record !== undefined && record.updatedAt > createdAt ? `at ${record.updatedAt.toISOString()}` : undefined;
  const changes = [
    since(role) && `its role ${role?.name} was changed ${since(role)}`,
    since(policy) && `its request policy ${policy?.name} was changed ${since(policy)}`,
  ].filter((one) => one !== undefined);
  if (changes.length > 0) return changes.join(', and ');
  return reviews.length > 0 ? 'a reviewer may have shortened it' : 'what was sent is not its content';
}
