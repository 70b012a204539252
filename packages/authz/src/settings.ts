/**
 * Settings of organizations, projects, clusters and people, and which of them hold where several levels set them. It stands alone, so that
 * a page can show what the server goes by; it decides nothing.
 *
 * @packageDocumentation
 */
import { type AccessSettings, AUDIT_CHANGES, type AuditChanges } from '@sallyport/core';

/** A level that can set {@link AccessSettings}, from the outermost to the innermost. */
export type SettingsLevel = 'organization' | 'project' | 'cluster' | 'user';

/** Which level a setting comes from. */
export interface SettingSource {
  readonly level: SettingsLevel;
  /** Name of the organization, project, cluster or user. */
  readonly name: string;
}

/** What one level sets. */
export interface LevelSettings extends SettingSource {
  readonly settings: AccessSettings;
}

/** A value, and the levels that make it so. */
export interface EffectiveSetting<Value> {
  readonly value: Value;
  /** At least one, in the order in which the levels were given. */
  readonly from: readonly SettingSource[];
}

/** The strictest of all levels, setting by setting. A setting that no level makes is absent: nothing is restricted. */
export interface EffectiveSettings {
  readonly credentialLifetimeMs?: EffectiveSetting<number>;
  readonly requireWebSession?: EffectiveSetting<true>;
  readonly disableWebKubectl?: EffectiveSetting<true>;
  readonly disableCliKubectl?: EffectiveSetting<true>;
  readonly secretsForAdminsOnly?: EffectiveSetting<true>;
  /** Lists of ranges, of which every one must hold the address: their intersection. */
  readonly ipRanges?: EffectiveSetting<readonly (readonly string[])[]>;
  readonly requireRecording?: EffectiveSetting<true>;
  readonly recordStdin?: EffectiveSetting<true>;
  /** What is kept of the objects that writes change: the most that a level asks for. */
  readonly auditChanges?: EffectiveSetting<AuditChanges>;
}

/** Settings that switch something off or make something a must. */
const PROHIBITIONS = [
  'requireWebSession',
  'disableWebKubectl',
  'disableCliKubectl',
  'secretsForAdminsOnly',
  'requireRecording',
  'recordStdin',
] as const;

/**
 * What applies where all of `levels` do: the shortest lifetime, every prohibition of any level, the intersection of address
 * ranges, and the most that is to be kept of changes. An inner level can only be stricter than an outer one. `false` sets
 * nothing: it doesn't lift a prohibition.
 */
export function resolveSettings(levels: readonly LevelSettings[]): EffectiveSettings {
  const effective: { -readonly [Name in keyof EffectiveSettings]: EffectiveSettings[Name] } = {};
  for (const name of PROHIBITIONS) {
    const from = levels.filter(({ settings }) => settings[name] === true).map(sourceOf);
    if (from.length > 0) effective[name] = { value: true, from };
  }
  const limited = levels.filter(({ settings }) => settings.credentialLifetimeMs !== undefined);
  if (limited.length > 0) {
    const value = Math.min(...limited.map(({ settings }) => settings.credentialLifetimeMs ?? 0));
    const from = limited.filter(({ settings }) => settings.credentialLifetimeMs === value).map(sourceOf);
    effective.credentialLifetimeMs = { value, from };
  }
  const ranged = levels.filter(({ settings }) => settings.ipRanges !== undefined);
  if (ranged.length > 0) {
    effective.ipRanges = { value: ranged.map(({ settings }) => settings.ipRanges ?? []), from: ranged.map(sourceOf) };
  }
  const kept = levels.filter(({ settings }) => settings.auditChanges !== undefined);
  const most = AUDIT_CHANGES.findLast((one) => kept.some(({ settings }) => settings.auditChanges === one));
  if (most !== undefined) {
    effective.auditChanges = {
      value: most,
      from: kept.filter(({ settings }) => settings.auditChanges === most).map(sourceOf),
    };
  }
  return effective;
}

function sourceOf({ level, name }: LevelSettings): SettingSource {
  return { level, name };
}
