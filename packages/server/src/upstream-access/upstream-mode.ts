import type { Allow, Deny } from '@sallyport/authz';
import type { ClusterId, UpstreamMode } from '@sallyport/core';
import { describeInstalledMode } from '@sallyport/core/upstream-access';
import { INVENTORY_GROUP } from '../built-in-access.ts';
import type { Snapshot } from '../snapshot.ts';

/** How people act in a cluster; `impersonate` in one that is not there. */
export function upstreamModeOf(snapshot: Pick<Snapshot, 'clusters'>, clusterId: ClusterId): UpstreamMode {
  return snapshot.clusters.get(clusterId)?.spec.agent?.upstreamMode ?? 'impersonate';
}

/** What the agents of a cluster have to be installed for: its mode, and whether rules are generated there. */
export function installedModeOf(snapshot: Pick<Snapshot, 'clusters'>, clusterId: ClusterId): string {
  const generated = snapshot.clusters.get(clusterId)?.spec.agent?.generatedRules === true;
  return describeInstalledMode(upstreamModeOf(snapshot, clusterId), generated);
}

/**
 * A decision as it is carried out in a mode. Where the agent binds people by their own names they are given no groups: those that
 * stand for ceilings are bound to nothing there, and the agent may not impersonate them.
 */
export function inMode<Decision extends Allow | Deny>(decision: Decision, mode: UpstreamMode): Decision {
  if (decision.effect === 'deny' || mode === 'impersonate') return decision;
  const groups = decision.impersonate.groups.filter((group) => group === INVENTORY_GROUP);
  return { ...decision, impersonate: { ...decision.impersonate, groups } };
}
