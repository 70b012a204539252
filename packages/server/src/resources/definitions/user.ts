import { createId, LOCAL_ISSUER, type PrincipalId } from '@sallyport/core';
import { isMachineName } from '../../authn/machine-names.ts';
import type { Snapshot } from '../../snapshot.ts';
import type { PrincipalRecord } from '../../stores/records.ts';
import { countOnce } from '../count-once.ts';
import type { Planning, ResourceDefinition } from '../definition.ts';
import { documentProblem, missingReference } from '../references.ts';
import { findPrincipal, listPrincipals } from './principals.ts';
import { organizationOf } from './targets.ts';

const countSessions = countOnce<Snapshot['loginSessions'], PrincipalId>((sessions, count) => {
  for (const { principalId } of sessions.values()) count(principalId);
});

/** People, of whatever provider or local. */
export const user: ResourceDefinition<'User'> = {
  kind: 'User',
  recordKind: 'Principal',
  list: (reader, organizationId) => listPrincipals(reader, organizationId, 'user'),
  find: (reader, organizationId, name) => findPrincipal(reader, organizationId, 'user', name),
  nameOf: ({ userName }) => userName,
  targetsOf: organizationOf,
  describe(record, { snapshot }) {
    const provider =
      record.identityProviderId === undefined ? undefined : snapshot.identityProviders.get(record.identityProviderId);
    return {
      spec: {
        displayName: record.displayName,
        ...(record.email !== undefined && { email: record.email }),
        ...(provider && { identityProvider: provider.name, subject: record.subjectClaim }),
        ...(record.isDisabled && { disabled: true }),
        ...(record.spec.settings && { settings: record.spec.settings }),
      },
      status: {
        issuer: record.issuer,
        groups: [...record.groups],
        localGroups: [...(record.localGroups ?? [])],
        ...(record.lastLoginAt !== undefined && { lastLoginAt: record.lastLoginAt }),
        loginSessionCount: countSessions(snapshot.loginSessions).get(record.id) ?? 0,
      },
    };
  },
  plan({ metadata, spec }, existing, planning) {
    const { organization, context, assertHolds } = planning;
    if (isMachineName(metadata.name)) throw documentProblem('metadata.name', 'would be the name of a machine');
    const isDisabled = spec.disabled ?? false;
    const id = existing?.id ?? createId('principal', context.clock.now());
    const base = existing === undefined ? newIdentity(planning, id, spec) : sameIdentity(planning, existing, spec);
    const record = {
      ...base,
      id,
      organizationId: organization.id,
      kind: 'user' as const,
      userName: metadata.name,
      displayName: spec.displayName ?? existing?.displayName ?? metadata.name,
      labels: metadata.labels ?? {},
      ...(spec.email !== undefined && { email: spec.email }),
      isDisabled,
      spec: { ...(spec.settings && { settings: spec.settings }) },
    };
    // Who enables somebody, or gives them another name, decides who is who.
    const isEnabled = existing?.isDisabled === true && !isDisabled;
    const isRenamed = existing !== undefined && existing.userName !== metadata.name;
    if (isEnabled || isRenamed) assertHolds({ kind: 'identity', principal: existing });
    return {
      record,
      ...(isDisabled && !existing?.isDisabled && { alongside: (tx) => tx.endLoginSessionsOf({ principalId: id }) }),
    };
  },
};

type Identity = Pick<
  PrincipalRecord,
  'issuer' | 'subjectClaim' | 'groups' | 'identityProviderId' | 'externalId' | 'lastLoginAt'
>;

function newIdentity(
  { reader, organization }: Planning,
  id: PrincipalId,
  spec: { readonly identityProvider?: string | undefined; readonly subject?: string | undefined },
): Identity {
  if (spec.identityProvider === undefined) {
    if (spec.subject !== undefined) throw documentProblem('spec.subject', 'belongs to an identity provider');
    return { issuer: LOCAL_ISSUER, subjectClaim: id, groups: [] };
  }
  const provider = reader.find('IdentityProvider', spec.identityProvider, organization.id);
  if (provider === undefined) {
    const known = reader.list('IdentityProvider', organization.id).map(({ name }) => name);
    throw missingReference('spec.identityProvider', 'identity provider', spec.identityProvider, known);
  }
  if (spec.subject === undefined) {
    throw documentProblem(
      'spec.subject',
      'is needed to know the person at their first login',
      'Write the subject that the identity provider has for the person, or let them sign in first.',
    );
  }
  return { issuer: provider.issuer, subjectClaim: spec.subject, groups: [], identityProviderId: provider.id };
}

function sameIdentity(
  { snapshot }: Planning,
  existing: PrincipalRecord,
  spec: { readonly identityProvider?: string | undefined; readonly subject?: string | undefined },
): Identity {
  const { issuer, subjectClaim, groups, identityProviderId, externalId, lastLoginAt } = existing;
  const provider = identityProviderId === undefined ? undefined : snapshot.identityProviders.get(identityProviderId);
  if (spec.identityProvider !== provider?.name) {
    throw documentProblem('spec.identityProvider', 'never changes', 'Delete the person, and create another one.');
  }
  if (spec.subject !== undefined && spec.subject !== subjectClaim) {
    throw documentProblem('spec.subject', 'never changes', 'Delete the person, and create another one.');
  }
  return {
    issuer,
    subjectClaim,
    groups,
    ...(identityProviderId !== undefined && { identityProviderId }),
    ...(externalId !== undefined && { externalId }),
    ...(lastLoginAt !== undefined && { lastLoginAt }),
  };
}
