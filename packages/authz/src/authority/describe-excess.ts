import type { Principal } from '@sallyport/core';
import type { CompiledBinding } from '../compile-binding.ts';
import { USE_PERMISSIONS } from '../permission-index.ts';
import { type AuthorityRecords, describeGiftProblem, type Gift, organizationOf, type Piece, piecesOf } from './gift.ts';
import { missingActions } from './missing-actions.ts';
import { describePlace, reachesPlace } from './place.ts';

/**
 * What `gift` would give beyond what `grantor` holds, one phrase each; empty when the grantor holds it all. Nobody hands
 * out more than they hold: not by a binding, not by the content of a role, not by a group, not by acting as somebody, not by
 * an identity provider, not by moving a cluster to where others have rights.
 *
 * Held is what the grantor's own bindings give at all times, by their union: one with a condition gives no authority, and neither does
 * a grant, since what is held for a while is not theirs to hand out. The
 * Kubernetes side is compared rule by rule and ceiling by ceiling, with its privileges, filtered lists and limits. Conditions of
 * what is given count for nothing. Where it is unclear whether something is held, it is not: a label selector is held in the whole organization
 * or by the same selector only, and settings that restrict the grantor do not restrict the gift.
 */
export function describeExcess(records: AuthorityRecords, grantor: Principal, gift: Gift): readonly string[] {
  if (organizationOf(gift) !== grantor.organizationId) return ['anything in another organization'];
  const problem = describeGiftProblem(gift);
  if (problem !== undefined) return [problem];
  const held = records.policy
    .bindingsOf(grantor)
    .filter(({ scope, condition }) => scope.problem === undefined && condition === undefined);
  const phrases = new Set<string>();
  const nameOfProject = (id: NonNullable<Parameters<typeof records.projects.get>[0]>) =>
    records.projects.get(id)?.name ?? id;
  for (const piece of piecesOf(records, grantor, gift)) {
    const where = describePlace(piece.place, nameOfProject);
    for (const permission of missingPermissions(held, piece)) phrases.add(`permission ${permission} ${where}`);
    for (const missing of missingActions(mayUseClusters(grantor) ? held : [], piece))
      phrases.add(`${missing} ${where}`);
  }
  return [...phrases];
}

/** Whether this use of the grantor gets into clusters at all: an API key that mints no credential holds nothing in them. */
function mayUseClusters({ permissionLimit }: Principal): boolean {
  return permissionLimit === undefined || permissionLimit.includes('credentials.create');
}

function missingPermissions(held: readonly CompiledBinding[], piece: Piece): readonly string[] {
  const isNarrowed = piece.namespaces !== undefined;
  const given = [...piece.role.permissions];
  const counting = isNarrowed || piece.isUseOnly ? given.filter((one) => USE_PERMISSIONS.has(one)) : given;
  return counting.filter((permission) => !held.some((binding) => gives(binding, permission, piece, isNarrowed)));
}

function gives(binding: CompiledBinding, permission: string, piece: Piece, isNarrowed: boolean): boolean {
  const { compiledRole, scope } = binding;
  if (!compiledRole.permissions.has(permission)) return false;
  if (piece.isUnbound && scope.reachesInstallation) return true;
  const isUse = USE_PERMISSIONS.has(permission);
  if (scope.isNarrowed && !(isUse && (isNarrowed || piece.place.kind === 'cluster'))) return false;
  return reachesPlace(binding, piece.place, isUse);
}
