import type { OrganizationId } from '@sallyport/core';
import { USER_NAME_PREFIXES } from '../../authn/machine-names.ts';
import type { PrincipalRecord, RecordReader } from '../../stores/records.ts';

/** The name of a machine as its resource has it. */
export function machineNameOf({ kind, userName }: Pick<PrincipalRecord, 'kind' | 'userName'>): string {
  return kind === 'serviceAccount' || kind === 'workload' ? userName.slice(USER_NAME_PREFIXES[kind].length) : userName;
}

/** All principals of one kind, by name. */
export function listPrincipals(
  reader: RecordReader,
  organizationId: OrganizationId,
  kind: PrincipalRecord['kind'],
): readonly PrincipalRecord[] {
  return reader.list('Principal', organizationId).filter((principal) => principal.kind === kind);
}

/** A principal of one kind by the name of its resource. */
export function findPrincipal(
  reader: RecordReader,
  organizationId: OrganizationId,
  kind: PrincipalRecord['kind'],
  name: string,
): PrincipalRecord | undefined {
  const userName = kind === 'serviceAccount' || kind === 'workload' ? `${USER_NAME_PREFIXES[kind]}${name}` : name;
  const found = reader.find('Principal', userName, organizationId);
  return found?.kind === kind ? found : undefined;
}
