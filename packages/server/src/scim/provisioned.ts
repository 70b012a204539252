import type { PrincipalId } from '@sallyport/core';
import type { PrincipalRecord } from '../stores/records.ts';
import { userNameKey } from '../stores/user-name-key.ts';

const PENDING = 'scim:';

/** The subject of somebody whom SCIM made known and who never signed in: the provider's own subject is not known yet. */
export function pendingSubject(id: PrincipalId): string {
  return `${PENDING}${id}`;
}

/** Whether a subject is one of {@link pendingSubject}. A provider that states such a subject is refused. */
export function isPendingSubject(subjectClaim: string): boolean {
  return subjectClaim.startsWith(PENDING);
}

/**
 * Who of the people of a provider has signed in, where SCIM keeps them:
 * 1. the one whose subject it is, from an earlier login;
 * 2. the one who never signed in and whose `externalId` is the subject (Okta sends its user id as both);
 * 3. the one who never signed in and whose user name is the one that the login states.
 *
 * `undefined` when there is none: then SCIM has not made the person known, and nobody signs in as a stranger. The claim
 * behind the user name is the administrator's choice and the provider's word, as the user name in SCIM is.
 */
export function findProvisioned(
  people: readonly PrincipalRecord[],
  { subjectClaim, userName }: { readonly subjectClaim: string; readonly userName: string },
): PrincipalRecord | undefined {
  if (isPendingSubject(subjectClaim)) return undefined;
  const wanted = userNameKey(userName);
  const waiting = people.filter((person) => isPendingSubject(person.subjectClaim));
  return (
    people.find((person) => person.subjectClaim === subjectClaim) ??
    waiting.find(({ externalId }) => externalId === subjectClaim) ??
    waiting.find((person) => userNameKey(person.userName) === wanted)
  );
}
