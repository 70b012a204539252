import { ApiError } from '../errors.ts';
import type { OrganizationRecord } from '../stores/records.ts';
import type { Draft } from './draft.ts';

/**
 * Refuses changes that grow an organization beyond the limits of the installation. What is beyond them already may stay.
 * @throws ApiError `ERR_API_LIMIT`
 */
export function assertWithinLimits(draft: Draft, { id, name }: Pick<OrganizationRecord, 'id' | 'name'>): void {
  const { limits = {} } = draft.snapshot.installation.spec;
  const principals = (kind: string) => (records: Pick<Draft, 'list'>) =>
    records.list('Principal', id).filter((principal) => principal.kind === kind).length;
  const counts = [
    { what: 'clusters', limit: limits.clusters, count: (from: Pick<Draft, 'list'>) => from.list('Cluster', id).length },
    { what: 'users', limit: limits.users, count: principals('user') },
    { what: 'service accounts', limit: limits.serviceAccounts, count: principals('serviceAccount') },
  ];
  for (const { what, limit, count } of counts) {
    if (limit === undefined) continue;
    const after = count(draft);
    if (after <= limit || after <= count(draft.snapshot)) continue;
    throw new ApiError({
      code: 'ERR_API_LIMIT',
      message: `${name} would have ${after} ${what}, limit is ${limit}`,
      nextStep: 'Delete some, or ask an administrator of the installation to raise the limit.',
    });
  }
}
