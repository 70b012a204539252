import { type EffectiveSettings, type LevelSettings, resolveSettings, type SettingsLevel } from '@sallyport/authz';
import type { AccessSettings, Cluster, Principal } from '@sallyport/core';
import type { Settings } from '@sallyport/core/api';
import type { Snapshot } from '../snapshot.ts';
import { toAccessSettings } from '../stores/access-settings.ts';

/**
 * The settings that apply to a principal on a cluster: those of the organization, of the project that owns the cluster, of
 * the cluster and of the principal, the strictest of each. `undefined` when no level sets anything. The server's own
 * principals are under none: they keep the inventory, whatever people are restricted to.
 */
export function effectiveSettings(
  snapshot: Pick<Snapshot, 'organizations' | 'projects'>,
  principal: Principal,
  cluster: Cluster,
): EffectiveSettings | undefined {
  if (principal.kind === 'system') return undefined;
  const levels: LevelSettings[] = [];
  const add = (level: SettingsLevel, name: string, settings: AccessSettings | undefined) => {
    if (settings !== undefined) levels.push({ level, name, settings });
  };
  const organization = snapshot.organizations.get(cluster.organizationId);
  add('organization', organization?.name ?? '', actingOf(organization?.spec.settings));
  const project = cluster.projectId === undefined ? undefined : snapshot.projects.get(cluster.projectId);
  add('project', project?.name ?? '', actingOf(project?.spec.settings));
  add('cluster', cluster.name, cluster.settings);
  add('user', principal.userName, principal.settings);
  return levels.length === 0 ? undefined : resolveSettings(levels);
}

const acting = new WeakMap<Settings, AccessSettings>();

/** Settings of a record that never changes, in the form in which they act; read once. */
function actingOf(settings: Settings | undefined): AccessSettings | undefined {
  if (settings === undefined) return undefined;
  const known = acting.get(settings) ?? toAccessSettings(settings);
  acting.set(settings, known);
  return known;
}
