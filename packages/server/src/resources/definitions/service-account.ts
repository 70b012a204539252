import type { PrincipalId } from '@sallyport/core';
import type { Snapshot } from '../../snapshot.ts';
import { countOnce } from '../count-once.ts';
import type { ResourceDefinition } from '../definition.ts';
import { planMachine } from './machine.ts';
import { findPrincipal, listPrincipals, machineNameOf } from './principals.ts';
import { organizationOf } from './targets.ts';

// A key is a login session.
const countKeys = countOnce<Snapshot['loginSessions'], PrincipalId>((sessions, count) => {
  for (const { principalId, method } of sessions.values()) if (method === 'apiKey') count(principalId);
});

/** Machines that sign in with API keys. */
export const serviceAccount: ResourceDefinition<'ServiceAccount'> = {
  kind: 'ServiceAccount',
  recordKind: 'Principal',
  list: (reader, organizationId) => listPrincipals(reader, organizationId, 'serviceAccount'),
  find: (reader, organizationId, name) => findPrincipal(reader, organizationId, 'serviceAccount', name),
  nameOf: machineNameOf,
  targetsOf: organizationOf,
  describe: ({ id, isDisabled, spec, localGroups }, { snapshot }) => ({
    spec: {
      ...(spec.description !== undefined && { description: spec.description }),
      ...(isDisabled && { disabled: true }),
      ...(spec.settings && { settings: spec.settings }),
    },
    status: {
      apiKeyCount: countKeys(snapshot.loginSessions).get(id) ?? 0,
      localGroups: [...(localGroups ?? [])],
    },
  }),
  plan: (document, existing, planning) =>
    planMachine(
      'serviceAccount',
      document,
      { ...(document.spec.settings && { settings: document.spec.settings }) },
      existing,
      planning,
    ),
};
