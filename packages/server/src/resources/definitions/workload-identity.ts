import { isDeepStrictEqual } from 'node:util';
import { compileWorkloadCondition } from '../../authn/machines/workload-verifier.ts';
import type { ResourceDefinition } from '../definition.ts';
import { assertCompiles } from '../references.ts';
import { planMachine } from './machine.ts';
import { findPrincipal, listPrincipals, machineNameOf } from './principals.ts';
import { organizationOf } from './targets.ts';

/** Machines that sign in with a token of their platform. */
export const workloadIdentity: ResourceDefinition<'WorkloadIdentity'> = {
  kind: 'WorkloadIdentity',
  recordKind: 'Principal',
  list: (reader, organizationId) => listPrincipals(reader, organizationId, 'workload'),
  find: (reader, organizationId, name) => findPrincipal(reader, organizationId, 'workload', name),
  nameOf: machineNameOf,
  targetsOf: organizationOf,
  describe({ isDisabled, spec, localGroups }) {
    const { workload } = spec;
    if (workload === undefined) throw new Error('a workload identity without its conditions');
    return {
      spec: {
        ...(spec.description !== undefined && { description: spec.description }),
        ...workload,
        ...(isDisabled && { disabled: true }),
        ...(spec.settings && { settings: spec.settings }),
      },
      status: { localGroups: [...(localGroups ?? [])] },
    };
  },
  plan(document, existing, planning) {
    const { issuer, audiences, jwks, condition, settings } = document.spec;
    assertCompiles('spec.condition', () => compileWorkloadCondition(condition));
    const workload = { issuer, audiences, condition, ...(jwks !== undefined && { jwks }) };
    // Other conditions let other machines in.
    if (existing !== undefined && !isDeepStrictEqual(existing.spec.workload, workload)) {
      planning.assertHolds({ kind: 'identity', principal: existing });
    }
    return planMachine('workload', document, { workload, ...(settings && { settings }) }, existing, planning);
  },
};
