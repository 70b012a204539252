import type { AccessSettings } from '@sallyport/core';

/** A level that can set {@link AccessSettings}. */
export type SettingsLevel = 'organization' | 'project' | 'cluster' | 'user';

/** What one level sets. */
export interface LevelSettings {
  readonly level: SettingsLevel;
  /** Name of the organization, project, cluster or user, for sentences. */
  readonly name: string;
  readonly settings: AccessSettings;
}

/** Which level a setting comes from. */
export interface SettingSource {
  readonly level: SettingsLevel;
  readonly name: string;
}

/** A value, and the levels that make it so. */
export interface EffectiveSetting<Value> {
  readonly value: Value;
  /** At least one; the outermost level first. */
  readonly from: readonly SettingSource[];
}

/** The strictest of all levels, setting by setting. A setting that no level makes is absent: nothing is restricted. */
export interface EffectiveSettings {
  readonly maxCredentialLifetimeMs?: EffectiveSetting<number>;
  readonly requireWebSession?: EffectiveSetting<true>;
  readonly disableWebKubectl?: EffectiveSetting<true>;
  readonly disableCliKubectl?: EffectiveSetting<true>;
  readonly restrictSecrets?: EffectiveSetting<true>;
  /** Lists of ranges, every one of which must hold the address. */
  readonly ipRanges?: EffectiveSetting<readonly (readonly string[])[]>;
  readonly requireRecording?: EffectiveSetting<true>;
}
