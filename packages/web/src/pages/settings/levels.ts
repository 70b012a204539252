import { type LevelSettings, resolveSettings, type SettingSource, type SettingsLevel } from '@sallyport/authz/settings';
import { parseDuration } from '@sallyport/core';
import type { Settings } from '@sallyport/core/api';
import type { AnyResource } from '../../api/resource-calls.ts';
import { labelOf } from '../../parts/schema-form/fields.ts';
import { shortDuration } from '../../ui/time-words.ts';

/** A setting as it applies, and where that comes from. */
export interface EffectiveRow {
  readonly label: string;
  /** What applies, as words. */
  readonly value: string;
  /** Levels that make it so; empty where none sets anything. */
  readonly from: readonly SettingSource[];
}

const NAMES = [
  'credentialLifetime',
  'requireWebSession',
  'disableWebKubectl',
  'disableCliKubectl',
  'secretsForAdminsOnly',
  'ipRanges',
  'requireRecording',
  'recordStdin',
  'auditChanges',
] as const;

/** What one level sets, of a resource that has settings. */
export function levelOf(level: SettingsLevel, { metadata, spec }: AnyResource): LevelSettings {
  const { credentialLifetime, ...rest } = (spec['settings'] ?? {}) as Settings;
  return {
    level,
    name: metadata.name,
    settings: {
      ...(rest as LevelSettings['settings']),
      ...(credentialLifetime !== undefined && { credentialLifetimeMs: parseDuration(credentialLifetime) }),
    },
  };
}

/** What applies where all of these levels do, setting by setting, by the rule of the evaluator itself. */
export function effectiveRows(levels: readonly LevelSettings[]): readonly EffectiveRow[] {
  const effective = resolveSettings(levels);
  return NAMES.map((name): EffectiveRow => {
    const label = labelOf(name);
    if (name === 'credentialLifetime') {
      const setting = effective.credentialLifetimeMs;
      return {
        label,
        value: setting === undefined ? 'not limited' : shortDuration(setting.value),
        from: setting?.from ?? [],
      };
    }
    if (name === 'ipRanges') {
      const setting = effective.ipRanges;
      const words = setting?.value.map((ranges) => ranges.join(' or ')).join(', and ');
      return { label, value: words ?? 'from everywhere', from: setting?.from ?? [] };
    }
    if (name === 'auditChanges') {
      const setting = effective.auditChanges;
      return { label, value: setting?.value ?? 'patch', from: setting?.from ?? [] };
    }
    const setting = effective[name];
    return { label, value: setting === undefined ? 'no' : 'yes', from: setting?.from ?? [] };
  });
}
