import type { OrganizationId } from '@sallyport/core';
import type { PrincipalRecord, RecordReader } from '../../stores/records.ts';

/** What clusters and audit see in front of the names of machines, so that none is taken for a person. */
export const USER_NAME_PREFIXES = { serviceAccount: 'serviceaccount:', workload: 'workload:' } as const;

/** Kinds of principals that are machines. */
export type MachineKind = keyof typeof USER_NAME_PREFIXES;

/** Whether a person may not have this name, since it would be a machine's. */
export function isMachineName(userName: string): boolean {
  const canonical = userName.normalize('NFKC').toLowerCase();
  return Object.values(USER_NAME_PREFIXES).some((prefix) => canonical.startsWith(prefix));
}

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
