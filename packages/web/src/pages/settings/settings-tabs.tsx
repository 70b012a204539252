import { paths } from '../../app/paths.ts';
import { Tabs } from '../../ui/tabs.tsx';

/** Parts of the settings. */
export type SettingsPart =
  | 'settings'
  | 'projects'
  | 'organizations'
  | 'channels'
  | 'sinks'
  | 'retention'
  | 'holds'
  | 'keys';

const PARTS: readonly { readonly part: SettingsPart; readonly label: string; readonly href: string }[] = [
  { part: 'settings', label: 'Access', href: paths.settings() },
  { part: 'projects', label: 'Projects', href: paths.organization({ kind: 'project' }) },
  { part: 'organizations', label: 'Organization', href: paths.organization() },
  { part: 'channels', label: 'Notification channels', href: paths.notificationChannels() },
  { part: 'sinks', label: 'Audit sinks', href: paths.auditSinks() },
  { part: 'retention', label: 'Retention', href: paths.settings({ part: 'retention' }) },
  { part: 'holds', label: 'Legal holds', href: paths.settings({ part: 'holds' }) },
  { part: 'keys', label: 'Keys', href: paths.settings({ part: 'keys' }) },
];

/** Tabs of the settings. */
export function SettingsTabs({ current }: { readonly current: SettingsPart }) {
  return (
    <Tabs
      label="Settings"
      tabs={PARTS.map(({ part, label, href }) => ({ label, href, isCurrent: part === current }))}
    />
  );
}
