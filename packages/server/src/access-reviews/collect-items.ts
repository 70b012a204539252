import { type Scope, type Subject, scopeCovers } from '@sallyport/authz';
import { createId } from '@sallyport/core';
import type { PlatformPermission } from '@sallyport/core/api';
import type { AccessGround } from '../access-requests/ground.ts';
import { holdsOn } from '../access-requests/visibility.ts';
import { binding as bindings } from '../resources/definitions/binding.ts';
import { describeScope, describeSubject } from '../resources/definitions/describe-reach.ts';
import type { KeptAccessReview, KeptAccessReviewItem } from '../stores/access-review-contracts.ts';

type Draft = Omit<KeptAccessReviewItem, 'id' | 'reviewId' | 'state'>;

/**
 * What a review asks about: each subject of each binding, and each live grant, of its roles and with a scope within its own. What
 * whoever starts it may not see is left out. The ids are such that a listing, which is by id downwards, has them by role and
 * subject.
 */
export function collectItems(
  ground: AccessGround,
  review: Pick<KeptAccessReview, 'id' | 'organizationId' | 'scope' | 'about' | 'roleIds'>,
): readonly KeptAccessReviewItem[] {
  const drafts = [
    ...(review.about === 'grants' ? [] : itemsOfBindings(ground, review)),
    ...(review.about === 'bindings' ? [] : itemsOfGrants(ground, review)),
  ].sort((a, b) => compare(orderOf(a), orderOf(b)));
  const ids = drafts.map(() => createId('accessReviewItem', ground.at.getTime())).sort((a, b) => compare(b, a));
  return drafts.flatMap((draft, i) => {
    const id = ids[i];
    return id === undefined ? [] : [{ ...draft, id, reviewId: review.id, state: 'pending' as const }];
  });
}

type Terms = Pick<KeptAccessReview, 'organizationId' | 'scope' | 'roleIds'>;

function itemsOfBindings(ground: AccessGround, terms: Terms): readonly Draft[] {
  const { snapshot } = ground;
  return bindings
    .list(snapshot, terms.organizationId)
    .filter(({ roleId, scope }) => isAsked(ground, terms, roleId, scope, 'bindings.read'))
    .flatMap(({ id, name, organizationId, roleId, scope, condition, subjects }) =>
      subjects.map((subject): Draft => {
        const basis = { roleId, scope, ...(condition !== undefined && { condition }) };
        return {
          about: { kind: 'binding', id, subject },
          subject,
          ...(subject.kind === 'principal' && { principalId: subject.id }),
          basis,
          names: {
            binding: name,
            subject: describeSubject(subject, { organizationId }, snapshot),
            role: snapshot.get('Role', roleId)?.name ?? roleId,
            scope: describeScope(scope, snapshot),
          },
        };
      }),
    );
}

function itemsOfGrants(ground: AccessGround, terms: Terms): readonly Draft[] {
  const { snapshot, at } = ground;
  return [...snapshot.grants.values()]
    .filter(({ organizationId, endsAt }) => organizationId === terms.organizationId && endsAt > at)
    .filter(({ roleId, scope }) => isAsked(ground, terms, roleId, scope, 'grants.read'))
    .map(({ id, organizationId, principalId, roleId, scope, endsAt }): Draft => {
      const subject: Subject = { kind: 'principal', id: principalId };
      return {
        about: { kind: 'grant', id },
        subject,
        principalId,
        basis: { roleId, scope },
        names: {
          subject: describeSubject(subject, { organizationId }, snapshot),
          role: snapshot.get('Role', roleId)?.name ?? roleId,
          scope: describeScope(scope, snapshot),
          endsAt: endsAt.toISOString(),
        },
      };
    });
}

function isAsked(
  ground: AccessGround,
  { scope: outer, roleIds }: Terms,
  roleId: Draft['basis']['roleId'],
  scope: Scope,
  permission: PlatformPermission,
): boolean {
  if (roleIds !== undefined && !roleIds.includes(roleId)) return false;
  // Bindings on the installation are kept in an organization, and asked about with all that is in it.
  const isWithin =
    scopeCovers(outer, scope, ground.snapshot.clusters) ||
    (outer.kind === 'organization' && outer.namespaces === undefined && scope.kind === 'installation');
  return isWithin && holdsOn(ground, permission, scope);
}

function orderOf({ names: { role, subject, binding = '' } }: Draft): string {
  return [role, subject.kind, subject.name, binding].join('\u0000');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
