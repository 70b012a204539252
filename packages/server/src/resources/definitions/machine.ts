import { createId, LOCAL_ISSUER } from '@sallyport/core';
import { type MachineKind, USER_NAME_PREFIXES } from '../../authn/machine-names.ts';
import type { PrincipalRecord, Writable } from '../../stores/records.ts';
import type { PlannedWrite, Planning } from '../definition.ts';

/** What service accounts and workload identities have in common. */
interface MachineDocument {
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> | undefined };
  readonly spec: { readonly description?: string | undefined; readonly disabled?: boolean | undefined };
}

/** Plans a machine. Disabling it ends its sessions; whoever enables it again must hold what it holds. */
export function planMachine(
  kind: MachineKind,
  { metadata, spec }: MachineDocument,
  own: Writable<PrincipalRecord>['spec'],
  existing: PrincipalRecord | undefined,
  { organization, context, assertHolds }: Planning,
): PlannedWrite<'ServiceAccount' | 'WorkloadIdentity'> {
  const id = existing?.id ?? createId('principal', context.clock.now());
  const isDisabled = spec.disabled ?? false;
  const isEnabled = existing?.isDisabled === true && !isDisabled;
  if (isEnabled) assertHolds({ kind: 'identity', principal: existing });
  const record: Writable<PrincipalRecord> = {
    id,
    organizationId: organization.id,
    kind,
    issuer: LOCAL_ISSUER,
    subjectClaim: id,
    userName: `${USER_NAME_PREFIXES[kind]}${metadata.name}`,
    displayName: metadata.name,
    groups: [],
    labels: metadata.labels ?? {},
    isDisabled,
    spec: { ...own, ...(spec.description !== undefined && { description: spec.description }) },
  };
  return {
    record,
    ...(isDisabled && !existing?.isDisabled && { alongside: (tx) => tx.endLoginSessionsOf({ principalId: id }) }),
  };
}
