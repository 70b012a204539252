/** The user-facing ClusterRoles of every cluster, each with all that stands before it. */
const LADDER = ['sallyport:view', 'sallyport:edit', 'sallyport:admin', 'sallyport:cluster-admin'];
/** The ceiling that every other is within. */
export const TOP_CEILING = 'sallyport:cluster-admin';

/**
 * Whether somebody who acts under the groups `held` has all that the group `wanted` has. Groups are compared by name, but
 * for Kubernetes' own ClusterRoles: view is within edit, edit within admin, and everything within cluster-admin, which may
 * act as any group anyway.
 */
export function coversCeiling(held: readonly string[], wanted: string): boolean {
  if (held.includes(wanted) || held.includes(TOP_CEILING)) return true;
  const rung = LADDER.indexOf(wanted);
  return rung >= 0 && held.some((group) => LADDER.indexOf(group) > rung);
}

/** Where a group stands among the user-facing ClusterRoles; one that is none of them is taken to be as much as admin. */
export function rungOf(group: string): number {
  const rung = LADDER.indexOf(group);
  return rung < 0 ? LADDER.indexOf('sallyport:admin') : rung;
}
